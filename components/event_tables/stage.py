"""`python -m components.event_tables.stage`: a share of events, each once, as files that no snapshot names yet."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.staged import staged_events
from components.shell import step
from components.shell.catalog import load_table, open_catalog
from components.shell.commits import require_fit
from components.shell.files import write_parameter
from components.shell.summary import Summary, read_summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Write a share of events as files of the table, each event once; they become part of it by the commit."""

    events: Path
    consumed: Path
    table: dict[str, Any]
    run_key: str
    as_of: datetime
    staged: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Stage the events, and hand on where the list of their files is, and the figures of the share."""
    definition = parse_definition(arguments.table)
    table = load_table(open_catalog(), definition.name)
    require_fit(table, definition)
    found = staged_events(table, arguments.run_key, arguments.as_of, arguments.events)
    consumed = read_summary(arguments.consumed)
    figures = {
        "manifest": found.manifest,
        "read": consumed.rows_in,
        "taken": found.taken,
        "rejected": consumed.rows_rejected,
        "reasons": consumed.details.get("rejected", {}),
        "first_rejected": consumed.details.get("first_rejected", ""),
        "filtered": sum(consumed.details.get("filtered", {}).values()),
        "staged": found.staged,
        "repeated": found.taken - found.staged,
    }
    write_parameter(arguments.staged, json.dumps(figures, sort_keys=True))
    details = {"filtered": {"repeated": figures["repeated"]}, "files": found.files}
    Summary(rows_in=found.taken, rows_out=found.staged, details=details).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
