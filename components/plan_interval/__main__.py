"""`python -m components.plan_interval`: resolve the interval a run fills, and its key."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from components.plan_interval.held import write_held
from components.plan_interval.plan import Backfill, Plan, plan, plan_backfill
from components.shell import step
from components.shell.catalog import load_table, open_catalog, translated
from components.shell.coverage import gaps
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically, write_parameter
from components.shell.instants import EPOCH, format_instant, parse_instant, run_instant
from components.shell.lateness import look_back
from components.shell.postgres import clock
from components.shell.receipts import Receipt, presumed, receipts
from components.shell.summary import Summary
from components.shell.tables import parse_definition

log = logging.getLogger("plan_interval")


def main(
    *,
    as_of: str,
    pipeline: str,
    table: dict[str, Any],
    version: str,
    settle_hours: int,
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
) -> None:
    """Resolve the half-open interval this run fills, and the key under which it commits."""
    for name, hours in (("settle", settle_hours), ("lookback", lookback_hours)):
        if hours < 0:
            raise ConfigurationError(f"--{name}-hours is {hours}", "give zero or more")
    at, definition = run_instant(as_of, scheduled), parse_definition(table)
    filled = load_table(open_catalog(), definition.name)
    committed = receipts(filled, pipeline)
    _tell_gaps(definition.name, committed)
    everything = committed + presumed(filled, pipeline)
    run = (at, clock(runs_url()), timedelta(hours=settle_hours), (pipeline, definition.name, version))
    how = _Committed(committed, everything, by_days=definition.by_days)
    found = _plan(run, _backfill(backfill_from, backfill_to, generation), how)
    load = Receipt(found.run_key, pipeline, found.start, found.end, at, version)
    looked = look_back(everything, load, _lookback_start(found.start, lookback_hours))
    start, end = format_instant(found.start), format_instant(found.end)
    first = format_instant(looked.first or found.start)
    print(f"{definition.name}: interval [{start}, {end}), {found.why}, key {found.run_key}")
    if looked.first:
        print(f"{definition.name}: rows from {first} on are brought up to date where facts became known late")
    with translated():
        there = write_held(filled, definition, looked, found.start, held)
    write_parameter(instant, format_instant(at))
    write_parameter(interval_start, start)
    write_parameter(interval_end, end)
    write_parameter(run_key, found.run_key)
    write_parameter(views_start, first)
    write_atomically(past, looked.text().encode())
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details={**details, "looks_back_to": first, "rows_there": there}).write(summary)


class _Committed(NamedTuple):
    """The receipts, those with stand-ins for expired ones, and whether the table's intervals are whole days."""

    receipts: Sequence[Receipt]
    everything: Sequence[Receipt]
    by_days: bool


def _plan(
    run: tuple[datetime, datetime, timedelta, tuple[str, str, str]], backfill: Backfill | None, there: _Committed
) -> Plan:
    if backfill:
        return plan_backfill(*run, backfill, there.everything, by_days=there.by_days)
    return plan(*run, there.receipts, by_days=there.by_days)


def _backfill(start: str, end: str, generation: int) -> Backfill | None:
    """What the run was asked to fill; None for a run of the schedule."""
    if not (start or end or generation):
        return None
    return Backfill(_start(start), generation, parse_instant(end) if end else None)


def _lookback_start(start: datetime, hours: int) -> datetime:
    try:
        return max(EPOCH, start - timedelta(hours=hours))
    except OverflowError:
        return EPOCH


def _start(text: str) -> datetime:
    if not text:
        raise ConfigurationError("generation or backfill_to without backfill_from", "give all three, or none")
    return parse_instant(text)


def _tell_gaps(name: str, committed: Sequence[Receipt]) -> None:
    """Say where an unfinished backfill has left the table without rows: later runs do not fill that."""
    if committed:
        bounds = min(one.interval_start for one in committed), max(one.interval_end for one in committed)
        for start, end in gaps(committed, *bounds):
            missing = f"[{format_instant(start)}, {format_instant(end)})"
            log.warning("%s lacks %s: stockpot backfill fills it", name, missing)


if __name__ == "__main__":
    step.run(main)
