"""The files whose rows an interval's load replaces, and the rows of theirs that must stay."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions.parser import parse
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

from components.iceberg.bounds import bounds
from components.iceberg.conform import conform, target_schema
from components.iceberg.planning import files_of
from components.iceberg.scan import Scan, Selection
from components.load_iceberg.conform import Interval


def replaced(table: Table, interval: Interval) -> list[FileScanTask]:
    """The files of the table's current snapshot that hold, or may hold, rows of the interval."""
    start, end = interval.texts()
    inside = f"\"{interval.column}\" >= '{start}' and \"{interval.column}\" < '{end}'"
    return files_of(table, row_filter=parse(inside))


def kept_batches(
    table: Table, interval: Interval, tasks: Sequence[FileScanTask], renewed: pa.Array
) -> Iterator[pa.RecordBatch]:
    """The rows of these files that lie outside the interval and not at the instants `renewed`, file by file.

    Only a file that spans several intervals, as a compaction makes them, or one with renewed rows has any.
    """
    before = Selection(time_column=interval.column, end=interval.start)
    after = Selection(time_column=interval.column, start=interval.end)
    spanning = [task for task in tasks if not _lies_within(table, task.file, interval)]
    for outside in (before, after):
        for batch in Scan(table, outside, spanning, table.schema()).batches():
            instants = batch.column(interval.column)
            rows = batch.filter(pc.invert(pc.is_in(instants, value_set=renewed.cast(instants.type))))
            yield conform(rows, target_schema(table.schema(), batch.schema))


def _lies_within(table: Table, file: DataFile, interval: Interval) -> bool:
    first, last = bounds(table, file, interval.column)
    return first is not None and last is not None and first >= interval.start and last < interval.end
