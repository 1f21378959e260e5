"""What is due when a run begins, in words, as far as its parameters alone determine it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from components.begin_run.asked import backfill_asked, cut_asked, ends_asked
from components.begin_run.plan_interval import Backfill, interval_end
from components.iceberg.ends import Ends
from components.shell.instants import format_instant, parse_instant, run_instant
from components.shell.schema import Table
from stockpot.compiler.ir import Container
from stockpot.compiler.placeholders import Text

_BEGINS = "components.begin_run."

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Due:
    """What is due, in words, and the interval of time (ISO 8601); empty where it is not known before a run begins.

    `how` the step begins the run, such as `interval`, and the inputs that it is `given`, say what it would ask for.
    """

    words: str
    start: str = ""
    end: str = ""
    how: str = field(default="", compare=False)
    given: Given = field(default_factory=dict, compare=False)


def due(container: Container, given: Given, last_end: str = "") -> Due | None:
    """What the step in this container would begin, given its parameters; None where it begins no run.

    `last_end` is where the interval of the last run ended, empty where that is not known.

    Raises:
        ConfigurationError: a parameter is none that the step takes.
    """
    how = begun_by(container)
    if how not in _DUE:
        return None
    due_now = _DUE[how](given, run_instant(str(given["as_of"]), str(given["scheduled"])), last_end)
    return replace(due_now, how=how, given=given)


def ends_of(given: Given) -> Ends:
    """Where the intervals of runs end whose step that begins them is given these inputs.

    Raises:
        ConfigurationError: one of the numbers is negative, or the zone's days are none of the table.
    """
    return ends_asked(
        int(given["label_delay_seconds"]),
        lookback_hours=int(given["lookback_hours"]),
        each=str(given["each"]),
        timezone=str(given["timezone"]),
        late_days=int(given["late_days"]),
        whole_weeks=bool(given["whole_weeks"]),
        by_days=Table.parse(given["table"]).by_days,
    )


def backfill_of(given: Given) -> Backfill | None:
    """What the run is to fill whose step that begins it is given these inputs; None for a run of the schedule.

    Raises:
        ConfigurationError: as of `backfill_asked`.
    """
    start, end = (str(given.get(name, "")) for name in ("backfill_from", "backfill_to"))
    return backfill_asked(start, end, int(given.get("generation", 0)))


def cut_in(given: Given, at: datetime) -> datetime:
    """The cut of the run at an instant whose step that begins it is given these inputs.

    Raises:
        ConfigurationError: the one that is named is no instant, or not the first one of a day.
    """
    return cut_asked(str(given["cut"]), at, str(given["each"]), str(given["timezone"]))


def begun_by(container: Container) -> str:
    """How the step in this container begins a run, such as `interval`; empty where it begins none."""
    words = (part for word in container.command if isinstance(word, Text) for part in word.parts)
    module = next((word for word in words if isinstance(word, str) and word.startswith(_BEGINS)), "")
    return module.removeprefix(_BEGINS)


def _interval(given: Given, at: datetime, last_end: str) -> Due:
    backfill = backfill_of(given)
    end = format_instant((backfill and backfill.end) or interval_end(at, ends_of(given)))
    if backfill:
        start = format_instant(backfill.start)
        return Due(f"due is the time from {start} to {end}", start, end)
    if last_end and parse_instant(last_end) < parse_instant(end):
        return Due(f"due is the time from {last_end}, where the last run here ended, to {end}", last_end, end)
    if last_end:
        return Due(f"the time to {end} again: a run here went to {last_end}", end=end)
    return Due(f"due is the time from where the last one ended to {end}", end=end)


def _dataset(_given: Given, at: datetime, _last_end: str) -> Due:
    end = format_instant(at)
    return Due(f"due is the whole table as of {end}, unless it holds the same already", end=end)


def _snapshot(given: Given, at: datetime, _last_end: str) -> Due:
    cut = format_instant(cut_in(given, at))
    return Due(f"due is the cut {cut}", end=cut)


def _versions(_given: Given, at: datetime, _last_end: str) -> Due:
    end = format_instant(at)
    return Due(f"due is what has changed from the last run to {end}, as versions", end=end)


def _stream(_given: Given, at: datetime, _last_end: str) -> Due:
    end = format_instant(at)
    return Due(f"due is what became known from the end of the last run to {end}", end=end)


_DUE: Mapping[str, Callable[[Given, datetime, str], Due]] = {
    "interval": _interval,
    "dataset": _dataset,
    "snapshot": _snapshot,
    "stream": _stream,
    "versions": _versions,
}
