"""Which tables are cared for, one after the other, and from which instant ages are reckoned."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.shell.catalog import load_table, translated
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError, StepError
from components.shell.instants import format_instant
from components.shell.postgres import clock
from components.shell.progress import report

log = logging.getLogger("maintain_tables")

# How far the clocks of those who pass `as_of` and of the database may be apart.
_TOLERANCE = timedelta(seconds=60)


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


def refuse_future(as_of: datetime) -> None:
    """Nothing, if `as_of` has passed: what is young must not be taken for old.

    Raises:
        ConfigurationError: by the database's clock it has not.
    """
    now = clock(runs_url())
    if as_of > now + _TOLERANCE:
        raise ConfigurationError(
            f"as_of {format_instant(as_of)} is in the future, the database's clock says {format_instant(now)}",
            "give an instant that has passed",
        )
