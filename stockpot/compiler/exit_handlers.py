"""Exit handlers that guard a whole pipeline, taken out of the nesting in which KFP has to write them.

KFP allows one exit handler per pipeline function, so two of them nest: the outer pipeline is nothing but a handler
around the inner one. An engine with an exit hook for the run can run the exit task of a handler that is the whole of
its scope there, where the run's own failure cannot keep it from starting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.placeholders import Json, RunProperty, Text, text_of

# Stands for an optional input that was given nothing.
_ABSENT = ir.ComponentInput("")


@dataclass(frozen=True)
class Unwrapped:
    """The tasks of a pipeline and its exit tasks, inner first, all in terms of the run's parameters."""

    tasks: tuple[ir.Task, ...]
    exits: tuple[ir.Task, ...]
    output_parameters: Mapping[str, ir.Output]
    output_artifacts: Mapping[str, ir.Output]


def unwrap(pipeline: ir.Pipeline) -> Unwrapped:
    """The pipeline without the handlers that guard the whole of it; those that guard a part stay with their tasks."""
    return _unwrap(pipeline.dag, Location(pipeline.name)) or Unwrapped(
        pipeline.dag.tasks, (), pipeline.dag.output_parameters, pipeline.dag.output_artifacts
    )


def _unwrap(dag: ir.Dag, location: Location) -> Unwrapped | None:
    """The DAG without its handlers, or None where none guards the whole of it."""
    if len(dag.tasks) != 1:
        return None
    task = dag.tasks[0]
    body = task.component.body
    if not isinstance(body, ir.Dag) or task.condition or task.loop:
        return None
    given = dict(bound(task).parameters)
    inner = _unwrap(body, location.at(task.name))
    if inner is None and task.on_exit is None:
        return None
    if dag.output_parameters or dag.output_artifacts:
        location.at(task.name).unsupported(
            "an output of a pipeline that is guarded by an exit handler", "write it to a store"
        )
    inner = inner or Unwrapped(body.tasks, (), {}, {})
    return Unwrapped(
        tasks=tuple(moved(each, given, task.artifacts) for each in inner.tasks),
        exits=(
            *(moved(each, given, task.artifacts) for each in inner.exits),
            *((task.on_exit,) if task.on_exit else ()),
        ),
        output_parameters={},
        output_artifacts={},
    )


def bound(task: ir.Task) -> ir.Task:
    """The task with its own name put in where its inputs ask for it."""
    return replace(task, parameters={name: _filled(value, None, task.name) for name, value in task.parameters.items()})


def moved(task: ir.Task, given: Mapping[str, ir.Value], artifacts: Mapping[str, ir.ArtifactSource]) -> ir.Task:
    """The task with the inputs of its scope replaced by what the scope was given.

    An input that is left with nothing has its own default, as in a scope that stays; without one it is absent.
    """
    values = {name: _filled(value, given, task.name) for name, value in task.parameters.items()}
    known = {name: default_of(task, name) if value == _ABSENT else value for name, value in values.items()}
    sources = {
        name: artifacts.get(source.name, source) if isinstance(source, ir.ComponentInput) else source
        for name, source in task.artifacts.items()
    }
    return replace(
        task, parameters={name: value for name, value in known.items() if value is not None}, artifacts=sources
    )


def default_of(task: ir.Task, name: str) -> ir.Value | None:
    """What the task's input has where it is given nothing; None where that is nothing too."""
    parameter = task.component.parameters.get(name)
    return parameter.default if parameter else None


def _filled(value: ir.Value, given: Mapping[str, ir.Value] | None, task: str) -> ir.Value:
    if value == ir.RunValue(RunProperty.TASK_NAME):
        return ir.Constant(task)
    if isinstance(value, ir.ComponentInput) and given is not None:
        return _entry(given.get(value.name, _ABSENT), value.key)
    return ir.Template(_filled_json(value.value, given, task)) if isinstance(value, ir.Template) else value


def _filled_json(value: Json, given: Mapping[str, ir.Value] | None, task: str) -> Json:
    if isinstance(value, Text):
        parts = (part if type(part) is str else _filled(part, given, task) for part in value.parts)
        return Text(tuple(piece for part in parts for piece in _pieces(part)))
    if isinstance(value, list):
        return [_filled_json(item, given, task) for item in value]
    if isinstance(value, dict):
        return {key: _filled_json(item, given, task) for key, item in value.items()}
    return value


def _pieces(part: object) -> tuple[object, ...]:
    if isinstance(part, ir.Constant):
        return (text_of(part.value),)
    if isinstance(part, ir.Template) and isinstance(part.value, Text):
        return part.value.parts
    return () if part == _ABSENT else (part,)


def _entry(value: ir.Value, key: str | None) -> ir.Value:
    if key is None or value == _ABSENT:
        return value
    if isinstance(value, ir.Constant):
        return ir.Constant(value.value[key])
    if isinstance(value, ir.ComponentInput | ir.TaskOutput) and value.key is None:
        return replace(value, key=key)
    return Location("").unsupported(f"the entry '{key}' of a composed struct")
