"""Tables narrowed to the columns that are asked for, each found in the source's catalog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from components.extract_postgres.catalog import sayable
from components.extract_postgres.columns import Column
from components.extract_postgres.stated import as_stated, missing
from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError, ContractError
from components.shell.personal import Personal
from components.shell.projection import Asked, near, unallowed


@dataclass(frozen=True)
class _Found:
    """What the source has for a column that is asked for: the column, or what is wrong."""

    asked: Asked
    column: Column | None = None
    fault: str = ""


def project(tables: Sequence[Table], marked: Personal) -> list[Table]:
    """The tables with no columns but those that are asked for, in their order; optional ones that are missing as nulls.

    Raises:
        ConfigurationError: a column is personal and not marked as such, or cannot be named, or a parameter names one
            that is not there.
        ContractError: columns are missing that may not be, or of another type; all of them are named.
    """
    found = [(table, _found(table)) for table in tables]
    faults = [each for _table, columns in found for each in columns if each.fault]
    if faults:
        told = "; ".join(each.fault for each in faults)
        if all(each.asked.mapped for each in faults):
            raise ConfigurationError(told, "correct the parameter names")
        raise ContractError(told, "bring them to the source (a view will do), or correct what is asked for")
    narrowed = [replace(table, columns=tuple(_columns(columns))) for table, columns in found]
    _require_known(narrowed, found, marked)
    return narrowed


def missing_columns(tables: Sequence[Table]) -> dict[str, list[str]]:
    """Of each table the columns that are asked for and come as nulls, for the source does not have them."""
    lacking = {table.name: [column.name for column in table.columns if not column.source] for table in tables}
    return {name: columns for name, columns in lacking.items() if columns}


def _columns(found: Sequence[_Found]) -> Iterator[Column]:
    return (each.column for each in found if each.column is not None)


def _found(table: Table) -> list[_Found]:
    if not table.kind:
        return [_Found(asked, missing(asked.name, asked.type)) for asked in table.asked.columns]
    there = {column.source: column for column in table.columns}
    named = [_look_up(table, asked, there) for asked in table.asked.columns]
    if not table.asked.all:
        return named
    taken = {each.column.source for each in named if each.column is not None}
    others = (column for column in table.columns if column.source not in taken)
    return named + [_Found(Asked(column.name, (column.source,)), column) for column in others]


def _look_up(table: Table, asked: Asked, there: dict[str, Column]) -> _Found:
    column = next((there[name] for name in asked.sources if name in there), None)
    if column is None and asked.optional and not asked.mapped:
        return _Found(asked, missing(asked.name, asked.type))
    if column is None:
        wanted, names = " or ".join(asked.sources), set(filter(sayable, there))
        meant = next(filter(None, (near(name, names) for name in asked.sources)), "")
        return _Found(asked, fault=f"table {table.asked.source} has no column '{wanted}'{meant.replace(';', ',')}")
    stated = as_stated(column, asked.type) if asked.type else column
    if stated is None:
        return _Found(asked, fault=f"column {table.asked.source}.{column.source} is {column.type}, not {asked.type}")
    return _Found(asked, replace(stated, name=asked.name))


def _require_known(tables: Sequence[Table], found: Sequence[tuple[Table, Sequence[_Found]]], marked: Personal) -> None:
    """Nothing, if each column can be named, and none is personal that is not marked as such."""
    for table in tables:
        if odd := [column.name for column in table.columns if not sayable(column.name)]:
            raise ConfigurationError(
                f"column {odd[0]!a} of table {table.name} has a name that is no UTF-8",
                "rename it, or list the columns to copy in the parameter tables",
            )
    unmarked = [
        f"{table.name}.{each.column.name}"
        for table, columns in found
        for each in columns
        if each.column is not None and not each.asked.personal and _marks(marked, table, each.column)
    ]
    if unmarked:
        raise unallowed(unmarked)


def _marks(marked: Personal, table: Table, column: Column) -> bool:
    ours, theirs = marked.marks(table.name, column.name), marked.marks(table.relation, column.source)
    return ours or (bool(column.source) and theirs)
