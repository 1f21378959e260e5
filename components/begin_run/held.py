"""What the table holds of the time that a run looks at again."""

from datetime import datetime
from pathlib import Path

from pyiceberg.table import Table

from components.iceberg.lateness import Past
from components.iceberg.scan import Selection, scan, snapshot_of
from components.iceberg.tables import TableDefinition
from components.shell.datasets import write_dataset


def write_held(table: Table, definition: TableDefinition, past: Past, end: datetime, directory: Path) -> int:
    """How many rows lie between the first one that may be reopened and `end`, written to the dataset `directory`.

    Of each its instant, its key, and what a late fact may change: a step that makes rows anew sees by it what differs.
    Memory stays at a few batches.

    Raises:
        ConfigurationError: rows are deleted by their values.
    """
    columns = (definition.interval_column, *definition.key, *definition.renewed)
    first = past.first if past.first and definition.key else end
    selection = Selection(tuple(dict.fromkeys(columns)), definition.interval_column, first, end)
    rows = scan(table, snapshot_of(table, None), selection)
    return write_dataset(directory, rows.schema, rows.batches()).rows
