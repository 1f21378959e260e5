"""`python -m components.shop_events.plan`: fix from when on events are read."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.iceberg.tables import parse_definition
from components.shell import step
from components.shell.bounds import require_within
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.files import write_parameter
from components.shell.instants import EPOCH, format_instant, held
from components.shell.keys import key_of
from components.shell.summary import Summary
from components.shop_events.read import SOURCE

POSTGRES, FILES, KAFKA = "postgres", "files", "kafka"
_TICK = timedelta(microseconds=1)
# A year of hours: each run reads all of them again.
_LONGEST_OVERLAP = 366 * 24


def main(
    *,
    after: dict[str, Any],
    pipeline: str,
    table: dict[str, Any],
    version: str,
    as_of: datetime,
    interval_start: datetime,
    chosen: Path,
    shares: Path,
    until: Path,
    read_since: Path,
    offsets: Path,
    run_key: Path,
    summary: Path,
    source: str = POSTGRES,
    events_dir: str = "",
    overlap_hours: int = 24,
) -> None:
    """Fix where events come from, from when on the source's table is read, and ids looked for in ours."""
    if source not in (POSTGRES, FILES, KAFKA):
        raise ConfigurationError(f"source is '{source}'", f"give {POSTGRES}, {FILES} or {KAFKA}")
    require_within("overlap_hours", overlap_hours, 0, _LONGEST_OVERLAP)
    topics = bool(events_dir) or source == KAFKA
    start, end = None if topics else _ended(after), (as_of - EPOCH) // _TICK
    if start is not None and start > end:
        raise SupersededError("a later run has read the events", "nothing is missing")
    first = "" if start is None else format_instant(held(start) - timedelta(hours=overlap_hours))
    positions = {SOURCE: {"id": "", "partitions": {"0": {"start": start or 0, "end": end}}}}
    write_parameter(chosen, "topics" if topics else source)
    write_parameter(shares, json.dumps([first]))
    write_parameter(until, format_instant(as_of + _TICK))
    write_parameter(read_since, format_instant(max(EPOCH, interval_start - timedelta(hours=overlap_hours))))
    write_parameter(offsets, json.dumps(positions, sort_keys=True))
    write_parameter(run_key, key_of([pipeline, parse_definition(table).name, positions, version]))
    Summary(details={"since": first, "as_of": format_instant(as_of)}).write(summary)


def _ended(after: dict[str, Any]) -> int | None:
    """Where the last commit ended, in microseconds since 1970; None where there was none."""
    if not after:
        return None
    try:
        return int(after[SOURCE]["partitions"]["0"]["end"])
    except (KeyError, TypeError, ValueError):
        named = ", ".join(sorted(after))
        raise ConfigurationError(
            f"the table was filled from {named}, not from a table of events", "run from the same source as before"
        ) from None


if __name__ == "__main__":
    step.run(main)
