"""How many rows of each interval there are now: in the table that is filled, and in its source."""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from components.connect.postgres import session
from components.iceberg.catalog import load_table, open_catalog, table_exists, translated
from components.iceberg.coverage import INSTANT, Span
from components.shell.errors import StepError
from components.shell.instants import local_midnight, zone_of
from stockpot.backfill.intervals import Interval

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import FileScanTask, Table

    from stockpot.dataset import Dataset, Source

# Files that hold rows of several intervals have to be read, one column of them; beyond that nobody waits for it.
_READ_AT_MOST = 50_000_000
_PATIENCE_MS = 10_000
_NAMED = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attname = ANY(%s) AND attnum > 0 AND NOT attisdropped
    ORDER BY array_position(%s, attname::text) LIMIT 1
"""
_BY_BUCKET = """
    SELECT width_bucket("{time}"::timestamptz, %s::timestamptz[]), count(*) FROM {table}
    WHERE "{time}" >= %s AND "{time}" < %s GROUP BY 1
"""


def counted(intervals: Sequence[Interval], dataset: "Dataset") -> list[Interval]:
    """The intervals, oldest first, with the rows that table and source hold of each.

    A source that does not answer, or not soon, is not counted: that is no reason not to say how the intervals stand.

    Raises:
        ConfigurationError, TransientError: as the catalog's.
    """
    if not intervals:
        return []
    edges = sorted({edge for one in intervals for edge in (one.start, one.end)})
    there, source = (
        dict(zip(edges, some, strict=False)) for some in (_in_table(dataset, edges), _in_source(dataset.source, edges))
    )
    return [replace(one, rows=there[one.start], source_rows=source[one.start]) for one in intervals]


def _in_table(dataset: "Dataset", edges: Sequence[datetime]) -> Sequence[int | None]:
    unknown: list[int | None] = [None] * (len(edges) - 1)
    if not dataset.time:
        return unknown
    if not table_exists(dataset.table_name):
        return [0] * len(unknown)
    with translated():
        table = load_table(open_catalog(), dataset.table_name)
        return _by_file(table, dataset.time, edges) or unknown


def by_day(name: str, column: str, span: Span, zone: str) -> dict[date, int] | None:
    """The rows of a table in the half-open time, by the days of the zone that have some; None where they are too many.

    The dates of a column of dates are days in themselves, whatever the zone.

    Raises:
        ConfigurationError, TransientError: as the catalog's.
    """
    if not table_exists(name):
        return {}
    with translated():
        table = load_table(open_catalog(), name)
        zone = "UTC" if _is_date(table, column) else zone
        edges = _midnights(table, column, span, zone)
        counts = _by_file(table, column, edges) if edges else []
    if counts is None:
        return None
    days = (edge.astimezone(zone_of(zone)).date() for edge in edges)
    return {day: rows for day, rows in zip(days, counts, strict=False) if rows}


def _midnights(table: "Table", column: str, span: Span, zone: str) -> list[datetime]:
    """The edges of the days in that time of which there may be rows; none where there are no files."""
    from components.iceberg.bounds import bounds
    from components.iceberg.planning import files_of

    file_bounds = [
        bounds(table, task.file, column) for task in files_of(table, row_filter=_between(table, column, *span))
    ]
    first = max(span[0], min((low or span[0] for low, _ in file_bounds), default=span[1]))
    # Of what lies after year 9999 a bound is the last instant that there is.
    until_now = (min(high, span[1] - INSTANT) + INSTANT if high else span[1] for _, high in file_bounds)
    last = max(until_now, default=first)
    if first >= last:
        return []
    day, until = (edge.astimezone(zone_of(zone)).date() for edge in (first, last))
    inner = (local_midnight(day + timedelta(days=n), zone) for n in range(1, (until - day).days + 1))
    return [first, *(edge for edge in inner if edge < last), last]


def _between(table: "Table", column: str, start: datetime, end: datetime) -> "BooleanExpression":
    from pyiceberg.expressions.parser import parse

    is_date = _is_date(table, column)
    low, high = ((at.date() if is_date else at).isoformat() for at in _bounds(start, end, is_date=is_date))
    return parse(f"\"{column}\" >= '{low}' and \"{column}\" < '{high}'")


def _bounds(start: datetime, end: datetime, *, is_date: bool) -> Span:
    """The half-open time in ticks of the column: a date lies where its day begins in UTC."""
    return (_next_day(start), _next_day(end)) if is_date else (start, end)


def _next_day(instant: datetime) -> datetime:
    """The first beginning of a day in UTC from the instant on."""
    whole = datetime.combine(instant.astimezone(UTC), time(), UTC)
    return whole if whole == instant else whole + timedelta(days=1)


def _is_date(table: "Table", column: str) -> bool:
    from pyiceberg.types import DateType

    return any(each.name == column and isinstance(each.field_type, DateType) for each in table.schema().fields)


def _by_file(table: "Table", column: str, edges: Sequence[datetime]) -> list[int] | None:
    """The rows by interval: what the manifests say of files that lie in one, and what the others hold when read.

    Raises:
        ConfigurationError: the table is one that cannot be read here.
    """
    from components.iceberg.planning import files_of

    counts = [0] * (len(edges) - 1)
    across = []
    for task in files_of(table, row_filter=_between(table, column, edges[0], edges[-1])):
        index = _only(table, task, column, edges)
        if index is None:
            across.append(task)
        else:
            counts[index] += task.file.record_count
    if sum(task.file.record_count for task in across) > _READ_AT_MOST:
        return None
    for task in across:
        for index, rows in enumerate(_read(table, task, column, edges)):
            counts[index] += rows
    return counts


def _only(table: "Table", task: "FileScanTask", column: str, edges: Sequence[datetime]) -> int | None:
    """The one interval that all rows of the file lie in; None where there is none, or rows of it are deleted."""
    from components.iceberg.bounds import bounds

    first, last = bounds(table, task.file, column)
    if task.delete_files or first is None or last is None:
        return None
    index = bisect_right(edges, first) - 1
    return index if 0 <= index < len(edges) - 1 and last < edges[index + 1] else None


def _read(table: "Table", task: "FileScanTask", column: str, edges: Sequence[datetime]) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from components.iceberg.scan import Scan, Selection

    kind = pa.timestamp("us", "UTC")
    bounds = [pa.scalar(edge, kind).value for edge in edges]
    counts = [0] * (len(edges) - 1)
    selection = Selection((column,), column, *_bounds(edges[0], edges[-1], is_date=_is_date(table, column)))
    for batch in Scan(table, selection, [task], table.schema()).batches():
        instants = batch.column(column).cast(kind).cast(pa.int64())
        ordered = instants.take(pc.sort_indices(instants))
        # Of many intervals a batch has rows of few.
        first, last = bisect_right(bounds, ordered[0].as_py()) - 1, bisect_right(bounds, ordered[-1].as_py())
        positions = [_position(ordered, bound) for bound in bounds[first : last + 1]]
        for index, (before, after) in enumerate(pairwise(positions), first):
            counts[index] += after - before
    return counts


def _position(ordered: "pa.Array", instant: int) -> int:
    """How many of the ordered instants lie before one."""
    return bisect_left(ordered, instant, key=lambda scalar: scalar.as_py())


def _in_source(source: "Source | None", edges: Sequence[datetime]) -> Sequence[int | None]:
    unknown: list[int | None] = [None] * (len(edges) - 1)
    if source is None or not os.environ.get("DATABASE_URL"):
        return unknown
    try:
        with session(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {_PATIENCE_MS}")
            names = list(source.times)
            cursor.execute(_NAMED, (source.table, names, names))
            named = cursor.fetchone()
            if named is None:
                return unknown
            query = _BY_BUCKET.format(time=named[0], table=source.table)
            cursor.execute(query, (list(edges), edges[0], edges[-1]))
            counts = dict(cursor.fetchall())
    except StepError:
        return unknown
    return [counts.get(bucket, 0) for bucket in range(1, len(edges))]
