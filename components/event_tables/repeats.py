"""Events with ids of their own without those that have come before: in the same batch, or in the table."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyiceberg.table import Table

from components.iceberg.hours import batches_of, files_within
from components.shell import datasets
from components.shell.engine import translated

_MEMORY = "256MB"
_BATCH_ROWS = 1 << 16
_HOUR = 3_600_000_000
# A producer that repeats itself sends the same event, its time included: it lies in the same hour as before, and in the
# same part of the table.
_OTHERS = "event_id IS NOT NULL"
_HOURS = f"""
    SELECT event_type, list(DISTINCT epoch_us(event_time) // {_HOUR}) FROM others
    GROUP BY event_type ORDER BY event_type
"""  # noqa: S608 - a number of this file
_KNOWN = "INSERT INTO known SELECT event_type, event_id FROM batch SEMI JOIN others USING (event_type, event_id)"
# Of repeated deliveries the one that became known first counts; where it lies in its topic decides between equals.
_FIRST = """
    SELECT * EXCLUDE (copy) FROM (
        SELECT *, row_number() OVER (
            PARTITION BY event_type, event_id ORDER BY known_at, topic, "partition", "offset") AS copy
        FROM others ANTI JOIN known USING (event_type, event_id))
    WHERE copy = 1 ORDER BY event_time
"""


def first_of_each(table: Table, events: Path) -> Iterator[pa.RecordBatch]:
    """The events of the dataset with ids that the table has not yet, each once, in the order of their times.

    Raises:
        TransientError: the store does not answer, or there is no room on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="repeats-") as scratch, translated():
        connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": scratch, "threads": 2})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.read_parquet(datasets.files(events)).filter(_OTHERS).create("others")
            connection.execute("CREATE TABLE known (event_type VARCHAR, event_id VARCHAR)")
            for kind, hours in connection.execute(_HOURS).fetchall():
                _note_known(connection, table, kind, hours)
            yield from connection.sql(_FIRST).to_arrow_reader(_BATCH_ROWS)
        finally:
            connection.close()


def _note_known(connection: Any, table: Table, kind: str, hours: Sequence[int]) -> None:
    current = table.current_snapshot()
    if current is None:
        return
    tasks = files_within(table, current.snapshot_id, kind, frozenset(hours))
    for batch in batches_of(table, tasks, kind, ("event_type", "event_id")):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute(_KNOWN)
        connection.unregister("batch")
