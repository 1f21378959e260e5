"""`python -m components.begin_run.interval`: begin a run that fills an interval."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.begin_run.begin import Begun, opened, prepared
from components.begin_run.held import write_held
from components.begin_run.plan_interval import Backfill, Plan, plan, plan_backfill
from components.shell import step
from components.shell.catalog import translated
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

log = logging.getLogger("begin_run")


@dataclass(frozen=True)
class Arguments:
    """Make what is missing, resolve the half-open interval this run fills and its key, and open the run's row."""

    run_id: str
    as_of: str
    pipeline: str
    table: dict[str, Any]
    version: str
    label_delay_seconds: int
    instant: Path
    interval_start: Path
    interval_end: Path
    run_key: Path
    views_start: Path
    past: Path
    held: Path
    summary: Path
    lookback_hours: int = 0
    backfill_from: str = ""
    backfill_to: str = ""
    generation: int = 0
    scheduled: str = ""


def main(arguments: Arguments) -> None:
    """Plan from the table's receipts and hand on the interval, its key, and what is to be looked at again."""
    for flag, number in (
        ("label-delay-seconds", arguments.label_delay_seconds),
        ("lookback-hours", arguments.lookback_hours),
    ):
        if number < 0:
            raise ConfigurationError(f"--{flag} is {number}", "give zero or more")
    as_of = run_instant(arguments.as_of, arguments.scheduled)
    table, definition = prepared([arguments.table]), parse_definition(arguments.table)
    committed = receipts(table, arguments.pipeline)
    _tell_gaps(definition.name, committed)
    everything = committed + presumed(table, arguments.pipeline)
    found = _plan(arguments, as_of, definition.name, committed, everything)
    load = Receipt(found.run_key, arguments.pipeline, found.start, found.end, as_of, arguments.version)
    past = look_back(everything, load, _lookback_start(found.start, arguments.lookback_hours))
    start, end = format_instant(found.start), format_instant(found.end)
    views_start = format_instant(past.first or found.start)
    print(f"{definition.name}: interval [{start}, {end}), {found.why}, key {found.run_key}")
    if past.first:
        print(f"{definition.name}: rows from {views_start} on are brought up to date where facts became known late")
    with translated():
        held = write_held(table, definition, past, found.start, arguments.held)
    identity = (arguments.run_id, arguments.pipeline, arguments.version)
    opened(Begun(*identity, found.run_key, as_of, found.start, found.end))
    write_parameter(arguments.instant, format_instant(as_of))
    write_parameter(arguments.interval_start, start)
    write_parameter(arguments.interval_end, end)
    write_parameter(arguments.run_key, found.run_key)
    write_parameter(arguments.views_start, views_start)
    write_atomically(arguments.past, past.text().encode())
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details={**details, "looks_back_to": views_start, "rows_there": held}).write(arguments.summary)


def _plan(
    arguments: Arguments, as_of: datetime, name: str, committed: Sequence[Receipt], everything: Sequence[Receipt]
) -> Plan:
    identity = (arguments.pipeline, name, arguments.version)
    run = (as_of, clock(runs_url()), timedelta(seconds=arguments.label_delay_seconds), identity)
    if not (arguments.backfill_from or arguments.backfill_to or arguments.generation):
        return plan(*run, committed)
    end = parse_instant(arguments.backfill_to) if arguments.backfill_to else None
    return plan_backfill(*run, Backfill(_start(arguments.backfill_from), arguments.generation, end), everything)


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
