"""`python -m components.begin_run.versions`: begin a run that keeps versions."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from components.begin_run.begin import Begun, described, hand_on, opened, prepared
from components.begin_run.plan_versions import plan
from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.receipts import receipts
from components.iceberg.tables import parse_definition
from components.shell import step
from components.shell.instants import format_instant, run_instant
from components.shell.summary import Summary


def main(
    *,
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict[str, Any],
    version: str,
    oldest_hours: float,
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    run_key: Path,
    summary: Path,
    scheduled: str = "",
    also: list[Any] | None = None,
) -> None:
    """Make what is missing, resolve the run's key, and open the run's row in `etl_runs`."""
    at, name = run_instant(as_of, scheduled), parse_definition(table).name
    committed = receipts(prepared([table, *(also or ())]), pipeline)
    planned = plan(at, clock(runs_url()), timedelta(hours=oldest_hours), (pipeline, name, version), committed)
    start, end = format_instant(planned.start), format_instant(planned.end)
    print(f"{name}: what has changed from {start} to {end}, {planned.why}, key {planned.run_key}")
    run = Begun(run_id, pipeline, version, planned.run_key, at, planned.start, planned.end)
    opened(run)
    hand_on(run, instant=instant, interval_start=interval_start, interval_end=interval_end, run_key=run_key)
    Summary(details=described(run, planned.why)).write(summary)


if __name__ == "__main__":
    step.run(main)
