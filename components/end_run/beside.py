"""Sessions for what is beside a run: no run, and no notification of one, waits for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from components.connect import postgres
from components.connect.endpoints import runs_url

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

PATIENCE = {"lock_timeout": "10s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
"""How long they wait for others, and for an answer."""


@contextmanager
def asking() -> Iterator["Cursor"]:
    """A cursor in a transaction that reads what is committed, statement by statement, and has no patience."""
    with postgres.session(runs_url()) as connection, connection.cursor() as cursor:
        # Before any query: else the snapshot would be that of the lock, if one comes first.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        postgres.set_locally(connection, PATIENCE)
        yield cursor
