"""The first rows of a table in a fixed order, read without reading the rest."""

from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.conversions import from_bytes
from pyiceberg.table import Table
from pyiceberg.types import NestedField, PrimitiveType, TimestamptzType

from components.iceberg.planning import files_of
from components.iceberg.scan import Scan, Selection, scan, snapshot_of
from components.shell.instants import LAST, held


def first_rows(table: Table, limit: int) -> pa.Table:
    """The first `limit` rows in the order of the partitioning column, then of the other columns from left to right.

    Only files that can hold such rows are read: their bounds tell a value up to which there are rows enough. A table
    that is not partitioned by a time is read from its first file on.
    """
    key = _time_column(table)
    bound = _enough_below(table, key, limit) if key else None
    if key is None or bound is None:
        return _any_rows(_scan(table, Selection()), limit)
    # No instant follows the last; rows of later years, which others write, are beyond any range.
    below = Selection(time_column=key.name, end=bound + timedelta(microseconds=1)) if bound < LAST else Selection()
    scan = _scan(table, below)
    order = [key.name, *(name for name in _sortable(scan.schema) if name != key.name)]
    best = scan.schema.empty_table()
    for batch in scan.batches():
        best = pa.concat_tables([best, pa.Table.from_batches([batch])])
        best = best.take(_sorted(best.select(order)).slice(0, limit)).combine_chunks()
    return best


def plain_rows(rows: pa.Table) -> list[dict[str, Any]]:
    """The rows in Python's types; instants and days of years before 1 or after 9999, which it has not, as text."""
    columns = [[_plain(value) for value in column] for column in rows.columns]
    return [dict(zip(rows.column_names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except OverflowError:
        if pa.types.is_nested(value.type):
            return "holds an instant beyond year 9999 or before 1"
        naive = value.cast(pa.timestamp(value.type.unit)) if pa.types.is_timestamp(value.type) else value
        return naive.cast(pa.string()).as_py()


def count_rows(table: Table) -> int:
    """Rows of the table; files beside which no deleted rows are listed need not be read for that.

    Raises:
        ConfigurationError: a file whose rows have to be read cannot be.
    """
    scan = _scan(table, Selection((table.schema().fields[0].name,)))
    deleted = [task for task in scan.tasks if task.delete_files]
    whole = sum(task.file.record_count for task in scan.tasks if not task.delete_files)
    left: int = sum(batch.num_rows for batch in scan.batches(deleted))
    return whole + left


def _scan(table: Table, selection: Selection) -> Scan:
    return scan(table, snapshot_of(table, None), selection)


def _any_rows(scan: Scan, limit: int) -> pa.Table:
    rows = scan.schema.empty_table()
    for batch in scan.batches():
        rows = pa.concat_tables([rows, pa.Table.from_batches([batch.slice(0, limit - rows.num_rows)])])
        if rows.num_rows == limit:
            break
    return rows


def _time_column(table: Table) -> NestedField | None:
    sources = {field.source_id for field in table.spec().fields}
    times = (field for field in table.schema().fields if isinstance(field.field_type, TimestamptzType))
    return next((field for field in times if field.field_id in sources), None)


def _enough_below(table: Table, key: NestedField, limit: int) -> datetime | None:
    """An instant up to which at least `limit` rows lie, or all rows; None where a file does not tell its bounds."""
    bounds = []
    for task in files_of(table):
        upper = (task.file.upper_bounds or {}).get(key.field_id)
        if upper is None or task.delete_files or not isinstance(key.field_type, PrimitiveType):
            return None
        bounds.append((int(from_bytes(key.field_type, upper)), task.file.record_count))
    bounds.sort()
    running_total = accumulate(rows for _, rows in bounds)
    enough = next(
        (upper for (upper, _), rows in zip(bounds, running_total, strict=True) if rows >= limit), bounds[-1][0]
    )
    return held(enough)


def _sorted(rows: pa.Table) -> pa.Array:
    """The places of the rows in the order of their columns, from left to right; of UUIDs in that of their bytes."""
    stored = [field.with_type(getattr(field.type, "storage_type", field.type)) for field in rows.schema]
    return pc.sort_indices(rows.cast(pa.schema(stored)), sort_keys=[(name, "ascending") for name in rows.column_names])


def _sortable(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if not pa.types.is_nested(field.type)]
