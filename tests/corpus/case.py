"""A case of the corpus: a small pipeline beside what each of its steps hands out, whichever engine runs it."""

import importlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kfp import dsl

from stockpot.compiler.definitions import Plan, from_component

HERE = Path(__file__).parent
FILES = sorted(path.stem for path in HERE.glob("cases_*.py"))
Said = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `succeeded` or `failed`, and what was said by the steps that ended well."""

    state: str
    said: Said


@dataclass(frozen=True)
class Case:
    """A pipeline and what is expected of it.

    `outputs` has, by the names of tasks, what each run of that task hands out: the value of its one output, an object
    where it has several, None where it has none; a task in a loop has one entry for each iteration, in no order. Tasks
    that do not end well are not in it. `tries` says how often such tasks are started.

    `state` is `succeeded`, `failed`, or `refused` where there is no plan.

    `kfp_local` and `not_on_argo` say why that engine does not run it: the rule, and where it is said. `refused` is part
    of the line by which compiling to Argo refuses it, `not_on_kfp` of the one for KFP. `alone` is set where the
    pipeline means something else as a part of another one. `environment` is this machine's, where variables come from
    that.
    """

    name: str
    function: Callable[..., Any]
    outputs: Said
    given: Mapping[str, Any]
    state: str = "succeeded"
    tries: Mapping[str, int] = field(default_factory=dict)
    kfp_local: str = ""
    refused: str = ""
    not_on_argo: str = ""
    not_on_kfp: str = ""
    alone: bool = False
    config: dsl.PipelineConfig | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def pipeline(self) -> Any:
        """The pipeline as KFP has it."""
        return dsl.pipeline(name=self.name, pipeline_config=self.config)(self.function)

    @cached_property
    def plan(self) -> Plan:
        """Its plan."""
        return from_component(self.pipeline)

    @property
    def expected(self) -> Outcome:
        """What every engine has to say."""
        return Outcome(self.state, in_order((task, value) for task, values in self.outputs.items() for value in values))


def case(outputs: Said, *, given: Mapping[str, Any] | None = None, **more: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a case of a pipeline's function. KFP traces it when it is asked for, so importing a file costs little."""

    def made(function: Callable[..., Any]) -> Case:
        return Case(function.__name__.strip("_").replace("_", "-"), function, outputs, given or {}, **more)

    return made


def cases_of(file: str) -> list[Case]:
    """The cases of a file, in its order."""
    module = importlib.import_module(f"tests.corpus.{file}")
    return [value for value in vars(module).values() if isinstance(value, Case)]


def all_cases() -> dict[str, Case]:
    """All cases by file and name."""
    return {f"{file}:{each.name}": each for file in FILES for each in cases_of(file)}


def in_order(said: Iterable[tuple[str, Any]]) -> Said:
    """What tasks have said, by their names; several runs of one task in an order of their own."""
    found: dict[str, list[Any]] = defaultdict(list)
    for task, value in said:
        found[task].append(value)
    return {task: sorted(values, key=lambda value: json.dumps(value, sort_keys=True)) for task, values in found.items()}


def of_outputs(values: Mapping[str, Any]) -> Any:
    """What a run of a task says: its one output, an object of several, None where there is none."""
    return next(iter(values.values())) if len(values) == 1 else dict(values) or None
