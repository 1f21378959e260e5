"""A forecast: for each task, whether a run would carry it out, and why."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from components.shell.counts import counted
from stockpot.compiler import ir
from stockpot.compiler.conditions import evaluate
from stockpot.compiler.placeholders import Json
from stockpot.compiler.policies import works_on_claims
from stockpot.local.cache import NOT_ASKED, Cache, Parts, fixed_parts, is_pure, with_inputs
from stockpot.local.closure import UncacheableError
from stockpot.local.due import Due, due
from stockpot.local.names import Position, short_names
from stockpot.local.outcomes import succeeded
from stockpot.local.parameter_images import with_image
from stockpot.local.parameters import start, utc_now
from stockpot.local.project import Project
from stockpot.local.since import Since, since
from stockpot.local.values import (
    NOTHING,
    Inputs,
    NotYetError,
    Outputs,
    RunFacts,
    Scope,
    Unknown,
    input_of,
    inputs_of,
    loop_items,
)

_IMPURE = "not pure: it reads or changes the outside"


@dataclass(frozen=True)
class PlannedTask:
    """What a run would do with a task: `run`, `cached`, `depends` (on what a task before it gives) or `skip`.

    `due` is what a task that begins a run would find to be done.
    """

    id: str
    action: str
    reason: str
    due: Due | None = None


@dataclass(frozen=True)
class Planned:
    """What a run would do: its instant, what has changed since the last one (None: there is none), and its tasks."""

    as_of: datetime
    since: Since | None
    tasks: tuple[PlannedTask, ...]

    @property
    def due(self) -> Due | None:
        """What the run would find to be done; None where it has no such life-cycle."""
        return next((task.due for task in self.tasks if task.due), None)


@dataclass(frozen=True)
class _Forecast:
    """What the forecast of every task needs."""

    pipeline: str
    project: Project
    cache: Cache
    facts: RunFacts
    last_end: str
    settings: Mapping[str, str]


def plan_pipeline(
    pipeline: ir.Pipeline,
    given: Mapping[str, Json],
    *,
    home: Path,
    reference: str = "",
    as_of: str | None = None,
    project: Project | None = None,
    cached: bool = True,
) -> Planned:
    """What a run with these parameters would do, task by task, in the order of the plan. Nothing is started.

    A run that is not `cached` asks the cache for nothing.

    Raises:
        ConfigurationError: parameters, images or `as_of` are wrong, or a task lacks a value, as for a run.
    """
    started = start(pipeline, given, as_of, f"{pipeline.name}-planned", utc_now())
    cache = Cache(home.resolve() / "cache", asked=cached)
    project = project or Project.of(home, reference)
    before = since(pipeline, started, home, project)
    last_end = before.filled_until if before else ""
    forecast = _Forecast(pipeline.name, project, cache, started.facts, last_end, os.environ)
    scope = Scope(started.facts, started.parameters, {})
    tasks = tuple(_dag(forecast, pipeline.dag, scope, Position(short_names(pipeline.dag))))
    return Planned(started.facts.as_of, before, tasks)


def _dag(forecast: _Forecast, dag: ir.Dag, scope: Scope, position: Position) -> Iterator[PlannedTask]:
    for task in dag.tasks:
        yield from _task(forecast, task, scope, position)
        scope.results.setdefault(task.name, _unknown(task))
        if task.on_exit:
            leaving = replace(position, exits=True)
            yield PlannedTask(leaving.id(task.on_exit), "run", f"exit handler, runs however {task.name} ends")


def _unknown(task: ir.Task) -> Outputs:
    component, unknown = task.component, Unknown(task.name)
    return Outputs(
        dict.fromkeys(component.output_parameters, unknown),
        dict.fromkeys(component.output_artifacts, unknown),  # type: ignore[arg-type]  # it stands for any value
    )


def _task(forecast: _Forecast, task: ir.Task, scope: Scope, position: Position) -> Iterator[PlannedTask]:
    inputs, missing = _inputs(task, scope)
    task_id = position.id(task)
    if task.condition:
        try:
            holds = evaluate(task.condition, lambda name: _needed(inputs.parameters[name]))
        except NotYetError as error:
            yield PlannedTask(task_id, "depends", f"its condition depends on {error}")
            return
        if not holds:
            scope.results[task.name] = Outputs()
            yield PlannedTask(task_id, "skip", "its condition does not hold")
            return
    if task.loop:
        yield PlannedTask(task_id, *_loop(task, task.loop, inputs))
    elif isinstance(task.component.body, ir.Dag):
        inner = Scope(scope.run, inputs.parameters, inputs.artifacts)
        yield from _dag(forecast, task.component.body, inner, position.inside(task))
    else:
        candidate = _Candidate(task_id, task, task.component.body, inputs, missing)
        try:
            yield PlannedTask(task_id, *_container(forecast, candidate, scope))
        except UncacheableError as why:
            yield PlannedTask(task_id, "run", f"not cached: {why}")


def _needed(value: Json) -> Json:
    if isinstance(value, Unknown):
        raise NotYetError(value.task)
    return value


def _loop(task: ir.Task, loop: ir.Loop, inputs: Inputs) -> tuple[str, str]:
    given = {**inputs.parameters, **inputs.artifacts}.get(loop.items) if isinstance(loop.items, str) else None
    if isinstance(given, Unknown):
        return "depends", f"once per item of what {given.task} gives"
    count = len(loop_items(loop, inputs, task.name))
    return "run", f"once for each of {counted(count, 'item')}"


def _inputs(task: ir.Task, scope: Scope) -> tuple[Inputs, tuple[str, ...]]:
    """The inputs as far as they are known, unknown ones marked, and the tasks that give those.

    Raises:
        ConfigurationError: a needed value is missing, or is not of the parameter's type, as for a run.
    """
    parameters: dict[str, Json] = {}
    artifacts: dict[str, Path] = {}
    missing = []
    for name in (*task.parameters, *task.artifacts):
        target: dict[str, Json] = artifacts if name in task.artifacts else parameters
        try:
            value = input_of(task, name, scope)
        except NotYetError as error:
            value = Unknown(str(error))
            missing.append(str(error))
        if value is not NOTHING:
            target[name] = value
    return Inputs(parameters, artifacts), tuple(dict.fromkeys(missing))


@dataclass(frozen=True)
class _Candidate:
    """A container task with its inputs as far as they are known, and the tasks that give the rest."""

    id: str
    task: ir.Task
    container: ir.Container
    inputs: Inputs
    missing: tuple[str, ...]


def _without_image(each: _Candidate) -> tuple[str, str] | None:
    """What is said of a task that has no image, or none yet."""
    if works_on_claims(each.container):
        return "run", "it makes or deletes a claim"
    image_inputs = [each.inputs.parameters.get(name) for name in each.container.image_text.inputs]
    unknown = [value.task for value in image_inputs if isinstance(value, Unknown)]
    return ("depends", f"its image is what {' and '.join(unknown)} says") if unknown else None


def _container(forecast: _Forecast, each: _Candidate, scope: Scope) -> tuple[str, str] | tuple[str, str, Due]:
    if outcome := _without_image(each):
        return outcome
    each = replace(each, container=with_image(each.container, each.inputs, each.id))
    step = forecast.project.named(each.container.image)
    if not is_pure(each.task, each.container):
        # A second table's run begins at the instant that the first one's does, which is not known before it has.
        interval = None if each.missing else due(each.container, each.inputs.parameters, forecast.last_end)
        return ("run", interval.words, interval) if interval else ("run", _IMPURE)
    if forecast.cache.asked:
        return _pure(forecast, each, scope, step)
    # What could not be cached anyway says why.
    _known(forecast, each)
    return "run", NOT_ASKED


def _pure(forecast: _Forecast, each: _Candidate, scope: Scope, step: str) -> tuple[str, str]:
    """Whether the step's result comes from the cache; it is there for the steps after it then."""
    before = forecast.cache.latest(f"{forecast.pipeline}.{each.id}")
    if each.missing:
        return _with_unknown(forecast, each, before, step)
    inputs = inputs_of(each.task, scope)
    parts = with_inputs(_parts(forecast, each, inputs), inputs)
    if not forecast.cache.has(parts.key):
        changed = "; ".join(parts.differences(before, step)) if before else "first time"
        return "run", changed or "its result is no longer in the cache"
    outputs = forecast.cache.outputs(parts.key)
    known = succeeded(each.task.component, outputs.parent, outputs.parent)
    paths = {name: outputs / name for name in each.task.component.output_artifacts}
    scope.results[each.task.name] = Outputs(known["parameters"], paths)
    return "cached", "nothing it depends on changed"


def _with_unknown(forecast: _Forecast, each: _Candidate, before: Parts | None, step: str) -> tuple[str, str]:
    """What is known though a task before has not run: lock and code may have changed."""
    fixed = _known(forecast, each)
    if before is None:
        return "run", "first time"
    differences = replace(fixed, parameters=before.parameters).differences(before, step)
    if differences:
        return "run", "; ".join(differences)
    verb = "give" if len(each.missing) > 1 else "gives"
    return "depends", f"runs unless {' and '.join(each.missing)} {verb} the same as before"


def _known(forecast: _Forecast, each: _Candidate) -> Parts:
    """What the step's result depends on, as far as that is known before the tasks before it have run.

    Raises:
        UncacheableError: the result cannot be cached.
    """
    known = {name: "" if isinstance(value, Unknown) else value for name, value in each.inputs.parameters.items()}
    paths = {name: Path(name) for name in each.inputs.artifacts}
    return _parts(forecast, each, Inputs(known, paths))


def _parts(forecast: _Forecast, each: _Candidate, inputs: Inputs) -> Parts:
    arguments = (each.task, each.container, inputs, forecast.facts)
    return fixed_parts(forecast.project, *arguments, settings=forecast.settings)
