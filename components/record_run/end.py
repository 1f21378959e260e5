"""`python -m components.record_run.end`: close a run's row, on failure too."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.record_run import rows
from components.shell import endpoints, postgres, step
from components.shell.errors import ConfigurationError
from components.shell.instants import run_instant
from components.shell.origin import read_origin
from components.shell.status import RunEnd, told_end

log = logging.getLogger("record_run")


@dataclass(frozen=True)
class Arguments:
    """Close the run's row with its final status; `as_of` is a text, for a malformed one may be why the run failed."""

    status: dict[str, Any]
    run_id: str
    pipeline: str
    as_of: str
    scheduled: str = ""


def main(arguments: Arguments) -> None:
    """Close the row; without a table, which is what a first run leaves that could not begin, say so and succeed."""
    ended = told_end(arguments.status)
    run = {
        "run_id": arguments.run_id,
        "pipeline": arguments.pipeline,
        "as_of": _instant(arguments),
        "status": ended.state,
        "reason": _reason(ended),
    }
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        if not rows.end(cursor, read_origin(), run):
            log.warning(
                "there is no table etl_runs, so the end of run %s is not recorded - a run that begins creates it",
                arguments.run_id,
            )


def _reason(ended: RunEnd) -> str | None:
    return ": ".join(part for part in (ended.step, ended.reason) if part) or None


def _instant(arguments: Arguments) -> datetime | None:
    try:
        return run_instant(arguments.as_of, arguments.scheduled)
    except ConfigurationError:
        return None


if __name__ == "__main__":
    step.run(main)
