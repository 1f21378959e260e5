"""Whether a run that has succeeded is late: it ended longer after the end of its interval than is allowed."""

import os
from datetime import timedelta

from components.end_run.outcome import Outcome
from components.pages import figures
from components.shell.settings import setting

_SETTING = "STOCKPOT_LATE_HOURS"


def allowed(pipeline: str) -> timedelta | None:
    """How long after the end of its interval a run of the pipeline may end; None where nobody says.

    Raises:
        ConfigurationError: the setting is no list of hours.
    """
    text = setting(_SETTING).usable(os.environ)
    if not text:
        return None
    pairs = (each.rpartition("=") for each in text.split(","))
    hours = {name.strip(): float(number) for name, _, number in pairs}
    limit = hours.get(pipeline, hours.get(""))
    return None if limit is None else timedelta(hours=limit)


def late(outcome: Outcome, *, asked: str, filled: str) -> str:
    """By how much the run is late, for people; empty where it is not, or nobody knows.

    Neither is a run that found its work done, a backfill (`filled` is what it was asked to fill), or one that was
    `asked` for an instant which was further back when it began than is allowed.

    Raises:
        ConfigurationError: the setting is no list of hours.
    """
    run, closed = outcome.run, outcome.closed
    most = allowed(run.pipeline)
    if most is None or run.status != "succeeded" or not outcome.own or filled:
        return ""
    if closed is None or closed.started is None or closed.interval_end is None:
        return ""
    if asked and run.as_of and closed.started - run.as_of > most:
        return ""
    taken = closed.finished - closed.interval_end
    if taken <= most:
        return ""
    return f"it ended {_hours(taken)} after the end of its interval, and {_hours(most)} are allowed ({_SETTING})"


def _hours(span: timedelta) -> str:
    return f"{figures.number(round(span.total_seconds() / 3600, 1))} h"
