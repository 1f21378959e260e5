"""Everything that is created, created once: the work of one process at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import psycopg2
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError, TableAlreadyExistsError

from components.begin_run.etl_runs import reconcile_etl_runs
from components.begin_run.iceberg import reconcile_table
from components.connect.endpoints import runs_url
from components.connect.postgres import session, unhurried
from components.iceberg.catalog import has_relation, open_catalog, translated
from components.iceberg.tables import TableDefinition
from components.shell.counts import counted
from components.shell.errors import TransientError

# Any number will do, as long as nobody else in this database uses it.
_LOCK = 0x53_54_4F_43_4B
_CATALOG_TABLES = ("iceberg_tables", "iceberg_namespace_properties")


def migrate(definitions: Sequence[TableDefinition], patience_seconds: int = 120) -> list[str]:
    """What was changed in catalog and database, a sentence each; empty when there was nothing to do.

    Raises:
        ConfigurationError: something exists in a form that cannot be reconciled, or store or database refuse.
        TransientError: they do not answer, or another run holds the lock for longer than the patience.
    """
    with _alone(patience_seconds), translated():
        with session(runs_url()) as connection, connection.cursor() as cursor:
            missing = [name for name in _CATALOG_TABLES if not has_relation(cursor, name)]
        if missing:
            open_catalog(create=True)
        changes = [f"created table {name}" for name in missing]
        with session(runs_url()) as connection, connection.cursor() as cursor:
            changes += reconcile_etl_runs(cursor)
        # One for all tables, and none where all are as they should be.
        catalog = cache(open_catalog)
        try:
            for definition in definitions:
                changes += reconcile_table(catalog, definition)
        except (CommitFailedException, NamespaceAlreadyExistsError, TableAlreadyExistsError) as error:
            raise TransientError(f"somebody changes the catalog without the lock: {error}", "try again") from None
    return changes


@contextmanager
def _alone(patience_seconds: int) -> Iterator[None]:
    """Hold the advisory lock in a transaction of its own; the server lets go of it when the process dies.

    The session's own lock would stay behind on a pooler's connection.
    """
    with session(runs_url()) as connection, connection.cursor() as cursor:
        unhurried(connection, patience_seconds)
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        except psycopg2.errors.LockNotAvailable:
            problem = (
                f"another run changes tables and has held the lock for more than {counted(patience_seconds, 'second')}"
            )
            raise TransientError(problem, "try again when it has ended") from None
        yield
