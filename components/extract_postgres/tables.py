"""Which tables are meant, whether they may be read, and the columns they have."""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from psycopg2 import sql

from components.extract_postgres.columns import Column, Declared, wire
from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

_RELATIONS = """
SELECT namespace.nspname, class.relname, class.oid, class.relkind::text,
       has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT')
FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND namespace.nspname !~ '^pg_(toast|temp)'
"""

# A domain stands for its base type, with the base type's modifier; domains may be built on domains.
_COLUMNS = """
WITH RECURSIVE attribute AS (
    SELECT attrelid, attnum, attname, atttypid AS type, atttypmod AS modifier,
           pg_catalog.format_type(atttypid, atttypmod) AS declared
    FROM pg_catalog.pg_attribute WHERE attrelid = ANY(%s::oid[]) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT attrelid, attnum, attname, type.typbasetype, type.typtypmod, declared
    FROM attribute JOIN pg_catalog.pg_type AS type ON type.oid = attribute.type WHERE type.typtype = 'd'
)
SELECT attrelid, attname, declared, base.typname, modifier, base.typtype = 'e', element.oid IS NOT NULL
FROM attribute
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.type
LEFT JOIN pg_catalog.pg_type AS element ON element.typarray = type.oid
JOIN pg_catalog.pg_type AS base ON base.oid = coalesce(element.oid, type.oid)
WHERE type.typtype <> 'd'
ORDER BY attrelid, attnum
"""


@dataclass(frozen=True)
class Table:
    """A table to copy: the name it was asked by (also its folder's), its place, its columns and its size on disk."""

    name: str
    schema: str
    relation: str
    oid: int
    kind: str
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

    def column(self, name: str) -> Column:
        """The column `name`.

        Raises:
            ConfigurationError: there is none; the near match is named.
        """
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise ConfigurationError(
                f"table {self.name} has no column '{name}'{_near(name, found)}", "correct the parameter column"
            )
        return found[name]


def find(cursor: "Cursor", names: Sequence[Any], schema: str) -> list[Table]:
    """The tables that `names` ask for, without their columns; those that name no schema are looked for in `schema`.

    Raises:
        ConfigurationError: there are no names, or one is malformed, doubled, unknown or not readable.
    """
    cursor.execute(_RELATIONS)
    relations = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    tables = [_table(_parts(name, schema), name, relations) for name in names]
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


def describe(cursor: "Cursor", tables: Sequence[Table]) -> list[Table]:
    """The tables with their columns and sizes.

    Raises:
        ConfigurationError: a table has no columns, or one of a type that is not supported.
    """
    cursor.execute(_COLUMNS, ([table.oid for table in tables],))
    rows = defaultdict(list)
    for oid, *row in cursor.fetchall():
        rows[oid].append(row)
    described = []
    for table in tables:
        cursor.execute("SELECT pg_relation_size(%s) / current_setting('block_size')::int", (table.oid,))
        (blocks,) = cursor.fetchone() or (0,)
        columns = tuple(_column(table, name, declared, Declared(*kind)) for name, declared, *kind in rows[table.oid])
        if not columns:
            raise ConfigurationError(f"table {table.name} has no columns", "leave it out of the parameter tables")
        described.append(replace(table, columns=columns, blocks=blocks or 0))
    return described


def _parts(name: object, schema: str) -> tuple[str, str]:
    if not isinstance(name, str) or not name.strip() or "/" in name or "\0" in name or name.startswith("."):
        raise ConfigurationError(f"{name!r} is no table name", "write tables as 'table' or 'schema.table'")
    first, dot, rest = name.partition(".")
    return (first, rest) if dot else (schema, first)


def _table(place: tuple[str, str], name: str, relations: Mapping[tuple[str, str], Sequence[Any]]) -> Table:
    if place not in relations:
        same_name = [f"{schema}.{relation}" for schema, relation in relations if relation == place[1]]
        known = same_name or [
            relation if schema == place[0] else f"{schema}.{relation}" for schema, relation in relations
        ]
        near = f"; did you mean {same_name[0]}?" if same_name else _near(name, known)
        raise ConfigurationError(f"there is no table {'.'.join(place)}{near}", "correct the parameter tables")
    oid, kind, readable = relations[place]
    if not readable:
        raise ConfigurationError(
            f"the database user has no right to read table {name}",
            f"GRANT USAGE ON SCHEMA and SELECT ON {'.'.join(place)} to it",
        )
    return Table(name, *place, oid, kind)


def _column(table: Table, name: str, declared: str, kind: Declared) -> Column:
    travels = wire(kind)
    if travels is None:
        raise ConfigurationError(
            f"column {table.name}.{name} is of type {declared}, which is not supported",
            "extract a view that leaves it out or casts it to text",
        )
    return Column(name, declared, kind, travels)


def _near(name: str, known: "Sequence[str] | Mapping[str, Any]") -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
