"""On which timeline a server is: each restore to a point in time, and each promotion, begins another."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_HEX_DIGITS = 8
# Of a primary the name of the file that it writes its log to says it, which everybody may ask for unless that was
# revoked. A standby has no such file, and the checkpoint that it began from may be of the timeline before.
_ASKABLE = (
    "SELECT NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.has_function_privilege("
    "'pg_catalog.pg_walfile_name(pg_catalog.pg_lsn)', 'EXECUTE')"
)
_FILE = "SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn())"


def timeline(connection: "Connection") -> str:
    """The number of the server's timeline; empty of a standby, and where the role may not ask."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKABLE)
        if cursor.fetchall() != [(True,)]:
            return ""
        cursor.execute(_FILE)
        ((name,),) = cursor.fetchall()
    return str(int(name[:_HEX_DIGITS], 16))
