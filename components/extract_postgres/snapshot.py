"""What one instant of the database is, for several connections to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg2 import sql

from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError, TransientError
from components.shell.instants import format_instant, parse_instant

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

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


def replayed(connection: "Connection") -> datetime | None:
    """Up to when a standby shows what was committed, or the checkpoint that it began from; None of a primary.

    Whatever its clock says: of what was committed later it shows nothing. That is the last commit that it has replayed,
    or, where it has all that its primary has, when that last said so. To be asked before a snapshot is taken, for which
    it is then a lower bound.

    Raises:
        ConfigurationError: nothing is replayed yet, and the role may not ask for the checkpoint.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_xact_replay_timestamp(), "
            "pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE')"
        )
        standby, at, may_ask = cursor.fetchall()[0]
        if not standby:
            return None
        known = [each for each in (at, _heard(cursor)) if each]
        if not known and not may_ask:
            what = "the standby has replayed no transaction yet, and the role may not ask how old its rows are"
            raise ConfigurationError(what, "grant it EXECUTE on pg_control_checkpoint(), or read from the primary")
        if not known:
            cursor.execute("SELECT checkpoint_time FROM pg_catalog.pg_control_checkpoint()")
            known = list(cursor.fetchall()[0])
    return max(known)


def _heard(cursor: "Cursor") -> datetime | None:
    """When the primary last said how far its log goes, if all of that is replayed; None if not, or nobody can tell.

    That log received and replayed are equally far says nothing: so they are where the primary is out of reach.
    Nobody can tell without a receiver, and a role without the rights of pg_read_all_stats cannot. Where what sends the
    log is itself a standby, it is what that one has.
    """
    cursor.execute(
        "SELECT status, last_msg_send_time, last_msg_receipt_time, "
        "pg_catalog.pg_wal_lsn_diff(latest_end_lsn, pg_catalog.pg_last_wal_replay_lsn()) "
        "FROM pg_catalog.pg_stat_wal_receiver"
    )
    for status, sent, received, lacking in cursor.fetchall():
        # A receiver that has just begun, and has heard nothing yet, has its own beginning as both times.
        if status == "streaming" and sent != received and lacking is not None and lacking <= 0:
            said: datetime = sent
            return said
    return None


def require_shown(shown: datetime | None, as_of: str) -> None:
    """Nothing, if the server shows all that was committed by `as_of`: a primary does, and so does all if it is empty.

    Raises:
        TransientError: it is a standby that shows less, or cannot be told to show more.
    """
    if shown is None or not as_of or shown >= (known := parse_instant(as_of)):
        return
    raise TransientError(
        f"the standby is known to show what was committed by {format_instant(shown)}, "
        f"and the run is about {format_instant(known)}",
        "see whether it receives and replays, or read from the primary; where that commits nothing for long, "
        "only a role with pg_read_all_stats can tell that nothing is lacking",
    )


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
