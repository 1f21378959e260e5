"""`python -m components.begin_run.snapshot`: begin a run that says how things stand at a cut."""

from pathlib import Path
from typing import Any

from components.begin_run.asked import cut_asked
from components.begin_run.begin import Begun, hand_on, opened, prepared
from components.begin_run.plan_snapshot import plan
from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.catalog import translated
from components.iceberg.coverage import INSTANT
from components.iceberg.cuts import presumed_cuts
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
    each: str,
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    run_key: Path,
    summary: Path,
    cut: str = "",
    timezone: str = "UTC",
    generation: int = 1,
    scheduled: str = "",
    also: list[Any] | None = None,
) -> None:
    """Make what is missing, resolve the run's cut and its key, and open the run's row in `etl_runs`."""
    at, definition = run_instant(as_of, scheduled), parse_definition(table)
    wanted = cut_asked(cut, at, each, timezone)
    filled = prepared([table, *(also or ())])
    committed = receipts(filled, pipeline)
    with translated():
        committed += presumed_cuts(filled, pipeline, definition.interval_column, wanted, wanted + INSTANT)
    planned = plan(wanted, at, clock(runs_url()), (pipeline, definition.name, version), generation, committed)
    load, start = planned.load, format_instant(wanted)
    print(f"{definition.name}: cut {start}, {planned.why}, key {load.run_key}")
    run = Begun(run_id, pipeline, version, load.run_key, at, load.interval_start, load.interval_end)
    opened(run)
    hand_on(run, instant=instant, interval_start=interval_start, interval_end=interval_end, run_key=run_key)
    Summary(details={"cut": start, "run_key": load.run_key, "why": planned.why}).write(summary)


if __name__ == "__main__":
    step.run(main)
