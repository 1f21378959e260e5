"""`python -m components.event_tables.select`: the events of all windows that have to be counted anew."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.touched import plan_windows, selected
from components.shell import step
from components.shell.catalog import load_table, open_catalog
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Bring the events of all windows that have changed since their tables were last committed."""

    table: dict[str, Any]
    windows: dict[str, Any]
    pipeline: str
    version: str
    as_of: datetime
    snapshot_id: str
    events: Path
    plan: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Pin the snapshot, compare with the receipts of the windows' tables, and stream the events concerned."""
    if not arguments.snapshot_id.strip().isdecimal():
        raise ConfigurationError(f"--snapshot-id must be a number, not '{arguments.snapshot_id[:50]}'")
    catalog = open_catalog()
    table = load_table(catalog, parse_definition(arguments.table).name)
    tables = {
        kind: load_table(catalog, parse_definition(definition).name)
        for kind, definition in sorted(arguments.windows.items())
    }
    identity = (arguments.pipeline, arguments.version, arguments.as_of)
    plan = plan_windows(table, int(arguments.snapshot_id), tables, identity)
    rows = write_dataset(arguments.events, *selected(table, plan)).rows
    write_atomically(arguments.plan, json.dumps(plan.described, indent=2, sort_keys=True).encode())
    details = {"hours": {kind: len(part.hours) for kind, part in plan.parts.items()}}
    Summary(rows_in=rows, rows_out=rows, details=details).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
