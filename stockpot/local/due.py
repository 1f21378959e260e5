"""What is due when a run begins, in words, as far as its parameters alone tell."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from components.iceberg.cuts import cut_of
from components.shell.instants import format_instant, parse_instant, run_instant
from stockpot.compiler.ir import Container
from stockpot.compiler.placeholders import Text

_BEGINS = "components.begin_run."

Given = Mapping[str, Any]


def due(container: Container, given: Given) -> str:
    """What the step in this container would begin, given its parameters; empty where it begins no run.

    Raises:
        ConfigurationError: a parameter is none that the step takes.
    """
    words = (part for word in container.command if isinstance(word, Text) for part in word.parts)
    module = next((word for word in words if isinstance(word, str) and word.startswith(_BEGINS)), "")
    tell = _DUE.get(module.removeprefix(_BEGINS))
    return tell(given, run_instant(str(given["as_of"]), str(given["scheduled"]))) if tell else ""


def _interval(given: Given, at: datetime) -> str:
    start = given.get("backfill_from") or "where the last one ended"
    delay = timedelta(seconds=float(given["label_delay_seconds"]))
    end = given.get("backfill_to") or format_instant(cut_of(at - delay, str(given["each"]), str(given["timezone"])))
    return f"due is the time from {start} to {end}"


def _dataset(_given: Given, at: datetime) -> str:
    return f"due is the whole table as of {format_instant(at)}, unless it holds the same already"


def _snapshot(given: Given, at: datetime) -> str:
    found = parse_instant(str(given["cut"])) if given.get("cut") else at
    return f"due is the cut {format_instant(cut_of(found, str(given['each']), str(given['timezone'])))}"


def _versions(_given: Given, at: datetime) -> str:
    return f"due is what has changed from the last run to {format_instant(at)}, as versions"


def _stream(_given: Given, at: datetime) -> str:
    return f"due is what became known from the end of the last run to {format_instant(at)}"


_DUE: Mapping[str, Callable[[Given, datetime], str]] = {
    "interval": _interval,
    "dataset": _dataset,
    "snapshot": _snapshot,
    "stream": _stream,
    "versions": _versions,
}
