"""`python -m components.begin_run.dataset`: begin a run that replaces a whole table."""

from pathlib import Path
from typing import Any

from components.begin_run.asked import dataset_asked
from components.begin_run.begin import Begun, described, hand_on, opened, prepared
from components.begin_run.plan_dataset import plan
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
    settings: dict[str, Any],
    instant: Path,
    interval_start: Path,
    interval_end: Path,
    run_key: Path,
    summary: Path,
    source: str = "",
    source_path: str = "",
    config: str = "",
    made_from: str = "",
    inclusive: bool = False,
    scheduled: str = "",
    also: list[Any] | None = None,
) -> None:
    """Make what is missing, resolve the key of a dataset that replaces the whole table, and open the run's row."""
    at = run_instant(as_of, scheduled)
    definition = parse_definition(table)
    committed = receipts(prepared([table, *(also or ())]), pipeline)
    origin = {"source": source, "source_path": source_path, "config": config, "made_from": made_from}
    dataset = dataset_asked(pipeline, definition.name, version, settings, **origin, inclusive=inclusive)
    planned = plan(at, clock(runs_url()), dataset, committed)
    print(f"{definition.name}: whole table up to {format_instant(planned.end)}, {planned.why}, key {planned.run_key}")
    run = Begun(run_id, pipeline, version, planned.run_key, at, planned.start, planned.end)
    opened(run)
    hand_on(run, instant=instant, interval_start=interval_start, interval_end=interval_end, run_key=run_key)
    Summary(details=described(run, planned.why)).write(summary)


if __name__ == "__main__":
    step.run(main)
