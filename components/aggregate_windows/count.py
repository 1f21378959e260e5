"""Events in, counts per window out."""

from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir

from components.aggregate_windows.windows import windows
from components.shell import datasets
from components.shell.engine import Engine, engine, records, write
from components.shell.errors import ContractError
from components.shell.summary import Summary

MEMORY = "400MB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""

SCHEMA = ibis.schema(
    {
        "event_type": "!string",
        "image_id": "!string",
        "window_start": "!timestamp('UTC', 6)",
        "window_end": "!timestamp('UTC', 6)",
        "event_count": "!int64",
        "processed_at": "!timestamp('UTC', 6)",
    }
)


def count(events: Path, as_of: datetime, directory: Path) -> Summary:
    """The figures of counting the dataset `events` into the dataset of windows `directory`.

    Raises:
        ContractError: an event has been lost or counted twice.
        TransientError: there is no room for what the engine holds.
    """
    with engine(MEMORY) as backend:
        counted = windows(backend.read_parquet(datasets.files(events)), as_of)
        manifest = write(backend, counted, SCHEMA, directory, "correct the step that chose the events")
        found = _total(backend.read_parquet(datasets.files(directory)), backend)
    came = datasets.read_manifest(events).rows
    if found != came:
        raise ContractError(f"{came} events came and the windows hold {found}", "report this: it cannot be")
    details = {"met": 1, "failed": 0, "warned": 0, "failures": [], "warnings": []}
    return Summary(rows_in=came, rows_out=manifest.rows, details=details)


def _total(counted: ir.Table, backend: Engine) -> int:
    (row,) = records(backend, counted.aggregate(events=counted.event_count.sum().fill_null(0)))
    return int(row["events"])
