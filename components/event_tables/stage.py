"""`python -m components.event_tables.stage`: a share of events, each once, as files that no snapshot names yet."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.staged import staged_events
from components.iceberg.catalog import read_table
from components.iceberg.commits import require_fit
from components.iceberg.tables import parse_definition
from components.shell import step
from components.shell.files import write_parameter
from components.shell.instants import parse_instant
from components.shell.summary import Summary, read_summary


def main(
    *,
    events: Path,
    consumed: Path,
    table: dict[str, Any],
    run_key: str,
    as_of: datetime,
    staged: Path,
    summary: Path,
    per_type: bool = True,
    read_since: str = "",
) -> None:
    """Write a share of events as files of the table, each event once; they become part of it by the commit."""
    definition = parse_definition(table)
    destination = read_table(definition.name)
    require_fit(destination, definition)
    since = parse_instant(read_since) if read_since else None
    result = staged_events(destination, run_key, as_of, events, since, per_type=per_type)
    share = read_summary(consumed)
    figures = {
        "manifest": result.manifest,
        "read": share.rows_in,
        "taken": result.taken,
        "rejected": share.rows_rejected,
        "reasons": share.details.get("rejected", {}),
        "first_rejected": share.details.get("first_rejected", ""),
        "filtered": sum(share.details.get("filtered", {}).values()),
        "staged": result.staged,
        "repeated": result.taken - result.staged,
    }
    write_parameter(staged, json.dumps(figures, sort_keys=True))
    details = {"filtered": {"repeated": figures["repeated"]}, "files": result.files}
    Summary(rows_in=result.taken, rows_out=result.staged, details=details).write(summary)


if __name__ == "__main__":
    step.run(main)
