"""Several connections that see the same instant of the database."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

from components.extract_postgres.tables import Table
from components.shell.postgres import connect, translated

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

# What a role's defaults could change: the text forms of values, silently filtered rows, time limits, the order of rows.
_SETTINGS = (
    "SET client_encoding TO 'UTF8'",
    "SET datestyle TO 'ISO'",
    "SET intervalstyle TO 'iso_8601'",
    "SET row_security TO off",
    "SET synchronize_seqscans TO off",
    "SET statement_timeout TO 0",
    "SET idle_in_transaction_session_timeout TO 0",
    "SET lock_timeout TO '60s'",
)
_LOCKABLE = ("r", "p", "v")


@dataclass(frozen=True)
class Snapshot:
    """An exported snapshot.

    Its name, the transactions it sees (xmin:xmax:…), the log position (empty on a standby), the server's version, and
    the database system it can be compared within (empty where the role may not ask).
    """

    id: str
    transactions: str
    lsn: str
    server: str
    system: str


def lock(connection: "Connection", tables: Sequence[Table]) -> None:
    """Keep the tables from being rewritten.

    A table that is truncated or rewritten after a snapshot was taken looks empty to it; a lock taken before the
    snapshot is the only remedy (pg_dump does the same). It stands in nobody's way but that of ALTER, DROP and TRUNCATE.
    """
    names = [table.identifier for table in tables if table.kind in _LOCKABLE]
    if names:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names)))


def take(connection: "Connection") -> Snapshot:
    """The snapshot of the connection's transaction, exported as long as that transaction lasts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_export_snapshot(), pg_current_snapshot()::text, "
            "CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_current_wal_lsn()::text END, "
            "current_setting('server_version'), has_function_privilege('pg_control_system()', 'EXECUTE')"
        )
        *known, may_ask = cursor.fetchall()[0]
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()" if may_ask else "SELECT ''")
        return Snapshot(*known, *cursor.fetchall()[0])


@contextmanager
def reader(url: str, snapshot: Snapshot | None = None) -> Iterator["Connection"]:
    """A connection in a read-only transaction that sees `snapshot`, or takes its own with the first query."""
    with closing(connect(url)) as connection, translated():
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in _SETTINGS:
                cursor.execute(setting)
        connection.autocommit = False
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        if snapshot is not None:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION SNAPSHOT %s", (snapshot.id,))
        yield connection


@contextmanager
def companions(url: str, snapshot: Snapshot, count: int) -> Iterator[list["Connection"]]:
    """`count` further connections that see the same snapshot."""
    with ExitStack() as stack:
        yield [stack.enter_context(reader(url, snapshot)) for _ in range(count)]
