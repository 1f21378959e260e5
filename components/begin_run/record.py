"""The row of a run in `etl_runs`, opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from components.shell.origin import Origin

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

_START = """
    INSERT INTO etl_runs AS run (run_id, pipeline, run_key, as_of, interval_start, interval_end,
        pipeline_version, git_commit, engine, status, started_at)
    VALUES (%(run_id)s, %(pipeline)s, %(run_key)s, %(as_of)s, %(interval_start)s, %(interval_end)s,
        %(version)s, %(git_commit)s, %(engine)s, 'running', now())
    ON CONFLICT (run_id) DO UPDATE SET
        pipeline = EXCLUDED.pipeline, run_key = COALESCE(EXCLUDED.run_key, run.run_key), as_of = EXCLUDED.as_of,
        interval_start = EXCLUDED.interval_start, interval_end = EXCLUDED.interval_end,
        pipeline_version = EXCLUDED.pipeline_version, git_commit = EXCLUDED.git_commit, engine = EXCLUDED.engine,
        started_at = COALESCE(run.started_at, EXCLUDED.started_at),
        status = CASE WHEN run.finished_at IS NULL THEN EXCLUDED.status ELSE run.status END
    RETURNING started_at
"""


def start(cursor: "Cursor", origin: Origin, run: Mapping[str, Any]) -> datetime:
    """When the run has started, its row now open; the first start counts, and a row that is closed stays closed.

    `run` holds run_id, pipeline, version, run_key (None where it is not known yet), as_of, interval_start and
    interval_end.
    """
    cursor.execute(_START, {**run, "engine": origin.engine, "git_commit": origin.git_commit or None})
    ((started,),) = cursor.fetchall()
    return cast("datetime", started)
