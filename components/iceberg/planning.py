"""Which files a snapshot has, by the schema that it is read with."""

from datetime import timedelta

from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.table import FileScanTask, Table
from pyiceberg.transforms import HourTransform

from components.iceberg.naming import name_of
from components.shell.errors import ConfigurationError

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_EVERYTHING = AlwaysTrue()


def part_of(table: Table) -> timedelta:
    """How long a part of the table is: an hour where it is partitioned by the hour, else a day."""
    return HOUR if isinstance(table.spec().fields[0].transform, HourTransform) else DAY


def at(table: Table, snapshot_id: int | None) -> Table:
    """The table with the schema of the snapshot; as it is now for its current one, or where none is named.

    So a column has the name that it had then, in conditions too.
    """
    snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id is not None else None
    if snapshot is None or snapshot.schema_id is None or snapshot == table.current_snapshot():
        return table
    metadata = table.metadata.model_copy(update={"current_schema_id": snapshot.schema_id})
    return Table(table.name(), metadata, table.metadata_location, table.io, table.catalog, table.config)


def files_of(
    table: Table, snapshot_id: int | None = None, row_filter: BooleanExpression = _EVERYTHING
) -> list[FileScanTask]:
    """The files of a snapshot (of the current one where none is named) that may hold such rows.

    Raises:
        ConfigurationError: rows are deleted by their values, which pyiceberg cannot apply.
        OSError: the store does not answer.
    """
    try:
        return list(table.scan(row_filter=row_filter, snapshot_id=snapshot_id).plan_files())
    except ValueError as error:
        raise ConfigurationError(
            f"table {name_of(table)} cannot be read: {error}",
            "have the engine that writes it rewrite its files without delete files (Spark: rewrite_data_files)",
        ) from error
