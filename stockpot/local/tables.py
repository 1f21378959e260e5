"""Reading Iceberg tables on this machine."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from components.iceberg.catalog import open_catalog, translated
from components.iceberg.naming import name_of
from components.shell.errors import ConfigurationError
from components.shell.missing import FILL

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

    from stockpot.local.rows import Rows

_NAMED_SNAPSHOTS = 3


@dataclass(frozen=True)
class TableQuery:
    """Which rows of a table are read: all of it as it is now, but for what is said here.

    Attributes:
        columns: These columns, in this order.
        where: Rows that this condition holds for, in the form of pyiceberg's row filters.
        limit: At most so many rows.
        snapshot: As of the snapshot of that id.
        as_of: As of the snapshot that was current at that instant.
    """

    columns: Sequence[str] = ()
    where: "str | BooleanExpression" = ""
    limit: int | None = None
    snapshot: int | None = None
    as_of: datetime | None = None


def batches(name: str, *, limit: int | None = None, snapshot: int | None = None) -> Any:
    """The table's rows as an Arrow stream, read no further than `limit`; raises as `rows`."""
    return rows(name, TableQuery(limit=limit, snapshot=snapshot)).batches()


def rows(name: str, query: TableQuery) -> "Rows":
    """The rows that the query selects of the table of that name.

    Raises:
        ConfigurationError: there is no such table or column (the near match is named) or no such snapshot, the
            condition does not fit, or the table cannot be read.
        SourceGoneError: what was current at the instant has expired.
        TransientError: catalog or store do not answer.
    """
    with translated():
        return rows_of(find(open_catalog(), name), query)


def rows_of(table: "Table", query: TableQuery) -> "Rows":
    """The same of a table that has been found."""
    from components.iceberg.conditions import read_condition
    from components.iceberg.scan import Selection
    from stockpot.local.rows import Rows

    selection = Selection(tuple(query.columns), condition=read_condition(query.where))
    return Rows(table, _snapshot(table, query), selection, query.limit)


def _snapshot(table: "Table", query: TableQuery) -> int | None:
    from components.iceberg.scan import snapshot_of
    from stockpot.local.history import current_at

    if query.snapshot is not None and query.as_of is not None:
        raise ConfigurationError("snapshot and as_of both say what to read", "give one of them")
    if query.as_of is not None:
        return current_at(table, query.as_of)
    require_snapshots(table, *([query.snapshot] if query.snapshot is not None else []))
    return snapshot_of(table, query.snapshot)


def require_snapshots(table: "Table", *wanted: int) -> None:
    """Nothing, if the table has these snapshots.

    Raises:
        ConfigurationError: it lacks one; the latest are named.
    """
    for snapshot in wanted:
        if table.snapshot_by_id(snapshot) is None:
            known = [str(one.snapshot_id) for one in table.snapshots()[::-1][:_NAMED_SNAPSHOTS]]
            todo = f"the latest are {', '.join(known)}" if known else "the table has none yet"
            raise ConfigurationError(f"{name_of(table)} has no snapshot {snapshot}", todo)


def find(catalog: "SqlCatalog", name: str) -> "Table":
    """The table of that name.

    Raises:
        ConfigurationError: there is none; the near match is named.
    """
    from pyiceberg.exceptions import NoSuchTableError
    from sqlalchemy.exc import ProgrammingError

    try:
        return catalog.load_table(name)
    except (NoSuchTableError, ValueError):
        known = [".".join(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space)]
    except ProgrammingError:
        # The catalog's own tables are missing: nothing ever migrated it.
        known = []
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'? Else " if near else f"known are {', '.join(known)}; else " if known else ""
    raise ConfigurationError(f"there is no table '{name}'", hint + FILL)
