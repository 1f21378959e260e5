"""Declarations: what a pipeline is called, when it runs, and the dataset that it fills."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kfp import dsl

from pipelines.bookkeeping import close_record, tell
from pipelines.modes import AS_OF, AppendStream, IncrementalByTime, Mode, Parameter
from pipelines.run import Run


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


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that fills no table of its own; people are told how each run ends."""

    name: str
    title: str
    schedule: Schedule | None = None

    def pipeline(self, function: Callable[..., None]) -> Definition:
        """The definition of the pipeline that `function` writes down, with its own parameters, and no others."""
        own = inspect.signature(function)

        def body(*given: Any) -> None:
            channels = dict(zip(own.parameters, given, strict=True))
            with dsl.ExitHandler(tell(self.name, channels.get(AS_OF.name, ""))):
                function(**channels)

        return Definition(_component(self.name, body, own, function.__doc__), self.title, self.schedule)


@dataclass(frozen=True)
class Source:
    """The table of the source Postgres whose rows fall into the intervals, and how its column of time may be called."""

    table: str
    times: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A table that a pipeline fills, which holds the receipts of its runs; the rows' contract; and how runs share it.

    A new `version` says that the same source makes other rows: committed intervals may then be filled anew.
    """

    name: str
    version: str
    title: str
    table: Mapping[str, Any]
    mode: Mode
    schedule: Schedule | None = None
    contract: Mapping[str, Any] | None = None
    source: Source | None = None

    @property
    def table_name(self) -> str:
        """The table's name, such as `moderation.training_data`."""
        return str(self.table["name"])

    @property
    def label_delay(self) -> timedelta:
        """How long before the instant of a run its interval ends."""
        return self.mode.label_delay if isinstance(self.mode, IncrementalByTime) else timedelta()

    @property
    def time(self) -> str:
        """The column that says which interval a row belongs to; empty where runs have no intervals."""
        if isinstance(self.mode, AppendStream):
            return self.mode.time
        return str(self.table["interval_column"]) if isinstance(self.mode, IncrementalByTime) else ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a run of every dataset of this mode can be told."""
        return (AS_OF, *self.mode.parameters)

    def pipeline(self, function: Callable[..., None]) -> Definition:
        """The definition of the pipeline that `function(run, …)` writes down.

        It has the parameters of the function behind `run`, and those that come with the dataset's mode. Every run has
        its row in `etl_runs`, and people are told how it ends.
        """
        own = list(inspect.signature(function).parameters.values())[1:]
        signature = inspect.Signature([*map(_declared, self.parameters), *own])

        def filled(*given: Any) -> None:
            channels = dict(zip(signature.parameters, given, strict=True))
            with dsl.ExitHandler(close_record(self.name, channels[AS_OF.name])):
                function(Run(self, channels), **{each.name: channels[each.name] for each in own})

        load = _component(f"{self.name}-load", filled, _without_defaults(signature))

        def body(*given: Any) -> None:
            channels = dict(zip(signature.parameters, given, strict=True))
            with dsl.ExitHandler(tell(self.name, channels[AS_OF.name])):
                load(**channels)

        component = _component(self.name, body, signature, _documented(function, self.parameters))
        return Definition(component, self.title, self.schedule, self)


def _component(name: str, body: Callable[..., None], signature: inspect.Signature, text: str | None = None) -> Any:
    """The KFP pipeline that `body` writes down, for KFP to see with that signature and docstring."""
    body.__signature__, body.__doc__ = signature, text  # type: ignore[attr-defined]
    return dsl.pipeline(name=name)(body)


def _without_defaults(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(
        parameters=[each.replace(default=inspect.Parameter.empty) for each in signature.parameters.values()]
    )


def _declared(parameter: Parameter) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(parameter.name, kind, default=parameter.default, annotation=type(parameter.default))


def _documented(function: Callable[..., None], parameters: tuple[Parameter, ...]) -> str:
    """The function's docstring with a line for each of the parameters."""
    text = inspect.getdoc(function) or ""
    heading = "" if "\n\nArgs:\n" in text else "\n\nArgs:"
    return text + heading + "".join(f"\n    {each.name}: {each.text}" for each in parameters)


def discover() -> Mapping[str, Definition]:
    """All pipelines of this package by name: every module in it that holds a definition."""
    package = importlib.import_module("pipelines")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    modules = (importlib.import_module(f"pipelines.{name}") for name in names if name != "cli")
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Definition))
    return {pipeline.name: pipeline for pipeline in found}
