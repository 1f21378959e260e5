"""Fills the source database with the shop, batch by batch, in one transaction."""

import io
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv

from components.connect.postgres import session
from components.shell.errors import ConfigurationError
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import TABLES, postgres_columns, shop, tables_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# Any number will do, as long as every call takes the same.
_LOCK = 7_105_115
_WRITTEN_BY = "stockpot sample-data shop: "


def fill(url: str, scale: Scale, *, replace: bool = False) -> Mapping[str, int]:
    """Rows of each table of the shop, which the database holds now: all of them, or none. Empty: it held them before.

    A shop that this command has made before gives way to one of another scale, or of another day.

    Args:
        url: libpq address of the source database.
        scale: Which shop.
        replace: Drop tables of these names that this command has not made, instead of refusing.

    Raises:
        ConfigurationError: a table of one of these names is somebody else's, and `replace` is not set.
        TransientError: the database does not answer.
    """
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        comments = {table: _comment(cursor, table) for table in TABLES}
        label = f"{_WRITTEN_BY}{scale}"
        present = {table: comment for table, comment in comments.items() if comment is not None}
        if present == dict.fromkeys(tables_of(scale), label) and not replace:
            return {}
        others = [table for table, comment in present.items() if not comment.startswith(_WRITTEN_BY)]
        if others and not replace:
            raise ConfigurationError(
                f"the database already holds other data in {', '.join(others)}",
                "name another database in DATABASE_URL, or drop these tables: stockpot sample-data shop --replace",
            )
        cursor.execute("".join(f'DROP TABLE IF EXISTS public."{table}";' for table in TABLES))
        return _filled(cursor, scale, label)


def _comment(cursor: "Cursor", table: str) -> str | None:
    """What is said of the table, which is nothing ("") of others' tables; None where there is none."""
    cursor.execute("SELECT coalesce(obj_description(c, 'pg_class'), '') FROM to_regclass(%s) AS c WHERE c IS NOT NULL",
                   (f'public."{table}"',))  # fmt: skip
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _filled(cursor: "Cursor", scale: Scale, label: str) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for table, rows in shop(scale):
        if table not in counts:
            _create(cursor, table, rows, label)
        counts[table] += rows.num_rows
        _copy(cursor, table, rows)
    for table in counts:
        cursor.execute(f'ANALYZE public."{table}"')
    return dict(counts)


def _create(cursor: "Cursor", table: str, rows: pa.Table, label: str) -> None:
    listed = ", ".join(f'"{name}" {kind}' for name, kind in postgres_columns(rows).items())
    cursor.execute(f'CREATE TABLE public."{table}" ({listed})')
    cursor.execute(f'COMMENT ON TABLE public."{table}" IS %s', (label,))


def _copy(cursor: "Cursor", table: str, rows: pa.Table) -> None:
    """Texts stand in quotes and nulls do not, which is how COPY tells them apart."""
    lines = io.BytesIO()
    pyarrow.csv.write_csv(rows, lines, pyarrow.csv.WriteOptions(include_header=False))
    lines.seek(0)
    cursor.copy_expert(f'COPY public."{table}" FROM STDIN (FORMAT csv)', lines)
