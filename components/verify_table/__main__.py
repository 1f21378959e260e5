"""`python -m components.verify_table`: print that a table is there, how many rows it has, and the first of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from components.iceberg.catalog import find_table, translated
from components.shell import step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.missing import FILL
from components.shell.names import CATALOG
from components.shell.summary import Summary
from components.verify_table.grid import grid
from components.verify_table.sample import count_rows, first_rows, plain_rows

if TYPE_CHECKING:
    from pyiceberg.table import Table


def main(*, table: str, limit: int, summary: Path) -> None:
    """Print that a table is there, its row count and its first rows."""
    if limit < 1:
        raise ConfigurationError(f"--limit is {limit}", "ask for at least one row")
    print(f"Loading catalog '{CATALOG}'...", flush=True)
    with translated():
        loaded = _find(table)
        print(f"Table {table} found.", flush=True)
        rows = count_rows(loaded)
        if not rows:
            raise ContractError(f"table {table} is empty", FILL)
        sample = first_rows(loaded, limit)
    snapshot = loaded.current_snapshot()
    print(f"Snapshot: {snapshot.snapshot_id if snapshot else 'none'}")
    print(f"Total rows: {rows}")
    print(f"Sample data (first {counted(sample.num_rows, 'row')}):")
    print(grid(sample.column_names, plain_rows(sample)))
    details = {"table": table, "snapshot_id": str(snapshot.snapshot_id) if snapshot else ""}
    Summary(rows_in=rows, rows_out=sample.num_rows, details=details).write(summary)


def _find(name: str) -> "Table":
    if not all(name.rpartition(".")[::2]):
        raise ConfigurationError(f"'{name}' is no name of a table", "write it as namespace.table")
    if (table := find_table(name)) is None:
        raise ContractError(f"table {name} does not exist", FILL)
    return table


if __name__ == "__main__":
    step.run(main)
