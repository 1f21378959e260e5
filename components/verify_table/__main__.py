"""`python -m components.verify_table`: print that a table is there, how many rows it has, and the first of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.shell import step
from components.shell.catalog import open_catalog, translated
from components.shell.endpoints import CATALOG
from components.shell.errors import ConfigurationError, ContractError
from components.shell.summary import Summary
from components.verify_table.grid import grid
from components.verify_table.sample import count_rows, first_rows

if TYPE_CHECKING:
    from pyiceberg.table import Table


@dataclass(frozen=True)
class Arguments:
    """Print that a table is there, its row count and its first rows."""

    table: str
    limit: int
    summary: Path


def main(arguments: Arguments) -> None:
    """Look into the table and print what is there."""
    if arguments.limit < 1:
        raise ConfigurationError(f"--limit is {arguments.limit}", "ask for at least one row")
    print(f"Loading catalog '{CATALOG}'...", flush=True)
    with translated():
        table = _find(arguments.table)
        print(f"Table {arguments.table} found.", flush=True)
        rows = count_rows(table)
        if not rows:
            raise ContractError(f"table {arguments.table} is empty", "run the pipeline that fills it")
        sample = first_rows(table, arguments.limit)
    snapshot = table.current_snapshot()
    print(f"Snapshot: {snapshot.snapshot_id if snapshot else 'none'}")
    print(f"Total rows: {rows}")
    print(f"Sample data (first {sample.num_rows} rows):")
    print(grid(sample.column_names, sample.to_pylist()))
    details = {"table": arguments.table, "snapshot_id": str(snapshot.snapshot_id) if snapshot else ""}
    Summary(rows_in=rows, rows_out=sample.num_rows, details=details).write(arguments.summary)


def _find(name: str) -> "Table":
    from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415 - after the first line, for the import takes a second

    try:
        # Here and not only around the whole: a catalog without tables of its own is told as a missing table too.
        with translated():
            return open_catalog().load_table(name)
    except (NoSuchTableError, ValueError):
        raise ContractError(f"table {name} does not exist", "run the pipeline that fills it") from None


if __name__ == "__main__":
    step.run(main)
