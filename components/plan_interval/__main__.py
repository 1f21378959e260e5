"""`python -m components.plan_interval`: resolve the interval a run fills, and its key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.plan_interval.plan import plan
from components.shell import step
from components.shell.catalog import load_table, open_catalog
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError
from components.shell.files import write_parameter
from components.shell.instants import format_instant
from components.shell.postgres import clock
from components.shell.receipts import receipts
from components.shell.summary import Summary
from components.shell.tables import parse_definition


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


def main(arguments: Arguments) -> None:
    """Plan from the table's receipts and hand on start, end and key."""
    if arguments.settle_hours < 0:
        raise ConfigurationError(f"--settle-hours is {arguments.settle_hours}", "give zero or more")
    definition = parse_definition(arguments.table)
    table = load_table(open_catalog(), definition.name)
    identity = (arguments.pipeline, definition.name, arguments.version)
    settle = timedelta(hours=arguments.settle_hours)
    found = plan(arguments.as_of, clock(runs_url()), settle, identity, receipts(table, arguments.pipeline))
    start, end = format_instant(found.start), format_instant(found.end)
    print(f"{definition.name}: interval [{start}, {end}), {found.why}, key {found.run_key}")
    write_parameter(arguments.interval_start, start)
    write_parameter(arguments.interval_end, end)
    write_parameter(arguments.run_key, found.run_key)
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details=details).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
