"""Which tables are cared for, one after the other."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.shell.catalog import load_table, translated
from components.shell.errors import ConfigurationError, StepError
from components.shell.progress import report

log = logging.getLogger("maintain_tables")

_NEWEST = 2


def require_writable(table: Table) -> None:
    """Nothing, if the table may be changed here.

    Raises:
        ConfigurationError: its format version is one that pyiceberg only reads; rows would lose their lineage too.
    """
    if table.format_version > _NEWEST:
        raise ConfigurationError(
            f"table {'.'.join(table.name()[-2:])} has format version {table.format_version}, which is only read here",
            "leave its care to the engine that writes it, and name the other tables in `tables`",
        )


def names_of(catalog: SqlCatalog, tables: Sequence[Any]) -> list[str]:
    """The tables asked for, or all that the catalog has."""
    if tables:
        return [str(name) for name in tables]
    with translated():
        return sorted(".".join(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space))


def each(catalog: SqlCatalog, tables: Sequence[Any], care: Callable[[Table], Any]) -> dict[str, Any]:
    """What came of the care for each table, by name; that one fails keeps no other from its turn.

    Raises:
        StepError: what the first of those that failed ran into, once all have had their turn.
    """
    found: dict[str, Any] = {}
    failures: list[StepError] = []
    names = names_of(catalog, tables)
    for number, name in enumerate(names, start=1):
        try:
            with translated():
                found[name] = care(load_table(catalog, name))
        except StepError as error:
            log.warning("%s: %s", name, error)
            failures.append(error)
        report(number, len(names))
    if failures:
        raise failures[0]
    return found
