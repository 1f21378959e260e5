"""Events with ids of their own without those that have come before: in the same batch, or in the table."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.table import Table

from components.iceberg.hours import batches_of, files_within
from components.shell import datasets
from components.shell.control_group import engine_memory
from components.shell.engine import translated

_MEMORY = "256MB"
_BATCH_ROWS = 1 << 16
_HOUR = 3_600_000_000
# A producer that repeats itself sends the same event, its time included: it lies in the same hour as before, and in the
# same part of the table. A source that may have corrected the time since, or stamps what it sends again, says so.
_OTHERS = "event_id IS NOT NULL"
# DuckDB divides towards 0, so hours before 1970 have to be whole before they are counted.
_HOURS = f"SELECT DISTINCT epoch_us(time_bucket(INTERVAL 1 HOUR, event_time)) // {_HOUR} FROM others"  # noqa: S608 - a number of this file
_TYPES = "SELECT DISTINCT event_type FROM others"
_OF_TYPE, _OF_ALL = "event_type, event_id", "event_id"
_KNOWN = "INSERT INTO known SELECT event_type, event_id FROM batch SEMI JOIN others USING ({key})"
# Of repeated deliveries the one that became known first counts; where it lies in its topic decides between equals.
_FIRST = """
    SELECT * EXCLUDE (copy) FROM (
        SELECT *, row_number() OVER (
            PARTITION BY {key} ORDER BY known_at, topic, "partition", "offset") AS copy
        FROM others ANTI JOIN known USING ({key}))
    WHERE copy = 1 ORDER BY event_time
"""


def first_of_each(
    table: Table, events: Path, *, per_type: bool = True, read_since: datetime | None = None
) -> Iterator[pa.RecordBatch]:
    """The events of the dataset with ids that the table has not yet, each once, in the order of their times.

    `per_type` says that events of two types may have one id; else it is one event, whatever type it says by now. Of a
    source that may tell one again with another time it is one event whatever time it says, if it lay in the parts from
    `read_since` on.

    Raises:
        TransientError: the store does not answer, or there is no room on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="repeats-") as scratch, translated():
        settings = {"memory_limit": engine_memory(_MEMORY), "temp_directory": scratch, "threads": 2}
        connection = duckdb.connect(config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.read_parquet(datasets.files(events)).filter(_OTHERS).create("others")
            connection.execute("CREATE TABLE known (event_type VARCHAR, event_id VARCHAR)")
            _note_known(connection, table, read_since, per_type=per_type)
            yield from connection.sql(_FIRST.format(key=_key(per_type=per_type))).to_arrow_reader(_BATCH_ROWS)
        finally:
            connection.close()


def _key(*, per_type: bool) -> str:
    return _OF_TYPE if per_type else _OF_ALL


def _note_known(
    connection: duckdb.DuckDBPyConnection, table: Table, read_since: datetime | None, *, per_type: bool
) -> None:
    current = table.current_snapshot()
    if current is None:
        return
    hours = frozenset(hour for (hour,) in connection.execute(_HOURS).fetchall())
    # Sources have as many types as they like: all are looked for at once.
    types = [name for (name,) in connection.execute(_TYPES).fetchall()] if per_type else []
    tasks = files_within(table, current.snapshot_id, types, hours, read_since)
    for batch in batches_of(table, tasks, None, ("event_type", "event_id")):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute(_KNOWN.format(key=_key(per_type=per_type)))
        connection.unregister("batch")
