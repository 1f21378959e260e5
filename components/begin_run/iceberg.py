"""Namespaces and Iceberg tables, made or extended to fit their definitions."""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from components.iceberg.catalog import find_table, load_table
from components.iceberg.places import may_be_in_use
from components.iceberg.tables import (
    TableDefinition,
    differences,
    freed_columns,
    iceberg_schema,
    iceberg_spec,
    iceberg_type,
    missing_columns,
)
from components.shell.errors import ConfigurationError
from components.shell.schema import Column

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

# Loads depend on these; pyiceberg's own retry would append a twin's rows a second time.
_REQUIRED_PROPERTIES = {"commit.retry.num-retries": "0"}
_PROPERTIES = {
    **_REQUIRED_PROPERTIES,
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
}


def reconcile_table(catalog: "Callable[[], SqlCatalog]", definition: TableDefinition) -> list[str]:
    """What was changed to make the table as its definition says, a sentence each; empty when nothing was.

    The `catalog` is asked for where something has to be changed.

    Raises:
        ConfigurationError: the table exists and differs in more than nullable columns missing at its end, and columns
            that may be null now.
    """
    existing = find_table(definition.name)
    if existing is None:
        return _create(catalog(), definition)
    if not any(_growth(existing, definition)) and not _wrong(existing):
        return []
    table = load_table(catalog(), definition.name)
    columns = _grow(table, definition)
    return columns + _set_properties(table, definition.name)


def _create(catalog: "SqlCatalog", definition: TableDefinition) -> list[str]:
    schema, spec = iceberg_schema(definition), iceberg_spec(definition)
    changes = []
    if not catalog.namespace_exists(definition.namespace):
        catalog.create_namespace(definition.namespace)
        changes.append(f"created namespace {definition.namespace}")
    location = _new_location(catalog, definition)
    catalog.create_table(definition.name, schema, location, partition_spec=spec, properties=_PROPERTIES)
    return [*changes, f"created table {definition.name}"]


def _new_location(catalog: "SqlCatalog", definition: TableDefinition) -> str:
    """The folder of a new table: where Iceberg's catalogs put it, or, if anything may lie there, one of its own.

    Who shares the warehouse may have a table of the same name, and each would take the other's files for strays.
    """
    space = catalog.load_namespace_properties(definition.namespace).get("location")
    root = space or f"{catalog.properties['warehouse'].rstrip('/')}/{definition.namespace}"
    location = f"{root.rstrip('/')}/{definition.name.rpartition('.')[2]}"
    return f"{location}-{uuid.uuid4().hex[:8]}" if may_be_in_use(catalog.properties, location) else location


def _growth(table: "Table", definition: TableDefinition) -> tuple[Sequence[Column], Sequence[Column]]:
    """The columns that the table lacks, and those that it does not let be null; it can be given all that."""
    added, freed = missing_columns(definition, table.schema()), freed_columns(definition, table.schema())
    conflicts = differences(definition, table.schema(), table.spec(), added, freed)
    if conflicts:
        raise _irreconcilable(definition.name, conflicts[0])
    if required := [column.name for column in added if column.required]:
        raise _irreconcilable(
            definition.name, f"column '{required[0]}' is new and may not be null, which no row in the table fulfils"
        )
    return added, freed


def _grow(table: "Table", definition: TableDefinition) -> list[str]:
    added, freed = _growth(table, definition)
    if added or freed:
        with table.update_schema() as update:
            for column in added:
                update.add_column(column.name, iceberg_type(column.type))
            for column in freed:
                update.make_column_optional(column.name)
    changes = [f"added column {column.name} to table {definition.name}" for column in added]
    return changes + [f"let column {column.name} of table {definition.name} be null" for column in freed]


def _irreconcilable(name: str, difference: str) -> ConfigurationError:
    return ConfigurationError(
        f"table {name} cannot be made to fit its definition: {difference}",
        "change the definition back, or give the new form of the table a name of its own",
    )


def _wrong(table: "Table") -> dict[str, str]:
    """The properties that the table lacks, or has otherwise."""
    return {key: value for key, value in _REQUIRED_PROPERTIES.items() if table.properties.get(key) != value}


def _set_properties(table: "Table", name: str) -> list[str]:
    if wrong := _wrong(table):
        with table.transaction() as transaction:
            transaction.set_properties(wrong)
    return [f"set {key}={value} on table {name}" for key, value in wrong.items()]
