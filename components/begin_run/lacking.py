"""Which days of a table lack rows in the tables beside it, as reviews lack vectors where a run had no model."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import Table

from components.iceberg.catalog import read_table
from components.iceberg.coverage import Span, joined, without
from components.iceberg.receipts import loads
from components.iceberg.scan import Selection, scan, snapshot_of
from components.iceberg.tables import TableDefinition
from components.shell.counts import counted
from components.shell.instants import format_instant, local_midnight, wall_clock, zone_of

# Without its last instant, with which the next one begins.
_QUARTER = timedelta(minutes=15, microseconds=-1)
_AGAIN = "--reprocess all, with the parameters that have it filled, makes up for them"


def lacking(
    table: Table, definition: TableDefinition, beside: Sequence[str], *, pipeline: str, run: Span, timezone: str
) -> list[str]:
    """A line for each table beside that lacks days of the own one, the days that the run fills itself left out.

    A table that no run has filled yet lacks none. Days are those of the zone, and only days
    with rows in the own table count.
    """
    own = _filled(table, pipeline)
    lines = []
    for name in beside:
        there = _filled(read_table(name), pipeline)
        spans = sorted(without(own, [*there, run])) if there else []
        if days := _days(table, definition.interval_column, spans, zone_of(timezone)):
            begin = local_midnight(days[0], timezone)
            command = f"stockpot backfill {pipeline} --from {format_instant(begin)} --to {format_instant(spans[-1][1])}"
            lines.append(f"{name} has no rows of {_named(days)} of {definition.name}: {command} {_AGAIN}")
    return lines


def _filled(table: Table, pipeline: str) -> list[Span]:
    """The time that runs of the pipeline have filled, those too whose receipts have expired."""
    return joined((one.interval_start, one.interval_end) for one in loads(table, pipeline))


def _days(table: Table, column: str, spans: Sequence[Span], zone: ZoneInfo) -> list[date]:
    """The days of the spans that have rows, in order. Memory stays at a batch and the days."""
    days: set[date] = set()
    for start, end in spans:
        for batch in scan(table, snapshot_of(table, None), Selection((column,), column, start, end)).batches():
            days |= _days_of(batch.column(0), zone)
    return sorted(days)


def _days_of(column: pa.Array, zone: ZoneInfo) -> set[date]:
    if pa.types.is_date(column.type):
        return set(pc.unique(column).to_pylist())
    clock = wall_clock(column)
    quarters = pc.floor_temporal(clock, 15, unit="minute")
    begun = pc.unique(quarters).to_pylist()
    # Few days change within a quarter of an hour, as in Monrovia until 1972; there each instant is looked at.
    split = [each for each in begun if _day(each, zone) != _day(each + _QUARTER, zone)]
    exact = pc.unique(pc.filter(clock, pc.is_in(quarters, pa.array(split, quarters.type)))).to_pylist()
    return {_day(each, zone) for each in [*exact, *(each for each in begun if each not in split)]}


def _day(clock: datetime, zone: ZoneInfo) -> date:
    """The day of the zone when a clock in UTC shows this."""
    return clock.replace(tzinfo=UTC).astimezone(zone).date()


def _named(days: Sequence[date]) -> str:
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
    return f"{counted(len(days), 'day')} ({span})"
