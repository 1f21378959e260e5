"""`python -m components.begin_run.stream`: begin a run that adds what became known since the last one."""

import json
from pathlib import Path
from typing import Any

from components.begin_run.begin import Begun, opened, prepared
from components.begin_run.plan_stream import plan
from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.receipts import receipts
from components.shell import step
from components.shell.files import write_parameter
from components.shell.instants import EPOCH, format_instant, parse_instant, run_instant
from components.shell.summary import Summary


def main(
    *,
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict[str, Any],
    version: str,
    derived: list[Any],
    after: Path,
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    summary: Path,
    since: str = "",
    scheduled: str = "",
) -> None:
    """Make what is missing, say from which offsets a run goes on and which time it adds, and open the run's row."""
    at = run_instant(as_of, scheduled)
    committed = receipts(prepared([table, *derived]), pipeline)
    planned = plan(at, clock(runs_url()), version, committed, parse_instant(since) if since else EPOCH)
    # The key follows from what there is to read.
    opened(Begun(run_id, pipeline, version, None, at, planned.start, at))
    write_parameter(after, planned.after)
    write_parameter(instant, format_instant(at))
    write_parameter(interval_start, format_instant(planned.start))
    write_parameter(interval_end, format_instant(at))
    Summary(details={"after": json.loads(planned.after), "interval_start": format_instant(planned.start)}).write(
        summary
    )


if __name__ == "__main__":
    step.run(main)
