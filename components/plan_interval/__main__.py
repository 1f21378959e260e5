"""`python -m components.plan_interval`: resolve the interval a run fills, and its key."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.plan_interval.plan import Backfill, plan, plan_backfill
from components.shell import step
from components.shell.catalog import load_table, open_catalog
from components.shell.coverage import gaps
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError
from components.shell.files import write_parameter
from components.shell.instants import format_instant, parse_instant
from components.shell.postgres import clock
from components.shell.receipts import Receipt, presumed, receipts
from components.shell.summary import Summary
from components.shell.tables import parse_definition

log = logging.getLogger("plan_interval")


@dataclass(frozen=True)
class Arguments:
    """Resolve the half-open interval this run fills, and the key under which it commits."""

    as_of: datetime
    pipeline: str
    table: dict[str, Any]
    version: str
    settle_hours: int
    interval_start: Path
    interval_end: Path
    run_key: Path
    summary: Path
    backfill_from: str = ""
    generation: int = 0


def main(arguments: Arguments) -> None:
    """Plan from the table's receipts and hand on start, end and key."""
    if arguments.settle_hours < 0:
        raise ConfigurationError(f"--settle-hours is {arguments.settle_hours}", "give zero or more")
    definition = parse_definition(arguments.table)
    table = load_table(open_catalog(), definition.name)
    identity = (arguments.pipeline, definition.name, arguments.version)
    committed = receipts(table, arguments.pipeline)
    _tell_gaps(definition.name, committed)
    run = (arguments.as_of, clock(runs_url()), timedelta(hours=arguments.settle_hours), identity)
    if arguments.backfill_from or arguments.generation:
        backfill = Backfill(_start(arguments.backfill_from), arguments.generation)
        found = plan_backfill(*run, backfill, committed + presumed(table, arguments.pipeline))
    else:
        found = plan(*run, committed)
    start, end = format_instant(found.start), format_instant(found.end)
    print(f"{definition.name}: interval [{start}, {end}), {found.why}, key {found.run_key}")
    write_parameter(arguments.interval_start, start)
    write_parameter(arguments.interval_end, end)
    write_parameter(arguments.run_key, found.run_key)
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details=details).write(arguments.summary)


def _start(text: str) -> datetime:
    if not text:
        raise ConfigurationError("generation without backfill_from", "give both, or neither")
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
