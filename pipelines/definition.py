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


def modules() -> list[str]:
    """The names of this package's modules, any of which may hold a pipeline."""
    package = importlib.import_module("pipelines")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def defined(module: str) -> Definition | None:
    """The pipeline of a module of this package, the one definition in it; nothing where it has none."""
    values = [] if module == "cli" else vars(importlib.import_module(f"pipelines.{module}")).values()
    return next((value for value in values if isinstance(value, Definition)), None)


def find(name: str) -> Definition | None:
    """The pipeline of that name, which stands in the module called alike; no other pipeline is imported."""
    module = name.replace("-", "_")
    found = defined(module) if module in modules() else None
    return found if found and found.name == name else None


def discover() -> Mapping[str, Definition]:
    """All pipelines of this package by name: every module in it that has one."""
    return {found.name: found for found in map(defined, modules()) if found}
