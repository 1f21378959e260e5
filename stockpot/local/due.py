"""What is due when a run begins, in words, as far as its parameters alone tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from components.iceberg.cuts import cut_of
from components.shell.instants import format_instant, parse_instant, run_instant
from stockpot.compiler.ir import Container
from stockpot.compiler.placeholders import Text

_BEGINS = "components.begin_run."

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Due:
    """What is due, in words, and the interval of time (ISO 8601); empty where it is not known before a run begins."""

    words: str
    start: str = ""
    end: str = ""


def due(container: Container, given: Given, last_end: str = "") -> Due | None:
    """What the step in this container would begin, given its parameters; None where it begins no run.

    `last_end` is where the interval of the last run ended, empty where that is not known.

    Raises:
        ConfigurationError: a parameter is none that the step takes.
    """
    tell = _DUE.get(begun_by(container))
    return tell(given, run_instant(str(given["as_of"]), str(given["scheduled"])), last_end) if tell else None


def begun_by(container: Container) -> str:
    """How the step in this container begins a run, such as `interval`; empty where it begins none."""
    words = (part for word in container.command if isinstance(word, Text) for part in word.parts)
    module = next((word for word in words if isinstance(word, str) and word.startswith(_BEGINS)), "")
    return module.removeprefix(_BEGINS)


def _interval(given: Given, at: datetime, last_end: str) -> Due:
    delay = timedelta(seconds=float(given["label_delay_seconds"]))
    end = given.get("backfill_to") or format_instant(cut_of(at - delay, str(given["each"]), str(given["timezone"])))
    if start := given.get("backfill_from"):
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
    found = parse_instant(str(given["cut"])) if given.get("cut") else at
    cut = format_instant(cut_of(found, str(given["each"]), str(given["timezone"])))
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
