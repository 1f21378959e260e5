"""`python -m components.record_run.end`: close a run's row, on failure too."""

import logging
from datetime import datetime
from typing import Any

from components.record_run import rows
from components.record_run.origin import read_origin
from components.shell import endpoints, postgres, step
from components.shell.errors import ConfigurationError
from components.shell.instants import run_instant
from components.shell.status import RunEnd, told_end

log = logging.getLogger("record_run")


def main(*, status: dict[str, Any], run_id: str, pipeline: str, as_of: str, scheduled: str = "") -> None:
    """Close the run's row with its final status; `as_of` is a text, for a malformed one may be why the run failed."""
    ended = told_end(status)
    run = {
        "run_id": run_id,
        "pipeline": pipeline,
        "as_of": _instant(as_of, scheduled),
        "status": ended.state,
        "reason": _reason(ended),
    }
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        if not rows.end(cursor, read_origin(), run):
            log.warning(
                "there is no table etl_runs, so the end of run %s is not recorded - migrate creates it",
                run_id,
            )


def _reason(ended: RunEnd) -> str | None:
    return ": ".join(part for part in (ended.step, ended.reason) if part) or None


def _instant(as_of: str, scheduled: str) -> datetime | None:
    try:
        return run_instant(as_of, scheduled)
    except ConfigurationError:
        return None


if __name__ == "__main__":
    step.run(main)
