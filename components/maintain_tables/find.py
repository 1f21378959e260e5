"""`python -m components.maintain_tables.find`: which files no snapshot names. Nothing is removed."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.maintain_tables.orphans import Stored, orphans
from components.maintain_tables.tables import each
from components.shell import step
from components.shell.catalog import open_catalog
from components.shell.datasets import write_dataset
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError
from components.shell.instants import refuse_future, run_instant
from components.shell.postgres import clock
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


@dataclass(frozen=True)
class Arguments:
    """List the files in the tables' folders that no snapshot names; nothing is removed."""

    as_of: str
    tables: list[Any]
    older_hours: int
    orphans: Path
    summary: Path
    scheduled: str = ""


def main(arguments: Arguments) -> None:
    """List table after table, and say how many files and bytes there are."""
    if arguments.older_hours < _YOUNGEST:
        problem = f"older_hours is {arguments.older_hours}: a writer may still need younger files"
        raise ConfigurationError(problem, f"give {_YOUNGEST} or more")
    as_of = run_instant(arguments.as_of, arguments.scheduled)
    refuse_future(as_of, clock(runs_url()))
    catalog, before = open_catalog(), as_of - timedelta(hours=arguments.older_hours)
    cared = each(catalog, arguments.tables, lambda table: orphans(catalog, table, before))
    found: dict[str, list[Stored]] = cared.found
    rows = [
        {"table": name, "path": one.path, "bytes": one.size, "written": one.written}
        for name, files in found.items()
        for one in files
    ]
    write_dataset(arguments.orphans, LISTED, [pa.RecordBatch.from_pylist(rows, schema=LISTED)] if rows else [])
    tables = {name: {"files": len(files), "bytes": sum(one.size for one in files)} for name, files in found.items()}
    for name, figures in tables.items():
        print(f"{name}: {figures['files']} files that no snapshot names, {figures['bytes']} bytes")
    Summary(rows_out=len(rows), details={**cared.details, "tables": tables}).write(arguments.summary)
    cared.require_answers()


if __name__ == "__main__":
    step.run(main)
