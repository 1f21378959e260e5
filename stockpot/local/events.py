"""What happens during a run, as a stream of small records for whoever shows it."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from stockpot.local.records import Run, TaskRecord


@dataclass(frozen=True)
class RunStarted:
    """The run exists; `containers` tasks are known beforehand (loops may add more)."""

    run: Run
    directory: Path
    containers: int


@dataclass(frozen=True)
class ServicesReady:
    """Which services the run uses and what stands in for images, one line each, without credentials."""

    described: tuple[str, ...]


@dataclass(frozen=True)
class EnvironmentBuilding:
    """The environment of a step's image is missing and being built."""

    step: str
    packages: int


@dataclass(frozen=True)
class EnvironmentReady:
    """The environment of a step's image was built in so many seconds."""

    step: str
    seconds: float


@dataclass(frozen=True)
class TaskWaiting:
    """A step cannot start yet: no node has room for it, its image cannot be had, or the like."""

    task: str
    reason: str


@dataclass(frozen=True)
class TaskStarted:
    """A step's process starts, for the `attempt`-th time."""

    task: str
    attempt: int


@dataclass(frozen=True)
class TaskProgress:
    """A step says that it has done so much of so much."""

    task: str
    done: int
    total: int


@dataclass(frozen=True)
class TaskRetry:
    """An attempt failed in a way that passes; the next one starts after `delay` seconds."""

    task: str
    attempt: int
    delay: float
    reason: str


@dataclass(frozen=True)
class TaskFinished:
    """A step has ended, by itself or out of the cache; `stdout` is what it has to say to a person."""

    record: TaskRecord
    seconds: float
    stdout: Path | None
    log: Path


@dataclass(frozen=True)
class TaskSkipped:
    """A task does not run: its condition does not hold, or what it needs has failed."""

    task: str
    reason: str


@dataclass(frozen=True)
class Stopping:
    """Somebody asked the run to stop; steps are being ended, exit handlers still run."""

    immediately: bool


@dataclass(frozen=True)
class NotificationFailed:
    """A run failed before its first step, and those who should hear of it could not be notified."""

    reason: str


@dataclass(frozen=True)
class NotStopped:
    """The run has ended and stays so, but not all could be stopped that served it, such as embedded services."""

    reason: str


@dataclass(frozen=True)
class RunFinished:
    """The run has ended."""

    run: Run
    seconds: float
    directory: Path


Event: TypeAlias = (
    RunStarted
    | ServicesReady
    | EnvironmentBuilding
    | EnvironmentReady
    | TaskWaiting
    | TaskStarted
    | TaskProgress
    | TaskRetry
    | TaskFinished
    | TaskSkipped
    | Stopping
    | NotificationFailed
    | NotStopped
    | RunFinished
)
Listener: TypeAlias = Callable[[Event], None]


def silent(_event: Event) -> None:
    """A listener that shows nothing."""


def unfailing(listener: Listener) -> Listener:
    """The listener, whose own failures do not reach the run: a terminal that is gone is no reason to stop."""

    def listen(event: Event) -> None:
        with contextlib.suppress(OSError, ValueError):
            listener(event)

    return listen
