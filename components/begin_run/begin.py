"""What every run begins with, whatever it fills: its tables, its instant, and its row."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.begin_run.migrate import migrate
from components.begin_run.record import start
from components.connect import postgres
from components.connect.endpoints import runs_url
from components.iceberg.catalog import read_table
from components.iceberg.tables import parse_definition
from components.lineage.events import START, EventDetails, event
from components.lineage.sending import receiver
from components.shell.files import write_parameter
from components.shell.instants import format_instant
from components.shell.origin import read_origin
from components.shell.step import verdict

if TYPE_CHECKING:
    from pyiceberg.table import Table

log = logging.getLogger("begin_run")


@dataclass(frozen=True)
class Begun:
    """A run's row as it begins; `run_key` is None where the run's key is not known before it has looked at its source.

    `run_id` is the run's name in its engine.
    """

    run_id: str
    pipeline: str
    version: str
    run_key: str | None
    as_of: datetime
    interval_start: datetime
    interval_end: datetime


def prepared(tables: Sequence[dict[str, Any]]) -> "Table":
    """The first of the tables, once all of them and `etl_runs` are there and as their definitions say.

    Raises:
        ConfigurationError: something exists in a form that cannot be reconciled, or store or database refuse.
        TransientError: they do not answer, or another run holds the lock of such changes for too long.
    """
    receiver()  # before anything is made: who begins a run refuses settings that cannot be used
    definitions = [parse_definition(table) for table in tables]
    for change in migrate(definitions):
        print(change)
    return read_table(definitions[0].name)


def opened(run: Begun) -> None:
    """Open the run's row in `etl_runs`, and report its start; a repeated begin keeps the first start.

    A run that fills several tables in ways of their own begins once for each way, and has one row.
    """
    if not run.run_id:
        return
    with postgres.session(runs_url()) as connection, connection.cursor() as cursor:
        started = start(cursor, read_origin(), asdict(run))
    _report_start(run, started)


def _report_start(run: Begun, started: datetime) -> None:
    """Report the start of the run to OpenLineage, where a receiver is set; a failure is only a warning."""
    try:
        if listener := receiver():
            facts = EventDetails((run.interval_start, run.interval_end))
            listener.take(event(START, started, listener.job(run.pipeline, run.run_id), facts))
    except Exception as error:  # noqa: BLE001 - telling is no reason why a run should fail at its beginning
        log.warning("OpenLineage has not been told of the start of run %s: %s", run.run_id, verdict(error)[0])


def hand_on(run: Begun, *, instant: Path, interval_start: Path, interval_end: Path, run_key: Path) -> None:
    """Write what the steps that follow take of a run whose key is known."""
    write_parameter(instant, format_instant(run.as_of))
    write_parameter(interval_start, format_instant(run.interval_start))
    write_parameter(interval_end, format_instant(run.interval_end))
    write_parameter(run_key, run.run_key)


def described(run: Begun, why: str) -> dict[str, Any]:
    """The plan for the summary; `why` the run has this interval and key."""
    interval = {"interval_start": format_instant(run.interval_start), "interval_end": format_instant(run.interval_end)}
    return {**interval, "run_key": run.run_key, "why": why}
