"""What one instant of the database is, for several connections to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg2 import sql

from components.extract_postgres.tables import Table

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_LOCKABLE = ("r", "p", "v")


@dataclass(frozen=True)
class Snapshot:
    """An exported snapshot.

    Its name, the transactions it sees (xmin:xmax:…), the log position (empty on a standby), the server's version, and
    the database system it can be compared within (empty where the role may not ask), and when rows were as they are.
    """

    id: str
    transactions: str
    lsn: str
    server: str
    at: datetime
    system: str


def lock(connection: "Connection", tables: Sequence[Table], *, waiting: bool = True) -> None:
    """Keep the tables from being rewritten.

    A table that is truncated or rewritten after a snapshot was taken looks empty to it; a lock taken before the
    snapshot is the only remedy (pg_dump does the same). It stands in nobody's way but that of ALTER, DROP and TRUNCATE.

    Whoever joins must not wait: where an ALTER stands in the queue, it waits for the first connection, and that one for
    those that have joined.
    """
    names = [table.identifier for table in tables if table.kind in _LOCKABLE]
    if names:
        statement = sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names))
        with connection.cursor() as cursor:
            cursor.execute(statement if waiting else sql.SQL("{} NOWAIT").format(statement))


def take(connection: "Connection", at: datetime | None = None) -> Snapshot:
    """The snapshot of the connection's transaction, exported as long as that transaction lasts.

    `at` is when its rows were as they are, where that is not now.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_current_snapshot()::pg_catalog.text, "
            "CASE WHEN pg_catalog.pg_is_in_recovery() THEN '' "
            "ELSE pg_catalog.pg_current_wal_lsn()::pg_catalog.text END, "
            "pg_catalog.current_setting('server_version'), pg_catalog.clock_timestamp(), "
            "pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
        )
        name, transactions, lsn, server, now, may_ask = cursor.fetchall()[0]
        asked = "SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()"
        cursor.execute(asked if may_ask else "SELECT ''")
        (system,) = cursor.fetchall()[0]
        return Snapshot(name, transactions, lsn, server, at or now, system)
