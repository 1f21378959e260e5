"""Which tables are meant, whether they may be read, and the columns they have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from psycopg2 import sql

from components.extract_postgres.catalog import COLUMNS, RELATIONS, SIZE, rows, sayable
from components.extract_postgres.columns import PRINTED, Column, Declared, wire
from components.shell.errors import ConfigurationError
from components.shell.projection import Projection, near

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor


@dataclass(frozen=True)
class Table:
    """A table to copy: what is asked of it, its place, its columns and its size on disk.

    `kind` is empty for one that is missing and may be.
    """

    asked: Projection
    schema: str
    relation: str
    oid: int = 0
    kind: str = ""
    columns: tuple[Column, ...] = ()
    blocks: int = 0

    @property
    def name(self) -> str:
        """The name that it was asked by, which is also its folder's."""
        return self.asked.name

    @property
    def identifier(self) -> sql.Identifier:
        """The table's quoted name."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def missing(self) -> list[str]:
        """The columns that come as nulls, for the source does not have them."""
        return [column.name for column in self.columns if not column.source]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return pa.schema([column.field for column in self.columns])

    def source(self, name: str) -> str:
        """What the source calls a column of that name; the name itself where there is none."""
        return next((column.source for column in self.columns if column.name == name and column.source), name)

    def column(self, name: str) -> Column:
        """The column that bounds the rows, by its name in the source.

        Raises:
            ConfigurationError: there is none; the near match is named.
        """
        by_source = {column.source: column for column in self.columns}
        if name not in by_source:
            meant = near(name, set(filter(sayable, by_source)))
            raise ConfigurationError(f"table {self.name} has no column '{name}'{meant}", "correct the parameter column")
        return by_source[name]


def find(cursor: "Cursor", asked: Sequence[Projection], schema: str) -> list[Table]:
    """The tables that are asked for, without their columns; those that name no schema are looked for in `schema`.

    Raises:
        ConfigurationError: some are unknown and may not be, or one is doubled or not readable.
    """
    relations = {(row[0], row[1]): row[2:] for row in rows(cursor, RELATIONS)}
    tables = [_table(item, schema, relations) for item in asked]
    if lacking := [table for table in tables if not table.kind and table.asked.required]:
        missing = [f"{t.schema}.{t.relation}{_meant((t.schema, t.relation), list(relations))}" for t in lacking]
        is_named = all(table.asked.mapped for table in lacking)
        todo = (
            "correct the parameter names"
            if is_named
            else "say in names what the source calls it, or correct source_tables"
        )
        raise ConfigurationError(f"there is no table {', and no '.join(missing)}", todo)
    seen: set[int] = set()
    for table in tables:
        if table.kind and table.oid in seen:
            raise ConfigurationError(f"table {table.name} is named twice", "name every table once")
        seen.add(table.oid)
    return tables


def describe(cursor: "Cursor", tables: Sequence[Table], zone: str) -> list[Table]:
    """The tables with all their columns and sizes; times without a zone are those of the zone `zone`.

    Raises:
        ConfigurationError: a table has no columns.
    """
    columns = defaultdict(list)
    for oid, *row in rows(cursor, COLUMNS, [table.oid for table in tables]):
        columns[oid].append(_column(row, zone))
    described = []
    for table in tables:
        if not table.kind:
            described.append(table)
            continue
        ((blocks,),) = rows(cursor, SIZE, table.oid)
        if not columns[table.oid]:
            raise ConfigurationError(f"table {table.name} has no columns", "leave it out of source_tables")
        described.append(replace(table, columns=tuple(columns[table.oid]), blocks=blocks or 0))
    return described


def _table(asked: Projection, schema: str, relations: Mapping[tuple[str, str], Sequence[Any]]) -> Table:
    by_name = {name: _relation(name, schema) for name in asked.sources}
    asked = asked.called({name for name, relation in by_name.items() if relation in relations})
    relation = by_name[asked.source]
    if relation not in relations:
        return Table(asked, *relation)
    oid, kind, readable = relations[relation]
    if not readable:
        raise ConfigurationError(
            f"the database user has no right to read table {asked.source}",
            f"GRANT USAGE ON SCHEMA and SELECT ON {'.'.join(relation)} to it",
        )
    return Table(asked, *relation, oid, kind)


def _relation(name: str, schema: str) -> tuple[str, str]:
    first, dot, rest = name.partition(".")
    return (first, rest) if dot else (schema, first)


def _meant(wanted: tuple[str, str], known: Sequence[tuple[str, str]]) -> str:
    """The relation that was probably meant, as the end of a sentence."""
    same_name = [f"{schema}.{relation}" for schema, relation in known if relation == wanted[1]]
    if same_name:
        return f"; did you mean {same_name[0]}?"
    names = [relation if schema == wanted[0] else f"{schema}.{relation}" for schema, relation in known]
    return near(wanted[1], set(filter(sayable, names)))


def _column(row: Sequence[Any], zone: str) -> Column:
    name, declared, *kind = row
    resolved: tuple[Any, ...] = (*kind[:-2], tuple(kind[-2:]))
    type_ = Declared(*resolved)
    travels = wire(type_, zone)
    words = declared.encode(errors="replace").decode()
    return Column(name, words, type_, travels or PRINTED, travels is None, zone, name)
