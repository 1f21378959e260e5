"""Fills the source database, once: what is already there is compared, never written twice and never overwritten."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.connect.postgres import session
from components.shell.errors import ConfigurationError
from stockpot.samples.gourmetgram import sample
from stockpot.samples.schema import TABLES, Generation, columns, copy_lines

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

    from stockpot.samples.records import Sample

# Any number will do, as long as every call takes the same.
_LOCK = 7_105_114


def fill(url: str, *, generation: Generation = "new", replace: bool = False) -> Mapping[str, str]:
    """What happened to each table: `filled`, `unchanged` or `replaced`. All or nothing, in one transaction.

    Args:
        url: libpq address of the source database.
        generation: Which columns the tables get.
        replace: Drop tables that hold something else, instead of refusing.

    Raises:
        ConfigurationError: a table holds other rows or has other columns, and `replace` is not set.
        TransientError: the database does not answer.
    """
    rows = sample(governance=generation == "new")
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        states = {}
        for table in TABLES:
            _stage(cursor, rows, table, generation)
            states[table] = _state(cursor, table)
        others = [table for table, state in states.items() if state == "other"]
        if others and not replace:
            raise ConfigurationError(
                f"the database already holds other data in {', '.join(others)}",
                "name another database in DATABASE_URL, or drop these tables: stockpot sample-data --replace",
            )
        return {table: _write(cursor, table, state) for table, state in states.items()}


def _stage(cursor: "Cursor", rows: "Sample", table: str, generation: Generation) -> None:
    """Put the sample's rows beside the real table, so that Postgres itself compares and converts."""
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns(table, generation).items())
    cursor.execute(f'CREATE TEMP TABLE "sample_{table}" ({listed}) ON COMMIT DROP')
    lines = io.StringIO("".join(copy_lines(rows, table, generation)))
    cursor.copy_expert(f'COPY pg_temp."sample_{table}" FROM STDIN', lines)


def _state(cursor: "Cursor", table: str) -> str:
    """`missing`, `empty`, `same` or `other`."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (f'public."{table}"',))
    if not _answer(cursor):
        return "missing"
    if _shape(cursor, f'public."{table}"') != _shape(cursor, f'pg_temp."sample_{table}"'):
        return "other"
    cursor.execute(f'SELECT EXISTS (TABLE public."{table}")')
    if not _answer(cursor):
        return "empty"
    there, wanted = f'TABLE public."{table}"', f'TABLE pg_temp."sample_{table}"'
    cursor.execute(f"SELECT EXISTS (({there} EXCEPT ALL {wanted}) UNION ALL ({wanted} EXCEPT ALL {there}))")
    return "other" if _answer(cursor) else "same"


def _shape(cursor: "Cursor", table: str) -> list[tuple[object, ...]]:
    cursor.execute(
        "SELECT attname, atttypid, atttypmod FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    )
    return list(cursor.fetchall())


def _write(cursor: "Cursor", table: str, state: str) -> str:
    if state == "same":
        return "unchanged"
    if state == "other":
        cursor.execute(f'DROP TABLE public."{table}"')
    if state in ("missing", "other"):
        cursor.execute(f'CREATE TABLE public."{table}" (LIKE pg_temp."sample_{table}")')
    cursor.execute(f'INSERT INTO public."{table}" TABLE pg_temp."sample_{table}"')
    return "replaced" if state == "other" else "filled"


def _answer(cursor: "Cursor") -> bool:
    row = cursor.fetchone()
    return bool(row and row[0])
