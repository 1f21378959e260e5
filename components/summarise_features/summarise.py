"""From a dataset and the table's history to figures."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.shell import datasets
from components.shell.errors import ContractError
from components.summarise_features.figures import Figures, Source, figures
from components.summarise_features.previous import Previous
from components.summarise_features.ranges import TARGET, feature_names

_ROWS_PER_BATCH = 122_880


def summarise(rows: Path, users: Path, previous: Previous | None) -> Figures:
    """The figures of the dataset `rows`, beside those of the run before.

    Raises:
        ContractError: click or split are missing, or there are no rows.
    """
    schema = datasets.schema(rows)
    if missing := next((name for name in (TARGET, "split") if name not in schema.names), None):
        raise ContractError(f"the rows have no column '{missing}'", "give rows of temporal_split")
    names = {name: pa.types.is_integer(schema.field(name).type) for name in feature_names(schema)}
    last = Source(previous.name, previous.batches) if previous else None
    return figures(Source("this run", lambda columns: _batches(rows, columns)), names, segments(users), last)


def segments(users: Path) -> Mapping[int, str]:
    """The segment of each user; empty where the users have none."""
    if "segment" not in datasets.schema(users).names:
        return {}
    pairs: dict[int, Any] = {}
    for batch in _batches(users, ["user_id", "segment"]):
        pairs.update(zip(batch.column("user_id").to_pylist(), batch.column("segment").to_pylist(), strict=True))
    return {user: segment for user, segment in pairs.items() if segment is not None}


def _batches(directory: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows, one batch after the other, with those of the columns that they have."""
    present = [name for name in columns if name in datasets.schema(directory).names]
    yield from datasets.read_batches(directory, present, _ROWS_PER_BATCH)
