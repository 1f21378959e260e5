"""How far a standby is: what it shows, and whether that is enough for a run."""

from datetime import datetime
from typing import TYPE_CHECKING

from components.shell.errors import ConfigurationError, TransientError
from components.shell.instants import format_instant

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor


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
            heard: datetime = sent
            return heard
    return None


def require_shown(shown: datetime | None, as_of: datetime) -> None:
    """Nothing, if what a server is known to show is all that was committed by `as_of`; None is a primary, which does.

    Raises:
        TransientError: it is a standby that shows less, or cannot be told to show more.
    """
    if shown is None or shown >= as_of:
        return
    raise TransientError(
        f"the standby is known to show what was committed by {format_instant(shown)}, "
        f"and the run is about {format_instant(as_of)}",
        "see whether it receives and replays, or read from the primary; where that commits nothing for long, "
        "only a role with pg_read_all_stats can tell that nothing is lacking",
    )
