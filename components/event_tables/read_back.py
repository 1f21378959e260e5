"""The events of all windows that have to be counted anew, read back from the table."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.event_tables.touched import Identity, plan_windows, selected
from components.shell.catalog import load_table, open_catalog
from components.shell.datasets import write_dataset
from components.shell.files import write_atomically
from components.shell.tables import parse_definition


def read_back(
    snapshot_id: int, tables: tuple[str, Mapping[str, Any]], identity: Identity, events: Path, plan: Path
) -> dict[str, Any]:
    """How many events of how many hours were written to `events`; which windows they are counted into goes to `plan`.

    Args:
        snapshot_id: The snapshot that holds the run's events.
        tables: Name of the table of events, and the definitions of the tables of windows by kind of event.
        identity: Pipeline, version of its definition, and instant of the run.
        events: Where the dataset goes.
        plan: Where the plan goes, as JSON.

    Raises:
        ConfigurationError: a table does not exist.
        SupersededError: a later run or a newer definition has counted windows already.
        TransientError: store or catalog do not answer.
    """
    catalog = open_catalog()
    name, windows = tables
    table = load_table(catalog, name)
    counted = {kind: load_table(catalog, parse_definition(windows[kind]).name) for kind in sorted(windows)}
    due = plan_windows(table, snapshot_id, counted, identity)
    rows = write_dataset(events, *selected(table, due)).rows
    write_atomically(plan, json.dumps(due.described, indent=2, sort_keys=True).encode())
    return {"events": rows, "hours": {kind: len(part.hours) for kind, part in due.parts.items()}}
