"""A pipeline as everybody sees it: what it is called, when it runs, and the dataset that it fills."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.dataset import Dataset


@dataclass(frozen=True)
class Schedule:
    """A cron schedule in UTC."""

    cron: str
    concurrency: str = "Forbid"
    timezone: str = "UTC"
    starting_deadline_seconds: int = 3600


@dataclass(frozen=True)
class Definition:
    """A pipeline: its KFP function, a title, a schedule where it runs by itself, and the dataset that it fills."""

    function: Callable[..., Any]
    title: str
    schedule: Schedule | None = None
    dataset: "Dataset | None" = None

    @property
    def name(self) -> str:
        """The pipeline's name, such as `moderation-training`."""
        return str(self.function.name)  # type: ignore[attr-defined]

    @property
    def description(self) -> str:
        """What the pipeline does, from its function's docstring."""
        return str(self.function.description or "")  # type: ignore[attr-defined]


def discover() -> Mapping[str, Definition]:
    """All pipelines of this package by name: every module in it that holds a definition."""
    package = importlib.import_module("pipelines")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    modules = (importlib.import_module(f"pipelines.{name}") for name in names if name != "cli")
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Definition))
    return {pipeline.name: pipeline for pipeline in found}
