"""`python -m components.begin_run.dataset`: begin a run that replaces a whole table."""

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
    scheduled: str = "",
) -> None:
    """Make what is missing, resolve the key of a dataset that replaces the whole table, and open the run's row."""
    at = run_instant(as_of, scheduled)
    definition = parse_definition(table)
    committed = receipts(prepared([table]), pipeline)
    # What the rows depend on; a real source knows nothing of the config, a generated one has no path.
    origin = {"made_from": config if source == SYNTHETIC else source_path}
    given = {"parameters": made_from} if made_from else {}
    dataset = Dataset(pipeline, definition.name, version, source, {**settings, **origin, **given})
    found = plan(at, clock(runs_url()), dataset, committed)
    start, end = format_instant(found.start), format_instant(found.end)
    print(f"{definition.name}: whole table up to {end}, {found.why}, key {found.run_key}")
    opened(Begun(run_id, pipeline, version, found.run_key, at, found.start, found.end))
    write_parameter(instant, format_instant(at))
    write_parameter(interval_start, start)
    write_parameter(interval_end, end)
    write_parameter(run_key, found.run_key)
    details = {"interval_start": start, "interval_end": end, "run_key": found.run_key, "why": found.why}
    Summary(details=details).write(summary)


if __name__ == "__main__":
    step.run(main)
