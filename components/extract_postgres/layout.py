"""How columns are laid out in Parquet: what a first look at the values says is worth the time."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from components.extract_postgres.columns import Coding, Column

# Bounds of these help a reader to skip; those of texts and keys cost more than they help.
_ORDERED = (Coding.NUMBER, Coding.TIMESTAMP, Coding.DATE, Coding.TIME)
_REPEATING = (*_ORDERED, Coding.TEXT, Coding.DECIMAL, Coding.UUID)


def options(columns: Sequence[Column], sample: pa.RecordBatch | None) -> dict[str, Any]:
    """The Parquet writer's options for rows like `sample`.

    A dictionary where less than half of the values differ; no compression of ids that never repeat, for they are noise.
    """
    repeating = [
        column.name for column in columns if sample is not None and _repeats(column, sample.column(column.name))
    ]
    noise = [column.name for column in columns if column.wire.coding is Coding.UUID and column.name not in repeating]
    return {
        "use_dictionary": repeating,
        "write_statistics": [column.name for column in columns if column.wire.coding in _ORDERED],
        "compression": {column.name: "none" if column.name in noise else "zstd" for column in columns},
    }


def _repeats(column: Column, values: pa.Array) -> bool:
    if not column.source or column.wire.coding not in _REPEATING:
        return False
    stored = values.storage if isinstance(values, pa.ExtensionArray) else values
    distinct: int = pc.count_distinct(stored, mode="only_valid").as_py()
    return 2 * distinct < int(len(values) - values.null_count)
