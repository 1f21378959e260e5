"""Metrics of a run for Prometheus: to a Pushgateway, or in files for node_exporter's textfile collector.

The metrics of a success, and of how far tables are filled, have a file of their own each. So a run that does not report
them, after a failure or for a backfill, leaves them as they are.
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
    description: str
    values: Mapping[str, float]
    label: str = ""


def of_run(outcome: Outcome, tables: Sequence[str], warnings: int) -> list[Gauge]:
    """The gauges of the pipeline's last run, however it ended; `tables` are those that it fills."""
    ended, closed = outcome.ended, outcome.closed
    states = {state: float(state == ended.state) for state in _STATES}
    code = 0 if ended.state == "succeeded" else ended.exit_code or 1
    gauges = [
        _one("last_run_end_timestamp_seconds", "When the last run ended.", outcome.finished.timestamp()),
        Gauge("stockpot_last_run_state", "1 for how the last run ended, else 0.", states, "state"),
        _one("last_run_exit_code", "The exit code of its step that failed, else 0.", code),
        _one("last_run_warnings", "How many warnings of the data the last run has.", warnings),
    ]
    if closed and closed.started:
        seconds = (closed.finished - closed.started).total_seconds()
        gauges.append(_one("last_run_duration_seconds", "How long the last run took.", seconds))
    if rows := {name: outcome.own[name].rows if name in outcome.own else 0 for name in tables}:
        description = "Rows that the last run has committed to a table."
        gauges.append(Gauge("stockpot_last_run_committed_rows", description, rows, "table"))
    return gauges


def of_success(outcome: Outcome) -> list[Gauge]:
    """The gauges of the last run that succeeded."""
    return [_one("last_success_timestamp_seconds", "When a run last succeeded.", outcome.finished.timestamp())]


def of_table(outcome: Outcome) -> list[Gauge]:
    """The gauges of the table after a run that succeeded; none where no table is filled."""
    if not outcome.commits or not (until := outcome.commits.filled_until):
        return []
    description = "The end of the furthest interval that is filled."
    return [_one(_FILLED, description, until.timestamp())]


def _one(name: str, description: str, value: float) -> Gauge:
    return Gauge(f"stockpot_{name}", description, {"": value})


def publish(outcome: Outcome, tables: Sequence[str], warnings: int, *, is_backfill: bool = False) -> None:
    """Report the run to Prometheus, where a setting says how; what cannot be reported is a line of the log.

    A backfill is no success of the schedule, which may be dead meanwhile.

    Raises:
        ConfigurationError: the Pushgateway's address is none, or leads to another machine in the clear.
    """
    gateway, directory = address(_GATEWAY), setting(_DIRECTORY).value(os.environ)
    if not gateway and not directory:
        return
    pipeline = outcome.run.pipeline
    parts = {"run": of_run(outcome, tables, warnings)}
    if outcome.ended.state == "succeeded":
        parts |= {"success": [] if is_backfill else of_success(outcome), "filled": of_table(outcome)}
    parts = {name: gauges for name, gauges in parts.items() if gauges}
    if gateway:
        _tried(_GATEWAY, partial(_push, gateway, pipeline, [each for part in parts.values() for each in part]))
    if directory and "success" not in parts and "filled" in parts:
        _tried(_DIRECTORY, partial(_without_filled, _file(directory, pipeline, "success")))
    for name, gauges in parts.items() if directory else ():
        _tried(_DIRECTORY, partial(_write, _file(directory, pipeline, name), pipeline, gauges))


def _file(directory: str, pipeline: str, part: str) -> Path:
    return Path(directory) / f"stockpot-{pipeline}-{part}.prom"


def _tried(name: str, work: "Callable[[], None]") -> None:
    try:
        work()
    except (TransientError, OSError) as error:
        log.warning("%s has not got the metrics of the run: %s", name, brief(error, 300))


def _push(gateway: str, pipeline: str, gauges: Sequence[Gauge]) -> None:
    """Put the gauges in place of those of the same names that the gateway has of the pipeline, and of no others."""
    from prometheus_client import pushadd_to_gateway  # noqa: PLC0415 - only where metrics are reported

    def handed(**request: object) -> "Callable[[], None]":
        return partial(post, request["url"], request["data"], dict(request["headers"]))  # type: ignore[call-overload,arg-type]  # as the client documents it

    pushadd_to_gateway(gateway, _JOB, _registry(gauges), {"pipeline": pipeline}, handler=handed)


def _write(path: Path, pipeline: str, gauges: Sequence[Gauge]) -> None:
    """Put the file in place of the one before it, at once."""
    from prometheus_client import write_to_textfile  # noqa: PLC0415 - only where metrics are reported

    write_to_textfile(str(path), _registry(gauges, {"pipeline": pipeline}))


def _without_filled(path: Path) -> None:
    """Take out of the file how far the table is filled: earlier versions wrote it there, and no two files may.

    node_exporter refuses a series that it finds twice.
    """
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    if len(remaining := [line for line in lines if f"stockpot_{_FILLED}".encode() not in line]) < len(lines):
        write_atomically(path, b"".join(remaining))


def _registry(gauges: Sequence[Gauge], labels: Mapping[str, str] | None = None) -> "CollectorRegistry":
    import prometheus_client as client  # noqa: PLC0415 - only where metrics are reported

    registry = client.CollectorRegistry()
    shared = dict(labels or {})
    for gauge in gauges:
        names = [*shared, *([gauge.label] if gauge.label else [])]
        metric = client.Gauge(gauge.name, gauge.description, names, registry=registry)
        for value, number in gauge.values.items():
            label_values = {**shared, **({gauge.label: value} if gauge.label else {})}
            (metric.labels(**label_values) if label_values else metric).set(number)
    return registry
