"""`python -m components.begin_run.interval`: begin a run that fills an interval."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.begin_run.asked import backfill_asked, ends_asked
from components.begin_run.begin import Begun, described, hand_on, opened, prepared
from components.begin_run.held import write_held
from components.begin_run.lacking import lacking
from components.begin_run.plan_interval import Plan, plan_either
from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.catalog import translated
from components.iceberg.coverage import gaps
from components.iceberg.cuts import RUN
from components.iceberg.lateness import Past, look_back
from components.iceberg.receipts import Receipt, late, presumed, receipts
from components.iceberg.tables import TableDefinition, parse_definition
from components.shell import step
from components.shell.files import write_atomically, write_parameter
from components.shell.instants import EPOCH, format_instant, run_instant
from components.shell.summary import Summary

if TYPE_CHECKING:
    from pyiceberg.table import Table

log = logging.getLogger("begin_run")


def main(
    *,
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict[str, Any],
    version: str,
    label_delay_seconds: int,
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    run_key: Path,
    views_start: Path,
    past: Path,
    held: Path,
    summary: Path,
    lookback_hours: int = 0,
    backfill_from: str = "",
    backfill_to: str = "",
    generation: int = 0,
    scheduled: str = "",
    also: list[Any] | None = None,
    each: str = RUN,
    timezone: str = "UTC",
    late_days: int = 0,
    whole_weeks: bool = False,
) -> None:
    """Make what is missing, resolve the half-open interval this run fills and its key, and open the run's row."""
    at, definition = run_instant(as_of, scheduled), parse_definition(table)
    days: dict[str, Any] = {"each": each, "timezone": timezone, "late_days": late_days, "whole_weeks": whole_weeks}
    ends = ends_asked(label_delay_seconds, lookback_hours=lookback_hours, **days, by_days=definition.by_days)
    filled = prepared([table, *(also or ())])
    committed = receipts(filled, pipeline)
    _warn_of_gaps(definition.name, committed)
    everything = committed + presumed(filled, pipeline)
    run = (at, clock(runs_url()), ends, (pipeline, definition.name, version))
    backfill = backfill_asked(backfill_from, backfill_to, generation)
    plan = plan_either(run, backfill, committed, everything)
    load = Receipt(plan.run_key, pipeline, plan.start, plan.end, at, version)
    looked = _looked(filled, load, (committed, everything), lookback_hours)
    first = format_instant(looked.first or plan.start)
    _report(definition.name, plan, first if looked.first else "")
    with translated():
        there = {"rows_there": write_held(filled, definition, looked, plan.start, held)}
        lacks = _lacking(filled, definition, also or (), plan, pipeline=pipeline, timezone=timezone)
    begun = Begun(run_id, pipeline, version, plan.run_key, at, plan.start, plan.end)
    opened(begun)
    hand_on(begun, instant=instant, interval_start=interval_start, interval_end=interval_end, run_key=run_key)
    write_parameter(views_start, first)
    write_atomically(past, looked.text().encode())
    Summary(details={**described(begun, plan.why), "looks_back_to": first, **there, "warnings": lacks}).write(summary)


def _lacking(
    filled: "Table", definition: TableDefinition, also: Sequence[Any], plan: Plan, *, pipeline: str, timezone: str
) -> list[str]:
    """What tables beside lack; each line is logged too."""
    names = [parse_definition(each).name for each in also]
    lines = lacking(filled, definition, names, pipeline=pipeline, run=(plan.start, plan.end), timezone=timezone)
    for line in lines:
        log.warning("%s", line)
    return lines


def _report(table: str, plan: Plan, looked_from: str) -> None:
    interval = f"[{format_instant(plan.start)}, {format_instant(plan.end)})"
    print(f"{table}: interval {interval}, {plan.why}, key {plan.run_key}")
    if looked_from:
        print(f"{table}: rows from {looked_from} on are brought up to date where facts became known late")


def _looked(
    filled: "Table", load: Receipt, known: tuple[Sequence[Receipt], Sequence[Receipt]], lookback_hours: int
) -> Past:
    """What the run looks at again, given the receipts, and these with stand-ins for expired ones."""
    committed, everything = known
    looked = look_back(everything, load, _lookback_start(load.interval_start, lookback_hours))
    return replace(looked, waits=tuple((one.start, one.end) for one in late(filled, load.pipeline, committed)))


def _lookback_start(start: datetime, hours: int) -> datetime:
    try:
        return max(EPOCH, start - timedelta(hours=hours))
    except OverflowError:
        return EPOCH


def _warn_of_gaps(name: str, committed: Sequence[Receipt]) -> None:
    """Say where an unfinished backfill has left the table without rows: later runs do not fill that."""
    if committed:
        bounds = min(one.interval_start for one in committed), max(one.interval_end for one in committed)
        for start, end in gaps(committed, *bounds):
            missing = f"[{format_instant(start)}, {format_instant(end)})"
            log.warning("%s lacks %s: stockpot backfill fills it", name, missing)


if __name__ == "__main__":
    step.run(main)
