"""What a pipeline file declares beside its function: when it runs and how it is called."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Schedule:
    """A cron schedule in UTC."""

    cron: str
    concurrency: str = "Forbid"
    timezone: str = "UTC"
    starting_deadline_seconds: int = 3600


@dataclass(frozen=True)
class Fills:
    """The table that a pipeline fills, which holds the receipts of its runs, and how the runs share it.

    `interval`: each run fills the time from the tick before to its own, both less the hours a row takes to settle; the
    pipeline has the parameters `backfill_from`, `backfill_to` and `generation`. `dataset`: each run replaces the whole
    table. `stream`: each run takes what became known since the last one; the pipeline has the parameters `since` and
    `until`, and `events_dir` for archives.

    `time` is the column of the table that says which interval a row belongs to. `source` names the table of the source
    Postgres whose rows fall into the intervals, and `source_times` what its column of time may be called.

    Reports draw the share of `label`, a column of yes and no, over all rows and in each of the `groups`: columns by
    which rows are told apart.
    """

    table: str
    by: Literal["interval", "dataset", "stream"]
    settle_hours: int = 0
    time: str = ""
    source: str = ""
    source_times: tuple[str, ...] = ()
    label: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A pipeline: its KFP function, a title, a schedule where it runs by itself, and the table it fills."""

    function: Callable[..., Any]
    title: str
    schedule: Schedule | None = None
    fills: Fills | None = None

    @property
    def name(self) -> str:
        """The pipeline's name, such as `moderation-training`."""
        return str(self.function.name)  # type: ignore[attr-defined]

    @property
    def description(self) -> str:
        """What the pipeline does, from its function's docstring."""
        return str(self.function.description or "")  # type: ignore[attr-defined]


def modules() -> list[str]:
    """The names of this package's modules, any of which may hold a pipeline."""
    package = importlib.import_module("pipelines")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def defined(module: str) -> Definition | None:
    """The pipeline of a module of this package, its `PIPELINE`; nothing where it has none."""
    return None if module == "cli" else getattr(importlib.import_module(f"pipelines.{module}"), "PIPELINE", None)


def find(name: str) -> Definition | None:
    """The pipeline of that name, which stands in the module called alike; no other pipeline is imported."""
    module = name.replace("-", "_")
    found = defined(module) if module in modules() else None
    return found if found and found.name == name else None


def discover() -> Mapping[str, Definition]:
    """All pipelines of this package by name: every module in it that has a `PIPELINE`."""
    return {found.name: found for found in map(defined, modules()) if found}
