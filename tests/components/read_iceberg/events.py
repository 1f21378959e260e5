"""A table of events, filled as the aggregation of events fills it: appended, with a receipt that tells the offsets."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyiceberg.table import Table

from components.begin_run.migrate import migrate
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.tables import parse_definition

NAME = "event_aggregations.events"
DOCUMENT = {
    "name": NAME,
    "columns": [
        "event_id string",
        "event_type string!",
        "topic string!",
        "partition int!",
        "offset long!",
        "event_time timestamptz!",
        "known_at timestamptz!",
        "image_id string!",
    ],
    "partition": {"event_time": "hour"},
}
DEFINITION = parse_definition(DOCUMENT)
VIEWS = "gourmetgram.views"
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Row = dict[str, Any]


def event(offset: int, event_time: datetime, image_id: str = "i", **other: Any) -> Row:
    """A view, known when it happens unless it says otherwise."""
    kind = other.get("event_type", "view")
    return {
        "event_id": None if kind == "view" else f"{kind}-{offset}",
        "event_type": kind,
        "topic": f"gourmetgram.{kind}s",
        "partition": 0,
        "offset": offset,
        "event_time": event_time,
        "known_at": event_time,
        "image_id": image_id,
        **other,
    }


def create() -> Table:
    """The empty table."""
    migrate([DEFINITION])
    return load_table(open_catalog(), NAME)


def arrow(rows: Sequence[Row], table: Table) -> pa.Table:
    """The rows as the table wants them."""
    return pa.Table.from_pylist(list(rows), schema=table.schema().as_arrow())


def append(
    rows: Sequence[Row],
    *,
    as_of: datetime | None = None,
    starts: int = 0,
    run: int = 0,
    topics: Mapping[str, Any] | None = None,
) -> Table:
    """The table with the rows, and with the receipt of a run where there is an as_of; it tells this of the topics."""
    table = load_table(open_catalog(), NAME)
    receipt = {}
    if as_of is not None:
        spans = topics or {VIEWS: {"id": "x", "partitions": {"0": {"start": starts, "end": starts + len(rows)}}}}
        receipt = {
            "stockpot.run-key": f"run-{run}",
            "stockpot.pipeline": "event-aggregation",
            "stockpot.as-of": as_of.isoformat(),
            "stockpot.rows": str(len(rows)),
            "stockpot.definition-version": "1",
            "stockpot.offsets": json.dumps(spans),
        }
    table.append(arrow(rows, table), snapshot_properties=receipt)
    return table
