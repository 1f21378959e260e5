"""What Postgres's catalog says of relations and columns, whatever the search path and the encoding."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg2.extensions

from components.connect.postgres import set_locally

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

RELATIONS = """
SELECT namespace.nspname, class.relname, class.oid, class.relkind,
       has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT')
FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND namespace.nspname !~ '^pg_(toast|temp)'
"""

# A domain stands for its base type, with the base type's modifier, and an array for its element; each may be made of
# the other. The function that prints a value is the column's own.
COLUMNS = """
WITH RECURSIVE attribute AS (
    SELECT attrelid, attnum, attname, atttypid, attndims, atttypid AS type, atttypmod AS modifier, 0 AS arrays
    FROM pg_attribute WHERE attrelid = ANY(%s::oid[]) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT attrelid, attnum, attname, atttypid, attndims, coalesce(element.oid, type.typbasetype),
           CASE WHEN element.oid IS NULL THEN type.typtypmod ELSE modifier END,
           arrays + CASE WHEN element.oid IS NULL THEN 0 ELSE 1 END
    FROM attribute JOIN pg_type AS type ON type.oid = attribute.type
    LEFT JOIN pg_type AS element ON element.typarray = type.oid
    WHERE type.typtype = 'd' OR element.oid IS NOT NULL
)
SELECT attrelid, attname, format_type(attribute.atttypid, declared.atttypmod),
       base.typname, modifier, base.typnamespace = 'pg_catalog'::regnamespace, base.typtype, arrays,
       greatest(attribute.attndims, 0), base.typdelim, space.nspname, printer.proname
FROM attribute
JOIN pg_attribute AS declared USING (attrelid, attnum, attname)
JOIN pg_type AS base ON base.oid = attribute.type
JOIN pg_type AS own ON own.oid = attribute.atttypid
JOIN pg_proc AS printer ON printer.oid = own.typoutput
JOIN pg_namespace AS space ON space.oid = printer.pronamespace
WHERE base.typtype <> 'd' AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = base.oid)
ORDER BY attrelid, attnum
"""
SIZE = "SELECT pg_relation_size(%s) / current_setting('block_size')::int"


@contextmanager
def catalog(connection: "Connection") -> Iterator["Cursor"]:
    """A cursor for which all names are pg_catalog's; what the user's search path says holds again afterwards."""
    with connection.cursor() as cursor:
        # A database without an encoding may hold names that are no UTF-8, also of tables nobody asked for.
        psycopg2.extensions.register_type(psycopg2.extensions.BYTES, cursor)
        cursor.execute("SAVEPOINT catalog")
        set_locally(connection, {"search_path": "pg_catalog"})
        yield cursor
        cursor.execute("ROLLBACK TO SAVEPOINT catalog")


def rows(cursor: "Cursor", query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query of the catalog; a name that is no UTF-8 has surrogates for its odd bytes."""
    cursor.execute(query, values)
    return [tuple(map(_text, row)) for row in cursor.fetchall()]


def sayable(name: str) -> bool:
    """Whether a name is UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _text(value: Any) -> Any:
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value
