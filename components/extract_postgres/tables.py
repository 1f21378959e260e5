"""Which tables are meant, whether they may be read, and the columns they have."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from psycopg2 import sql

from components.extract_postgres.catalog import COLUMNS, RELATIONS, SIZE, rows, sayable
from components.extract_postgres.columns import PRINTED, Column, Declared, wire
from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor


@dataclass(frozen=True)
class Table:
    """A table to copy: the name it was asked by (also its folder's), its place, its columns and its size on disk.

    `asked` names the columns that were asked for, in their order; none means all.
    """

    name: str
    schema: str
    relation: str
    oid: int
    kind: str
    asked: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    blocks: int = 0

    @property
    def identifier(self) -> sql.Identifier:
        """The table's quoted name."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return pa.schema([column.field for column in self.columns])

    def column(self, name: str, parameter: str = "column") -> Column:
        """The column `name`, which a parameter asks for.

        Raises:
            ConfigurationError: there is none; the near match is named.
        """
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise ConfigurationError(
                f"table {self.name} has no column '{name}'{_near(name, found)}", f"correct the parameter {parameter}"
            )
        return found[name]

    def narrowed(self) -> "Table":
        """The table with no columns but those that were asked for.

        Raises:
            ConfigurationError: one of them is not there, or a column that would be copied cannot be named.
        """
        columns = tuple(self.column(name, "tables") for name in self.asked) or self.columns
        if odd := [column.name for column in columns if not sayable(column.name)]:
            raise ConfigurationError(
                f"column {odd[0]!a} of table {self.name} has a name that is no UTF-8",
                "rename it, or list the columns to copy in the parameter tables",
            )
        return replace(self, columns=columns)


def find(cursor: "Cursor", asked: Sequence[Any], schema: str) -> list[Table]:
    """The tables that are asked for, without their columns; those that name no schema are looked for in `schema`.

    Each is asked for by its name, or by a mapping with its `name` and the `columns` to copy.

    Raises:
        ConfigurationError: there are none, or one is malformed, doubled, unknown or not readable.
    """
    relations = {(row[0], row[1]): row[2:] for row in rows(cursor, RELATIONS)}
    tables = [_table(*_asked(item), schema, relations) for item in asked]
    if not tables:
        raise ConfigurationError("no table is named", "list at least one in the parameter tables")
    seen: dict[int, str] = {}
    for table in tables:
        if table.oid in seen:
            raise ConfigurationError(
                f"table {table.name} is named twice", "name every table once in the parameter tables"
            )
        seen[table.oid] = table.name
    return tables


def describe(cursor: "Cursor", tables: Sequence[Table], zone: str) -> list[Table]:
    """The tables with all their columns and sizes; times without a zone are those of the zone `zone`.

    Raises:
        ConfigurationError: a table has no columns.
    """
    found = defaultdict(list)
    for oid, *row in rows(cursor, COLUMNS, [table.oid for table in tables]):
        found[oid].append(_column(row, zone))
    described = []
    for table in tables:
        ((blocks,),) = rows(cursor, SIZE, table.oid)
        if not found[table.oid]:
            raise ConfigurationError(f"table {table.name} has no columns", "leave it out of the parameter tables")
        described.append(replace(table, columns=tuple(found[table.oid]), blocks=blocks or 0))
    return described


def _asked(item: object) -> tuple[str, tuple[str, ...]]:
    """The name of a table and of the columns that are asked for."""
    if not isinstance(item, Mapping):
        return _name(item), ()
    columns = item.get("columns")
    if set(item) != {"name", "columns"} or not isinstance(columns, list) or not columns:
        raise ConfigurationError(
            f"{item!r} is no table", 'write it as "table", or as {"name": "table", "columns": ["one", "another"]}'
        )
    if doubled := [name for name, times in Counter(map(str, columns)).items() if times > 1]:
        raise ConfigurationError(f"column {doubled[0]} of table {item['name']} is named twice", "name it once")
    return _name(item["name"]), tuple(map(str, columns))


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or "/" in name or "\0" in name or name.startswith("."):
        raise ConfigurationError(f"{name!r} is no table name", "write tables as 'table' or 'schema.table'")
    return name


def _table(name: str, asked: tuple[str, ...], schema: str, relations: Mapping[tuple[str, str], Sequence[Any]]) -> Table:
    first, dot, rest = name.partition(".")
    place = (first, rest) if dot else (schema, first)
    if place not in relations:
        raise ConfigurationError(
            f"there is no table {'.'.join(place)}{_meant(place, list(relations))}", "correct the parameter tables"
        )
    oid, kind, readable = relations[place]
    if not readable:
        raise ConfigurationError(
            f"the database user has no right to read table {name}",
            f"GRANT USAGE ON SCHEMA and SELECT ON {'.'.join(place)} to it",
        )
    return Table(name, *place, oid, kind, asked)


def _meant(place: tuple[str, str], known: Sequence[tuple[str, str]]) -> str:
    """The relation that was probably meant, as the end of a sentence."""
    same_name = [f"{schema}.{relation}" for schema, relation in known if relation == place[1]]
    if same_name:
        return f"; did you mean {same_name[0]}?"
    return _near(place[1], [relation if schema == place[0] else f"{schema}.{relation}" for schema, relation in known])


def _column(row: Sequence[Any], zone: str) -> Column:
    name, declared, *kind = row
    resolved: tuple[Any, ...] = (*kind[:-2], tuple(kind[-2:]))
    type_ = Declared(*resolved)
    travels = wire(type_, zone)
    return Column(name, declared.encode(errors="replace").decode(), type_, travels or PRINTED, travels is None, zone)


def _near(name: str, known: "Sequence[str] | Mapping[str, Any]") -> str:
    near = difflib.get_close_matches(name, filter(sayable, known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
