"""The statements that keep a run's row in `etl_runs`; each may be repeated at any time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

_START = """
    INSERT INTO etl_runs AS run (run_id, pipeline, run_key, as_of, interval_start, interval_end,
        pipeline_version, git_commit, engine, status, started_at)
    VALUES (%(run_id)s, %(pipeline)s, %(run_key)s, %(as_of)s, %(interval_start)s, %(interval_end)s,
        %(version)s, %(git_commit)s, %(engine)s, 'running', now())
    ON CONFLICT (run_id) DO UPDATE SET
        pipeline = EXCLUDED.pipeline, run_key = EXCLUDED.run_key, as_of = EXCLUDED.as_of,
        interval_start = EXCLUDED.interval_start, interval_end = EXCLUDED.interval_end,
        pipeline_version = EXCLUDED.pipeline_version, git_commit = EXCLUDED.git_commit, engine = EXCLUDED.engine,
        started_at = COALESCE(run.started_at, EXCLUDED.started_at),
        status = CASE WHEN run.finished_at IS NULL THEN EXCLUDED.status ELSE run.status END
"""
_RESULT = """
    INSERT INTO etl_runs AS run (run_id, status, rows_in, rows_out, rows_rejected, quality, snapshot_id, views,
        late)
    VALUES (%(run_id)s, 'running', %(rows_in)s, %(rows_out)s, %(rows_rejected)s, %(quality)s::jsonb, %(snapshot_id)s,
        %(views)s::jsonb, %(late)s::jsonb)
    ON CONFLICT (run_id) DO UPDATE SET
        rows_in = EXCLUDED.rows_in, rows_out = EXCLUDED.rows_out, rows_rejected = EXCLUDED.rows_rejected,
        quality = EXCLUDED.quality, snapshot_id = EXCLUDED.snapshot_id, views = EXCLUDED.views,
        late = EXCLUDED.late
"""
# A repeated end keeps the first finish; another one, after a resumed run, takes its place.
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
"""


@dataclass(frozen=True)
class Origin:
    """Where a run comes from: the engine that runs it and the commit of its code, empty where unknown."""

    engine: str
    git_commit: str


def start(cursor: "Cursor", origin: Origin, run: Mapping[str, Any]) -> None:
    """Open the run's row; the first start counts, and a row that is closed stays closed.

    `run` holds run_id, pipeline, version, run_key, as_of, interval_start and interval_end.
    """
    cursor.execute(_START, {**run, "engine": origin.engine, "git_commit": origin.git_commit or None})


@dataclass(frozen=True)
class Result:
    """What a run produced.

    `quality` is what became of its contract, `views` where it has its views from and why, `late` what became of facts
    that became known late: the time that was `reopened`, and that which was `left`.
    """

    rows_in: int
    rows_out: int
    rows_rejected: int
    quality: Mapping[str, Any]
    snapshot_id: int | None
    views: Mapping[str, Any] | None = None
    late: Mapping[str, Any] | None = None


def result(cursor: "Cursor", run_id: str, found: Result) -> None:
    """Add what the run produced to its row."""
    told = {"views": found.views, "late": found.late}
    texts = {name: json.dumps(value) if value else None for name, value in told.items()}
    texts["quality"] = json.dumps(found.quality)
    cursor.execute(_RESULT, {**vars(found), "run_id": run_id, **texts})


def end(cursor: "Cursor", origin: Origin, run: Mapping[str, Any]) -> bool:
    """Close the run's row, which is made where there is none yet; False when there is no table to write to.

    `run` holds run_id, pipeline, as_of (None where it was no instant), status and reason.
    """
    cursor.execute("SELECT to_regclass('etl_runs') IS NOT NULL")
    (exists,) = cursor.fetchone() or (False,)
    if exists:
        cursor.execute(_END, {**run, "engine": origin.engine, "git_commit": origin.git_commit or None})
    return bool(exists)
