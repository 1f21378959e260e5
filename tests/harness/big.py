"""A table of thousands of files and snapshots that costs little to make, and the care of it in a process of its own.

`python -m tests.harness.big DIRECTORY` plans, reads, loads, and cares for the table, and prints what it found as JSON.
"""

import json
import os
import sys
import uuid
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyiceberg.table import Table
from pyiceberg.typedef import Record

from components.begin_run.migrate import migrate
from components.connect.endpoints import runs_url
from components.connect.postgres import session
from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.iceberg.lateness import look_back
from components.iceberg.planning import files_of
from components.iceberg.receipts import Receipt, receipts
from components.maintain_tables.compact import groups
from components.maintain_tables.expire import expire
from components.maintain_tables.orphans import orphans
from components.maintain_tables.references import Folders
from components.read_iceberg.read import Request, read
from tests.components.load_iceberg.scene import DAY, DEFINITION, NAME, PIPELINE, T0, job, table_now
from tests.harness.memory import own_peak

FILES, DAYS = 10_000, 200
HOUR = timedelta(hours=1)
_EPOCH_DAY = (T0.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
_MOVED = "UPDATE iceberg_tables SET metadata_location = %s WHERE table_name = %s"


def make(directory: Path, snapshots: int) -> None:
    """Fill the table by metadata: one file under ten thousand names, one snapshot under so many numbers.

    The manifests say that the files lie in two hundred days; the rows of all are those of the first one.
    """
    migrate([DEFINITION])
    first = job(T0, T0 + HOUR, 3)
    first.load(first.write(directory / "rows"))
    table = table_now()
    (task,) = files_of(table)
    there = Path(task.file.file_path.removeprefix("file://"))
    files = []
    for number in range(FILES):
        path = there.with_name(f"{number:05d}.parquet")
        os.link(there, path)
        file = copy(task.file)
        # Path and partition, by their places in a manifest's entry.
        file._data = [*task.file._data]
        file[1], file[3] = f"file://{path}", Record(_EPOCH_DAY + number % DAYS)
        files.append(file)
    end = T0 + FILES // DAYS * DAY
    commits.replace_files(table, Receipt(uuid.uuid4().hex, PIPELINE, T0, end, end + DAY, "1"), [task.file], files)
    _many_snapshots(table_now(), end, snapshots)


def _many_snapshots(table: Table, end: datetime, count: int) -> None:
    location = Path(table.metadata_location.removeprefix("file://"))
    metadata: dict[str, Any] = json.loads(location.read_text())
    last, ids = metadata["snapshots"][-1], [10**6 + number for number in range(count)]
    metadata["snapshots"] = [
        last
        | {
            "snapshot-id": ids[number],
            "sequence-number": number + 1,
            "timestamp-ms": last["timestamp-ms"] - count + number,
        }
        | ({"parent-snapshot-id": ids[number - 1]} if number else {"parent-snapshot-id": None})
        | {"summary": last["summary"] | _receipt(number, end)}
        for number in range(count)
    ]
    metadata |= {
        "current-snapshot-id": ids[-1],
        "last-sequence-number": count,
        "snapshot-log": [],
        "metadata-log": [],
    }
    metadata["refs"] = {"main": {"snapshot-id": ids[-1], "type": "branch"}}
    moved = location.with_name(f"99999-{uuid.uuid4()}.metadata.json")
    moved.write_text(json.dumps(metadata))
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute(_MOVED, (f"file://{moved}", NAME.rpartition(".")[2]))


def _receipt(number: int, end: datetime) -> dict[str, str]:
    start = end + number * HOUR
    seen = str(number - 1) if number else ""
    receipt = Receipt(str(number), PIPELINE, start, start + HOUR, start + DAY, "1", seen=seen)
    return {"stockpot.rows": "0", **receipt.properties()}


def care(directory: Path) -> dict[str, Any]:
    """What each piece of work on the table found."""
    catalog, table = open_catalog(), table_now()
    committed = receipts(table, PIPELINE)
    last = committed[0].interval_end
    load = replace(committed[0], run_key="next", interval_start=last, interval_end=last + HOUR, as_of=last + 2 * DAY)
    found: dict[str, Any] = {"receipts": len(committed), "parts": len(look_back(committed, load, last - DAY).parts)}
    bounds = {"time_column": "uploaded_at", "start": T0.isoformat(), "end": (T0 + HOUR).isoformat()}
    found["read"] = read(Request(NAME, **bounds), directory / "read").summary.rows_out
    more = job(last, last + HOUR, 3)
    found["loaded"] = more.load(more.write(directory / "more")).receipt.rows
    found["to be compacted"] = sum(len(group.tasks) for group in groups(table_now(), 1 << 27))
    found["orphans"] = len(orphans(Folders(), table_now(), datetime.now(UTC) + DAY))
    found["expired"] = expire(catalog, table_now(), datetime.now(UTC) + DAY)
    found["rows"] = sum(task.file.record_count for task in files_of(table_now()))
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["hoard"]:
        hoard = bytes(1100 << 20) + b"1"
        told: dict[str, Any] = {"hoarded": len(hoard)}
    else:
        told = care(Path(sys.argv[1]))
    sys.stdout.write(json.dumps({**told, "peak": own_peak()}) + "\n")
