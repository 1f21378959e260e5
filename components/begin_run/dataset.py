"""`python -m components.begin_run.dataset`: begin a run that replaces a whole table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.begin_run.begin import Begun, opened, prepared
from components.begin_run.plan_dataset import SYNTHETIC, Dataset, plan
from components.shell import step
from components.shell.endpoints import runs_url
from components.shell.files import write_parameter
from components.shell.instants import format_instant, run_instant
from components.shell.postgres import clock
from components.shell.receipts import receipts
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Make what is missing, resolve the key of a dataset that replaces the whole table, and open the run's row."""

    run_id: str
    as_of: str
    pipeline: str
    table: dict[str, Any]
    version: str
    source: str
    source_path: str
    config: str
    settings: dict[str, Any]
    instant: Path
    interval_start: Path
    interval_end: Path
    run_key: Path
    summary: Path
    scheduled: str = ""


def main(arguments: Arguments) -> None:
    """Plan from the table's receipts and hand on start, end and key."""
    as_of = run_instant(arguments.as_of, arguments.scheduled)
    table, definition = prepared([arguments.table]), parse_definition(arguments.table)
    dataset = Dataset(arguments.pipeline, definition.name, arguments.version, arguments.source, _settings(arguments))
    found = plan(as_of, clock(runs_url()), dataset, receipts(table, arguments.pipeline))
    start, end = format_instant(found.start), format_instant(found.end)
    print(f"{definition.name}: whole table up to {end}, {found.why}, key {found.run_key}")
    identity = (arguments.run_id, arguments.pipeline, arguments.version)
    opened(Begun(*identity, found.run_key, as_of, found.start, found.end))
    write_parameter(arguments.instant, format_instant(as_of))
    write_parameter(arguments.interval_start, start)
    write_parameter(arguments.interval_end, end)
    write_parameter(arguments.run_key, found.run_key)
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details=details).write(arguments.summary)


def _settings(arguments: Arguments) -> dict[str, Any]:
    """What the rows depend on; a real source knows nothing of the config, a generated one has no path."""
    made_from = arguments.config if arguments.source == SYNTHETIC else arguments.source_path
    return {**arguments.settings, "made_from": made_from}


if __name__ == "__main__":
    step.run(main)
