"""`python -m components.aggregate_windows`: what has changed is counted anew and takes its place in the windows."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table

from components.aggregate_windows.count import Tally, counted
from components.aggregate_windows.touched import Plan, events_of, plan_windows
from components.aggregate_windows.windows import COUNTED
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.parts import Renewal, renew
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.shell import counts, step
from components.shell.engine import engine
from components.shell.files import write_atomically
from components.shell.origin import read_origin
from components.shell.summary import Summary

MEMORY = "200MB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""
# Some hours' files are encoded and stored while the next ones are counted.
_WAITING_BYTES = 16 << 20


def main(
    *,
    table: dict[str, Any],
    snapshot_id: int,
    windows: dict[str, Any],
    pipeline: str,
    version: str,
    as_of: datetime,
    receipts: Path,
    summary: Path,
) -> None:
    """Count anew the windows that new events change, and replace them, one commit per table."""
    definitions = {kind: parse_definition(value) for kind, value in sorted(windows.items())}
    catalog = open_catalog()
    events = load_table(catalog, parse_definition(table).name)
    tables = {kind: load_table(catalog, definition.name) for kind, definition in definitions.items()}
    identity = (pipeline, version, as_of)
    plan = plan_windows(events, snapshot_id, tables, identity)
    done: dict[str, Any] = {}
    tally, committed = Tally(), 0
    # An hour's events are too few for two threads to gain what sharing them costs.
    with engine(MEMORY, threads=1) as backend:
        for kind, definition in definitions.items():
            keys = _keys(tables[kind])
            rows = counted(backend, events_of(events, plan, kind, keys.names), keys, as_of, tally)
            part, load = plan.parts[kind], _receipt(plan, kind, pipeline, version)
            renewal = Renewal(definition, load, part.base, "window_start", part.hours)
            renewed = renew(catalog, renewal, rows, _WAITING_BYTES)
            done[definition.name] = dict(renewed.summary)
            committed += 0 if renewed.already else renewed.receipt.rows
            text = (
                "nothing changed" if renewed.already else f"{counts.counted(renewed.receipt.rows, 'window')} committed"
            )
            print(f"{definition.name}: {text} (snapshot {renewed.receipt.snapshot_id})")
    write_atomically(receipts, json.dumps(done, indent=2, sort_keys=True).encode())
    details = {
        "snapshots": {name: properties["snapshot-id"] for name, properties in done.items()},
        "hours": {kind: len(part.hours) for kind, part in plan.parts.items()},
        # That no event is lost or counted twice has been checked of every hour.
        "met": 1,
        "failed": 0,
        "warned": 0,
        "failures": [],
        "warnings": [],
    }
    Summary(rows_in=tally.events, rows_out=committed, details=details).write(summary)


def _keys(windows: Table) -> pa.Schema:
    """The columns of a table of windows by whose values events are counted."""
    fields = [one for one in schema_to_pyarrow(windows.schema(), include_field_ids=False) if one.name not in COUNTED]
    # Events have plain strings, as the rest of the way has.
    return pa.schema([one.with_type(pa.string()) if pa.types.is_large_string(one.type) else one for one in fields])


def _receipt(plan: Plan, kind: str, pipeline: str, version: str) -> Receipt:
    part = plan.parts[kind]
    return Receipt(
        run_key=part.run_key,
        pipeline=pipeline,
        interval_start=part.since,
        interval_end=plan.as_of,
        as_of=plan.as_of,
        version=version,
        git_commit=read_origin().git_commit,
        offsets=plan.offsets,
    )


if __name__ == "__main__":
    step.run(main)
