"""`python -m components.begin_run.stream`: begin a run that adds what became known since the last one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.begin_run.begin import Begun, opened, prepared
from components.begin_run.plan_stream import plan
from components.shell import step
from components.shell.endpoints import runs_url
from components.shell.files import write_parameter
from components.shell.instants import EPOCH, format_instant, parse_instant, run_instant
from components.shell.postgres import clock
from components.shell.receipts import receipts
from components.shell.summary import Summary


@dataclass(frozen=True)
class Arguments:
    """Make what is missing, say from which offsets a run goes on and which time it adds, and open the run's row."""

    run_id: str
    as_of: str
    pipeline: str
    table: dict[str, Any]
    version: str
    derived: list[Any]
    after: Path
    instant: Path
    interval_start: Path
    interval_end: Path
    summary: Path
    since: str = ""
    scheduled: str = ""


def main(arguments: Arguments) -> None:
    """Plan from the receipts of the table; the run's key is known once it is known what there is to read."""
    as_of = run_instant(arguments.as_of, arguments.scheduled)
    table = prepared([arguments.table, *arguments.derived])
    since = parse_instant(arguments.since) if arguments.since else EPOCH
    found = plan(as_of, clock(runs_url()), arguments.version, receipts(table, arguments.pipeline), since)
    opened(Begun(arguments.run_id, arguments.pipeline, arguments.version, None, as_of, found.start, as_of))
    write_parameter(arguments.after, found.after)
    write_parameter(arguments.instant, format_instant(as_of))
    write_parameter(arguments.interval_start, format_instant(found.start))
    write_parameter(arguments.interval_end, format_instant(as_of))
    details = {"after": json.loads(found.after), "interval_start": format_instant(found.start)}
    Summary(details=details).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
