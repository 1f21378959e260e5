"""What Prometheus is told of a run: to a Pushgateway, or in files for node_exporter's textfile collector.

What is told of a success, and of how far tables are filled, has a file of its own each, so that a run which cannot tell
of it, after a failure or for a backfill, leaves it as it is.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from components.connect.web import address, post
from components.end_run.outcome import Outcome
from components.shell.errors import TransientError
from components.shell.files import write_atomically
from components.shell.redaction import brief
from components.shell.settings import setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

_GATEWAY, _DIRECTORY = "STOCKPOT_PUSHGATEWAY_URL", "STOCKPOT_METRICS_DIR"
_JOB = "stockpot"
_FILLED = "filled_until_timestamp_seconds"
_STATES = ("succeeded", "failed", "stopped")
log = logging.getLogger("end_run")


@dataclass(frozen=True)
class Gauge:
    """A figure by the values of its label; without a label there is one."""

    name: str
    what: str
    values: Mapping[str, float]
    label: str = ""


def of_run(outcome: Outcome, tables: Sequence[str], warnings: int) -> list[Gauge]:
    """What is told of the pipeline's last run, however it ended; `tables` are those that it fills."""
    ended, closed = outcome.ended, outcome.closed
    states = {state: float(state == ended.state) for state in _STATES}
    code = 0 if ended.state == "succeeded" else ended.exit_code or 1
    found = [
        _one("last_run_end_timestamp_seconds", "When the last run ended.", outcome.finished.timestamp()),
        Gauge("stockpot_last_run_state", "1 for how the last run ended, else 0.", states, "state"),
        _one("last_run_exit_code", "The exit code of its step that failed, else 0.", code),
        _one("last_run_warnings", "How many warnings of the data the last run has.", warnings),
    ]
    if closed and closed.started:
        seconds = (closed.finished - closed.started).total_seconds()
        found.append(_one("last_run_duration_seconds", "How long the last run took.", seconds))
    if rows := {name: outcome.own[name].rows if name in outcome.own else 0 for name in tables}:
        what = "Rows that the last run has committed to a table."
        found.append(Gauge("stockpot_last_run_committed_rows", what, rows, "table"))
    return found


def of_success(outcome: Outcome) -> list[Gauge]:
    """What is told of the last run that succeeded."""
    return [_one("last_success_timestamp_seconds", "When a run last succeeded.", outcome.finished.timestamp())]


def of_table(outcome: Outcome) -> list[Gauge]:
    """What is told of the table after a run that succeeded; nothing where none is filled."""
    if not outcome.found or not (until := outcome.found.filled_until):
        return []
    what = "The end of the furthest interval that is filled."
    return [_one(_FILLED, what, until.timestamp())]


def _one(name: str, what: str, value: float) -> Gauge:
    return Gauge(f"stockpot_{name}", what, {"": value})


def publish(outcome: Outcome, tables: Sequence[str], warnings: int, *, is_backfill: bool = False) -> None:
    """Tell Prometheus of the run, where a setting says how; what cannot be told is a line of the log.

    A backfill is no success of the schedule, which may be dead meanwhile.

    Raises:
        ConfigurationError: the Pushgateway's address is none, or leads to another machine in the clear.
    """
    gateway, place = address(_GATEWAY), setting(_DIRECTORY).value(os.environ)
    if not gateway and not place:
        return
    pipeline = outcome.run.pipeline
    parts = {"run": of_run(outcome, tables, warnings)}
    if outcome.ended.state == "succeeded":
        parts |= {"success": [] if is_backfill else of_success(outcome), "filled": of_table(outcome)}
    parts = {name: gauges for name, gauges in parts.items() if gauges}
    if gateway:
        _tried(_GATEWAY, partial(_push, gateway, pipeline, [each for part in parts.values() for each in part]))
    if place and "success" not in parts and "filled" in parts:
        _tried(_DIRECTORY, partial(_without_filled, _file(place, pipeline, "success")))
    for name, gauges in parts.items() if place else ():
        _tried(_DIRECTORY, partial(_write, _file(place, pipeline, name), pipeline, gauges))


def _file(place: str, pipeline: str, part: str) -> Path:
    return Path(place) / f"stockpot-{pipeline}-{part}.prom"


def _tried(name: str, work: "Callable[[], None]") -> None:
    try:
        work()
    except (TransientError, OSError) as error:
        log.warning("%s has not got the metrics of the run: %s", name, brief(error, 300))


def _push(gateway: str, pipeline: str, gauges: Sequence[Gauge]) -> None:
    """Put the gauges in place of those of the same names that the gateway has of the pipeline, and of no others."""
    from prometheus_client import pushadd_to_gateway  # noqa: PLC0415 - only where it is told

    def handed(**asked: object) -> "Callable[[], None]":
        return partial(post, asked["url"], asked["data"], dict(asked["headers"]))  # type: ignore[call-overload,arg-type]  # as the client documents it

    pushadd_to_gateway(gateway, _JOB, _registry(gauges), {"pipeline": pipeline}, handler=handed)


def _write(path: Path, pipeline: str, gauges: Sequence[Gauge]) -> None:
    """Put the file in place of the one before it, at once."""
    from prometheus_client import write_to_textfile  # noqa: PLC0415 - only where it is told

    write_to_textfile(str(path), _registry(gauges, {"pipeline": pipeline}))


def _without_filled(path: Path) -> None:
    """Take out of the file how far the table is filled: earlier versions told it there, and no two files may.

    node_exporter refuses a series that it finds twice.
    """
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    if len(kept := [line for line in lines if f"stockpot_{_FILLED}".encode() not in line]) < len(lines):
        write_atomically(path, b"".join(kept))


def _registry(gauges: Sequence[Gauge], labels: Mapping[str, str] | None = None) -> "CollectorRegistry":
    import prometheus_client as client  # noqa: PLC0415 - only where it is told

    registry = client.CollectorRegistry()
    shared = dict(labels or {})
    for gauge in gauges:
        names = [*shared, *([gauge.label] if gauge.label else [])]
        made = client.Gauge(gauge.name, gauge.what, names, registry=registry)
        for value, number in gauge.values.items():
            told = {**shared, **({gauge.label: value} if gauge.label else {})}
            (made.labels(**told) if told else made).set(number)
    return registry
