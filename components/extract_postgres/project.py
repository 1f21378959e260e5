"""Tables narrowed to the columns that are asked for, each found in the source's catalog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from components.extract_postgres.catalog import sayable
from components.extract_postgres.columns import Column
from components.extract_postgres.stated import as_stated, missing
from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError
from components.shell.lookup import Fault, Taken, refuse, require_marked, source_of
from components.shell.personal import Personal
from components.shell.projection import Asked


@dataclass(frozen=True)
class _Found:
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
    found = [(table, _found(table)) for table in tables]
    refuse([each.fault for _table, columns in found for each in columns if each.fault])
    narrowed = [replace(table, columns=tuple(_columns(columns))) for table, columns in found]
    _require_sayable(narrowed)
    require_marked((taken for table, columns in found for taken in _taken(table, columns)), marked)
    return narrowed


def _columns(found: Sequence[_Found]) -> Iterator[Column]:
    return (each.column for each in found if each.column is not None)


def _found(table: Table) -> list[_Found]:
    if not table.kind:
        return [_Found(asked, missing(asked.name, asked.nulls)) for asked in table.asked.columns]
    there = {column.source: column for column in table.columns}
    named = [_look_up(table, asked, there) for asked in table.asked.columns]
    if not table.asked.all:
        return named
    taken = {each.column.source for each in named if each.column is not None}
    others = (column for column in table.columns if column.source not in taken)
    return named + [_Found(Asked(column.name, (column.source,)), column) for column in others]


def _look_up(table: Table, asked: Asked, there: dict[str, Column]) -> _Found:
    source = source_of(table.asked, asked, set(filter(sayable, there)) | (set(asked.sources) & set(there)))
    if isinstance(source, Fault):
        return _Found(asked, fault=source)
    if not source:
        return _Found(asked, missing(asked.name, asked.nulls))
    column = there[source]
    stated = as_stated(column, asked.type) if asked.type else column
    if stated is None:
        told = f"column {table.asked.source}.{column.source} is {column.type}, not {asked.type}"
        return _Found(asked, fault=Fault(asked, told))
    return _Found(asked, replace(stated, name=asked.name))


def _require_sayable(tables: Sequence[Table]) -> None:
    """Nothing, if each column can be named."""
    for table in tables:
        if odd := [column.name for column in table.columns if not sayable(column.name)]:
            raise ConfigurationError(
                f"column {odd[0]!a} of table {table.name} has a name that is no UTF-8",
                "rename it, or list the columns to copy in the parameter tables",
            )


def _taken(table: Table, found: Sequence[_Found]) -> Iterator[Taken]:
    for each in found:
        if each.column is not None:
            yield Taken(each.asked, table.name, table.relation, each.column.name, each.column.source)
