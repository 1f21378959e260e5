"""`python -m components.plan_interval`: resolve the interval a run fills, and its key."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
from components.shell.tables import TableDefinition, parse_definition

log = logging.getLogger("plan_interval")


@dataclass(frozen=True)
class Arguments:
    """Resolve the half-open interval this run fills, and the key under which it commits."""

    as_of: str
    pipeline: str
    table: dict[str, Any]
    version: str
    settle_hours: int
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
    for name, hours in (("settle", arguments.settle_hours), ("lookback", arguments.lookback_hours)):
        if hours < 0:
            raise ConfigurationError(f"--{name}-hours is {hours}", "give zero or more")
    as_of = run_instant(arguments.as_of, arguments.scheduled)
    definition = parse_definition(arguments.table)
    table = load_table(open_catalog(), definition.name)
    committed = receipts(table, arguments.pipeline)
    _tell_gaps(definition.name, committed)
    everything = committed + presumed(table, arguments.pipeline)
    found = _plan(arguments, as_of, definition, committed, everything)
    load = Receipt(found.run_key, arguments.pipeline, found.start, found.end, as_of, arguments.version)
    past = look_back(everything, load, _lookback_start(found.start, arguments.lookback_hours))
    start, end = format_instant(found.start), format_instant(found.end)
    views_start = format_instant(past.first or found.start)
    print(f"{definition.name}: interval [{start}, {end}), {found.why}, key {found.run_key}")
    if past.first:
        print(f"{definition.name}: rows from {views_start} on are brought up to date where facts became known late")
    with translated():
        held = write_held(table, definition, past, found.start, arguments.held)
    write_parameter(arguments.instant, format_instant(as_of))
    write_parameter(arguments.interval_start, start)
    write_parameter(arguments.interval_end, end)
    write_parameter(arguments.run_key, found.run_key)
    write_parameter(arguments.views_start, views_start)
    write_atomically(arguments.past, past.text().encode())
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details={**details, "looks_back_to": views_start, "rows_there": held}).write(arguments.summary)


def _plan(
    arguments: Arguments,
    as_of: datetime,
    definition: TableDefinition,
    committed: Sequence[Receipt],
    everything: Sequence[Receipt],
) -> Plan:
    identity = (arguments.pipeline, definition.name, arguments.version)
    run = (as_of, clock(runs_url()), timedelta(hours=arguments.settle_hours), identity)
    if not (arguments.backfill_from or arguments.backfill_to or arguments.generation):
        return plan(*run, committed, by_days=definition.by_days)
    end = parse_instant(arguments.backfill_to) if arguments.backfill_to else None
    backfill = Backfill(_start(arguments.backfill_from), arguments.generation, end)
    return plan_backfill(*run, backfill, everything, by_days=definition.by_days)


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
