"""The row of a run in `etl_runs`, closed; the statement may be repeated at any time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from components.iceberg.details import Committed
from components.shell.origin import Origin

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

_BEGUN = "SELECT run_key, as_of FROM etl_runs WHERE run_id = %s AND started_at IS NOT NULL"
# A repeated end keeps the first finish; another one, after a resumed run, takes its place. What a run has committed
# stays committed, so an end that could not read it takes nothing back.
_END = """
    INSERT INTO etl_runs AS run (run_id, pipeline, as_of, git_commit, engine, status, reason, finished_at)
    VALUES (%(run_id)s, %(pipeline)s, %(as_of)s, %(git_commit)s, %(engine)s, %(status)s, %(reason)s, now())
    ON CONFLICT (run_id) DO UPDATE SET
        pipeline = COALESCE(run.pipeline, EXCLUDED.pipeline), as_of = COALESCE(run.as_of, EXCLUDED.as_of),
        git_commit = COALESCE(run.git_commit, EXCLUDED.git_commit), engine = COALESCE(run.engine, EXCLUDED.engine),
        status = EXCLUDED.status, reason = EXCLUDED.reason,
        finished_at = CASE
            WHEN run.finished_at IS NOT NULL AND run.status = EXCLUDED.status
                AND run.reason IS NOT DISTINCT FROM EXCLUDED.reason
            THEN run.finished_at ELSE EXCLUDED.finished_at END
    RETURNING started_at, finished_at, interval_start, interval_end, pipeline_version, git_commit,
        to_jsonb(run) ->> 'told'
"""
# A table of an older form has no such column before a run has begun.
_CAN_REMEMBER = """
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('etl_runs') AND attname = %s)
"""
_COMMITTED = """
    UPDATE etl_runs SET run_key = %(run_key)s, rows_in = %(rows_in)s, rows_out = %(rows_out)s,
        rows_rejected = %(rows_rejected)s, snapshot_id = %(snapshot_id)s, details = %(details)s::jsonb
    WHERE run_id = %(run_id)s
"""


@dataclass(frozen=True)
class Begun:
    """What a run's row says since its beginning: its instant, and its key, empty where that follows later."""

    run_key: str
    as_of: datetime


@dataclass(frozen=True)
class Ended:
    """How a run ended; `as_of` is None where what was given is no instant."""

    run_id: str
    pipeline: str
    as_of: datetime | None
    status: str
    reason: str | None

    @property
    def words(self) -> str:
        """The status and the reason, by which a repeated end is known from another one."""
        return f"{self.status}: {self.reason}" if self.reason else self.status


@dataclass(frozen=True)
class Closed:
    """What a run's row says once it is closed: its time, its versions, and the end that people were notified of.

    None is what nobody has said.
    """

    started: datetime | None
    finished: datetime
    interval_start: datetime | None
    interval_end: datetime | None
    version: str | None
    git_commit: str | None
    notified: str | None = None


def exists(cursor: "Cursor") -> bool:
    """Whether there is a table `etl_runs`."""
    cursor.execute("SELECT to_regclass('etl_runs') IS NOT NULL")
    return cursor.fetchone() == (True,)


def begun(cursor: "Cursor", run_id: str) -> Begun | None:
    """What the run's row says since its beginning; None of a run that failed before it had one."""
    cursor.execute(_BEGUN, (run_id,))
    row = cursor.fetchone()
    return Begun(row[0] or "", row[1]) if row else None


def end(cursor: "Cursor", origin: Origin, run: Ended, committed: Committed | None) -> Closed:
    """The run's row, now closed, and made where there was none, with what the run has committed, if it has."""
    cursor.execute(_END, {**vars(run), "engine": origin.engine, "git_commit": origin.git_commit or None})
    (row,) = cursor.fetchall()
    if committed:
        cursor.execute(_COMMITTED, _values(run.run_id, committed))
    return Closed(*row)


def remember(cursor: "Cursor", run_id: str, notified: str | None) -> None:
    """Write into the run's row which end people were notified of, if the table has a column for it."""
    _write(cursor, run_id, "told", notified)


def lies_at(cursor: "Cursor", run_id: str, page: str) -> None:
    """Write into the run's row where its page lies, likewise."""
    _write(cursor, run_id, "page", page)


def _write(cursor: "Cursor", run_id: str, column: str, value: str | None) -> None:
    cursor.execute(_CAN_REMEMBER, (column,))
    if cursor.fetchone() == (True,):
        statement = sql.SQL("UPDATE etl_runs SET {} = %s WHERE run_id = %s").format(sql.Identifier(column))
        cursor.execute(statement, (value, run_id))


def _values(run_id: str, committed: Committed) -> Mapping[str, Any]:
    return {**vars(committed), "run_id": run_id, "details": json.dumps(committed.details)}
