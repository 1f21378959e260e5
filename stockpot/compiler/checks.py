"""What a plan reads must be there: the places where a plan could lead nowhere."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.executor import KEY, METADATA, URI
from stockpot.compiler.placeholders import (
    InputParameter,
    InputPath,
    InputUri,
    OutputFile,
    OutputPath,
    OutputUri,
    RunProperty,
    Text,
    parts_of,
)
from stockpot.compiler.values import CHANNEL, references_of, sources_of


def container_parts(container: ir.Container) -> Iterator[Any]:
    """Every part of the container's texts."""
    for argument in (*container.command, *container.arguments, *container.environment.values(), *_of_pod(container)):
        yield from parts_of(argument)


def _of_pod(container: ir.Container) -> Iterator[Text]:
    """The texts of what surrounds the container."""
    yield from (source.name for source in container.environment_from)
    yield from (volume.name for volume in container.volumes)
    yield from container.image_pull_secrets
    yield container.image_text
    placed = container.placement
    yield from (placed.any_selector, placed.any_tolerations, placed.any_affinity)
    for each in fields(container.resources):
        yield getattr(container.resources, each.name)


def scope_sources(dag: ir.Dag) -> Iterator[ir.ComponentInput | ir.TaskOutput]:
    """Every input of the scope and every output of a task that the DAG's tasks read."""
    for task in dag.tasks:
        for each in (task, task.on_exit) if task.on_exit else (task,):
            for value in (*each.parameters.values(), *each.artifacts.values()):
                yield from sources_of(value)


def asks_of_run(dag: ir.Dag, name: RunProperty) -> bool:
    """Whether any task of the DAG, however deep, reads the run's property; defaults of parameters do not count."""
    return any(name in _asked(task) for _, task in ir.walk(dag))


def _asked(task: ir.Task) -> set[RunProperty]:
    references = (each for value in task.parameters.values() for each in references_of(value))
    asked = {each.property for each in references if isinstance(each, ir.RunValue)}
    if isinstance(task.component.body, ir.Container):
        asked |= {part for part in container_parts(task.component.body) if isinstance(part, RunProperty)}
    return asked


def check_declared(given: Mapping[str, Any], declared: Mapping[str, Any], location: Location) -> None:
    """Make sure that every input of the scope that is read is there."""
    for name, value in given.items():
        for source in sources_of(value):
            if not isinstance(source, ir.ComponentInput) or source.name in declared:
                continue
            if source.name.startswith(CHANNEL):
                location.unsupported(
                    f"'{source.name.removeprefix(CHANNEL)}', which the KFP compiler left out of the groups around it,",
                    "put the inner group into a @dsl.pipeline that takes it as a parameter",
                )
            location.broken(f"its input '{name}' reads '{source.name}', which is no input of the pipeline around it")


def check_outputs(dag: ir.Dag, location: Location) -> None:
    """Make sure that every output that is read is there."""
    known = {task.name: task.component for task in dag.tasks}
    outputs = (*dag.output_parameters.values(), *dag.output_artifacts.values())
    for source in (*scope_sources(dag), *(source for output in outputs for source in output.sources)):
        if isinstance(source, ir.TaskOutput):
            component = known.get(source.task) or location.broken(f"there is no task {source.task}")
            if source.output not in {**component.output_parameters, **component.output_artifacts}:
                location.broken(f"task {source.task} has no output '{source.output}'")


def check_container(component: ir.Component, location: Location) -> None:
    """Make sure that the texts name only inputs and outputs of the component, and none of these ends as ours do."""
    if isinstance(component.body, ir.Dag):
        return
    inputs = component.parameters.keys() | component.artifacts.keys()
    outputs = component.output_parameters.keys() | component.output_artifacts.keys()
    for name in sorted({*inputs, *outputs}):
        if name.endswith((METADATA, KEY, URI)):
            location.broken(f"'{name}' ends as what is told of an artifact does", "give it another name")
    for part in container_parts(component.body):
        if isinstance(part, InputParameter | InputPath) and part.name not in inputs:
            location.broken(f"its container reads '{part.name}', which is none of its inputs")
        if isinstance(part, OutputPath | OutputFile) and part.name not in outputs:
            location.broken(f"its container writes '{part.name}', which is none of its outputs")
        reads, makes = isinstance(part, InputUri), isinstance(part, OutputUri)
        artifacts = component.artifacts if reads else component.output_artifacts
        if (reads or makes) and part.name not in artifacts:
            location.broken(f"its container asks where '{part.name}' lies, which is none of its artifacts")
