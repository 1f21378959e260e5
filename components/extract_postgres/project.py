"""Tables narrowed to the columns that are asked for, each found in the source's catalog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from components.extract_postgres.catalog import sayable
from components.extract_postgres.columns import Column
from components.extract_postgres.stated import as_stated, as_text, missing
from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError
from components.shell.lookup import Fault, Taken, refuse, require_marked, source_of
from components.shell.personal import Personal
from components.shell.projection import Asked


@dataclass(frozen=True)
class _Lookup:
    """What the source has for a column that is asked for: the column, or what is wrong."""

    asked: Asked
    column: Column | None = None
    fault: Fault | None = None


def project(tables: Sequence[Table], marked: Personal) -> list[Table]:
    """The tables with no columns but those that are asked for, in their order; optional ones that are missing as nulls.

    Raises:
        ConfigurationError: a column is personal and not marked as such, or cannot be named, or a parameter names one
            that is not there.
        ContractError: columns are missing that may not be, or of another type; all of them are named.
    """
    lookups = [(table, _lookups(table)) for table in tables]
    refuse([each.fault for _table, columns in lookups for each in columns if each.fault])
    narrowed = [replace(table, columns=tuple(_columns(columns))) for table, columns in lookups]
    _require_sayable(narrowed)
    require_marked((taken for table, columns in lookups for taken in _taken(table, columns)), marked)
    return narrowed


def _columns(lookups: Sequence[_Lookup]) -> Iterator[Column]:
    return (each.column for each in lookups if each.column is not None)


def _lookups(table: Table) -> list[_Lookup]:
    if not table.kind:
        return [_Lookup(asked, missing(asked.name, asked.nulls)) for asked in table.asked.columns]
    there = {column.source: column for column in table.columns}
    named = [_look_up(table, asked, there) for asked in table.asked.columns]
    if not table.asked.all:
        return named
    taken = {each.column.source for each in named if each.column is not None}
    others = (column for column in table.columns if column.source not in taken)
    return named + [_Lookup(Asked(column.name, (column.source,)), column) for column in others]


def _look_up(table: Table, asked: Asked, there: dict[str, Column]) -> _Lookup:
    source = source_of(table.asked, asked, set(filter(sayable, there)) | (set(asked.sources) & set(there)))
    if isinstance(source, Fault):
        return _Lookup(asked, fault=source)
    if not source:
        return _Lookup(asked, missing(asked.name, asked.nulls))
    column = there[source]
    stated = as_stated(column, asked.type) if asked.type else as_text(column, asked.text)
    if stated is None:
        message = f"column {table.asked.source}.{column.source} is {column.type}, not {asked.type}"
        return _Lookup(asked, fault=Fault(asked, message))
    return _Lookup(asked, replace(stated, name=asked.name))


def _require_sayable(tables: Sequence[Table]) -> None:
    """Nothing, if each column can be named."""
    for table in tables:
        if odd := [column.name for column in table.columns if not sayable(column.name)]:
            raise ConfigurationError(
                f"column {odd[0]!a} of table {table.name} has a name that is no UTF-8",
                "rename it, or list the columns to copy in source_tables",
            )


def _taken(table: Table, lookups: Sequence[_Lookup]) -> Iterator[Taken]:
    for each in lookups:
        if each.column is not None:
            yield Taken(each.asked, table.name, table.relation, each.column.name, each.column.source)
