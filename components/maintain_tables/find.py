"""`python -m components.maintain_tables.find`: which files no snapshot names. Nothing is removed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.catalog import open_catalog
from components.maintain_tables.orphans import Stored
from components.maintain_tables.orphans import orphans as orphans_of
from components.maintain_tables.references import Folders
from components.maintain_tables.tables import each
from components.shell import step
from components.shell.counts import counted
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError
from components.shell.instants import refuse_future, run_instant
from components.shell.summary import Summary

LISTED = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("written", pa.timestamp("us", "UTC"), nullable=False),
    ]
)
# A step runs for hours at most, and what it has written is part of a snapshot by then, or never.
_YOUNGEST = 24


def main(
    *,
    as_of: str,
    tables: list[Any],
    older_hours: int,
    orphans: Path,
    summary: Path,
    dropped: list[Any] | None = None,
    scheduled: str = "",
) -> None:
    """List the files in the tables' folders that no snapshot names; nothing is removed."""
    if older_hours < _YOUNGEST:
        problem = f"older_hours is {older_hours}: a writer may still need younger files"
        raise ConfigurationError(problem, f"give {_YOUNGEST} or more")
    at = run_instant(as_of, scheduled)
    refuse_future(at, clock(runs_url()))
    catalog, before = open_catalog(), at - timedelta(hours=older_hours)
    folders, gone = Folders(), [str(one) for one in dropped or ()]
    cared = each(catalog, tables, lambda table: orphans_of(folders, table, before, gone))
    orphaned: dict[str, list[Stored]] = cared.results
    rows = [
        {"table": name, "path": one.path, "bytes": one.size, "written": one.written}
        for name, files in orphaned.items()
        for one in files
    ]
    write_dataset(orphans, LISTED, [pa.RecordBatch.from_pylist(rows, schema=LISTED)] if rows else [])
    figures = {name: {"files": len(files), "bytes": sum(one.size for one in files)} for name, files in orphaned.items()}
    for name, one in figures.items():
        print(f"{name}: {counted(one['files'], 'file')} that no snapshot names, {counted(one['bytes'], 'byte')}")
    Summary(rows_out=len(rows), details={**cared.details, "tables": figures}).write(summary)
    cared.require_answers()


if __name__ == "__main__":
    step.run(main)
