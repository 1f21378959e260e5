"""`python -m components.event_tables.plan`: where a run goes on, and whether it may."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.shell import step
from components.shell.catalog import load_table, open_catalog
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.files import write_parameter
from components.shell.instants import EPOCH, format_instant, parse_instant, refuse_future, run_instant
from components.shell.postgres import clock
from components.shell.receipts import Receipt, newest, receipts, refuse_older
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Plan:
    """The offsets to go on from, as JSON, and the time `[start, as_of)` that the run adds to what is known."""

    after: str
    start: datetime


def plan(as_of: datetime, now: datetime, version: str, committed: Sequence[Receipt], since: datetime = EPOCH) -> Plan:
    """The plan of the run at `as_of`, given the table's receipts, the database's clock, and where a new table begins.

    Raises:
        ConfigurationError: `as_of` lies in the future or before 1970.
        SupersededError: a later run has committed, or one under a newer definition.
    """
    refuse_future(as_of, now)
    if as_of <= EPOCH:
        raise ConfigurationError(f"as_of {format_instant(as_of)} lies before the data", "give an instant after 1970")
    last = newest(committed)
    if last is None:
        return Plan("{}", min(since, as_of))
    refuse_older(version, last)
    if last.as_of > as_of:
        raise SupersededError(
            f"as_of {format_instant(as_of)} is superseded: the table is up to {format_instant(last.as_of)}",
            "nothing is missing; a run that adds events needs a later as_of",
        )
    return Plan(last.offsets or "{}", last.as_of if last.as_of < as_of else last.interval_start)


def main(
    *,
    as_of: str,
    pipeline: str,
    table: dict[str, Any],
    version: str,
    after: Path,
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    summary: Path,
    since: str = "",
    scheduled: str = "",
) -> None:
    """Say from which offsets a run goes on, and which time it adds."""
    at = run_instant(as_of, scheduled)
    events = load_table(open_catalog(), parse_definition(table).name)
    begin = parse_instant(since) if since else EPOCH
    found = plan(at, clock(runs_url()), version, receipts(events, pipeline), begin)
    write_parameter(after, found.after)
    write_parameter(instant, format_instant(at))
    write_parameter(interval_start, format_instant(found.start))
    write_parameter(interval_end, format_instant(at))
    details = {"after": json.loads(found.after), "interval_start": format_instant(found.start)}
    Summary(details=details).write(summary)


if __name__ == "__main__":
    step.run(main)
