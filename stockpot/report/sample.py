"""The first rows of what a run has committed, without what is personal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.pages import figures
from components.pages.model import Sample
from components.shell.datasets import files
from components.shell.hidden import is_hidden
from components.shell.legible import on_one_line

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 4
_LONGEST = 60


def sample(dataset: Path, table: str) -> Sample | None:
    """A few rows of the dataset that was committed to the table; None where it has none.

    Columns whose names, or those of what lies in them, say that they are personal or secret are never read.
    """
    import pyarrow.parquet as pq

    for file in files(dataset):
        part = pq.ParquetFile(file)
        hidden = [field.name for field in part.schema_arrow if any(is_hidden(name, table) for name in _names(field))]
        shown = [name for name in part.schema_arrow.names if name not in hidden]
        if part.metadata.num_rows and shown:
            rows = _texts(next(part.iter_batches(_ROWS, columns=shown)))
            return Sample(table, {name: [row[at] for row in rows] for at, name in enumerate(shown)}, hidden)
    return None


def _names(field: "pa.Field[Any]") -> Iterator[str]:
    """The name of a column, and those of all that lies in it."""
    yield field.name
    for index in range(field.type.num_fields):
        yield from _names(field.type.field(index))


def _texts(batch: "pa.RecordBatch") -> list[list[str]]:
    from stockpot.display.values import plain_rows

    return [[_text(value) for value in row] for row in plain_rows(batch)]


def _text(value: Any) -> str:
    """The value on one line, cut where it is long."""
    if value is None:
        return figures.NONE
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # No more is made legible than may be shown.
    text = on_one_line(text[: 2 * _LONGEST])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
