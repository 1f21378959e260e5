"""The first rows of a table in a fixed order, read without reading the rest."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pyarrow as pa
from pyiceberg.conversions import from_bytes
from pyiceberg.expressions.parser import parse
from pyiceberg.table import Table
from pyiceberg.types import NestedField, PrimitiveType, TimestamptzType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_rows(table: Table, limit: int) -> pa.Table:
    """The first `limit` rows in the order of the partitioning column, then of the other columns from left to right.

    Only files that can hold such rows are read: their bounds tell a value up to which there are rows enough. A table
    that is not partitioned by a time is read from its first file on.
    """
    key = _time_column(table)
    bound = _enough_below(table, key, limit) if key else None
    if key is None or bound is None:
        return table.scan(limit=limit).to_arrow()
    reader = table.scan(row_filter=parse(f"\"{key.name}\" <= '{bound.isoformat()}'")).to_arrow_batch_reader()
    order = [(key.name, "ascending"), *((name, "ascending") for name in _sortable(reader.schema) if name != key.name)]
    best = reader.schema.empty_table()
    for batch in reader:
        best = pa.concat_tables([best, pa.Table.from_batches([batch])]).sort_by(order).slice(0, limit).combine_chunks()
    return best


def _time_column(table: Table) -> NestedField | None:
    sources = [table.schema().find_field(field.source_id) for field in table.spec().fields]
    return next((field for field in sources if isinstance(field.field_type, TimestamptzType)), None)


def _enough_below(table: Table, key: NestedField, limit: int) -> datetime | None:
    """An instant up to which at least `limit` rows lie, or all rows; None where a file does not tell its bounds."""
    bounds = []
    for task in table.scan().plan_files():
        upper = (task.file.upper_bounds or {}).get(key.field_id)
        if upper is None or task.delete_files or not isinstance(key.field_type, PrimitiveType):
            return None
        bounds.append((int(from_bytes(key.field_type, upper)), task.file.record_count))
    bounds.sort()
    seen = accumulate(rows for _, rows in bounds)
    enough = next((upper for (upper, _), rows in zip(bounds, seen, strict=True) if rows >= limit), bounds[-1][0])
    return _EPOCH + timedelta(microseconds=enough)


def _sortable(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if not pa.types.is_nested(field.type)]
