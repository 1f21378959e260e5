"""Metadata of artifacts as artifacts of their own, for an engine that hands over files and nothing beside them.

A lightweight component tells of its output artifacts and asks after its input artifacts. So each of them gets a second
one, through all pipelines, groups and choices between the two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stockpot.compiler import ir
from stockpot.compiler.checks import scope_sources
from stockpot.compiler.errors import Location
from stockpot.compiler.executor import METADATA
from stockpot.compiler.lightweight import is_lightweight

_SCHEMA = "system.Artifact"


def with_metadata(pipeline: ir.Pipeline) -> ir.Pipeline:
    """The plan in which metadata travel beside the artifacts that have any.

    Raises:
        UnsupportedError: of artifacts between which conditions choose, some have metadata and others not.
    """
    return replace(pipeline, root=_component(pipeline.root, frozenset(), Location(pipeline.name)))


def _component(component: ir.Component, given: frozenset[str], location: Location) -> ir.Component:
    """The component; of its input artifacts those `given` have metadata."""
    body, described = component.body, frozenset(component.output_artifacts)
    if isinstance(body, ir.Dag):
        body = _dag(body, given, location)
        described = frozenset(name for name in described if name + METADATA in body.output_artifacts)
        read = {source.name for source in scope_sources(body) if isinstance(source, ir.ComponentInput)}
        given = frozenset(name for name in given if name + METADATA in read)
    elif not is_lightweight(body):
        return component
    return replace(
        component,
        body=body,
        artifacts={**component.artifacts, **_beside(given)},
        output_artifacts={**component.output_artifacts, **_beside(described)},
    )


def _beside(names: Iterable[str]) -> dict[str, ir.Artifact]:
    return {name + METADATA: ir.Artifact(name + METADATA, _SCHEMA) for name in sorted(names)}


def _dag(dag: ir.Dag, given: frozenset[str], location: Location) -> ir.Dag:
    done: dict[str, ir.Task] = {}
    for task in dag.tasks:
        done[task.name] = _task(task, given, done, location.at(task.name))
    outputs = dict(dag.output_artifacts)
    for name, output in dag.output_artifacts.items():
        have = [source for source in output.sources if _has(source, given, done)]
        if len(have) == len(output.sources):
            outputs[name + METADATA] = ir.Output(name + METADATA, tuple(map(_of_task, have)))
        elif have:
            location.unsupported(
                f"dsl.OneOf of artifacts with and without metadata ('{name}')", "make all of them by Python components"
            )
    return replace(dag, tasks=tuple(done.values()), output_artifacts=outputs)


def _task(task: ir.Task, given: frozenset[str], done: Mapping[str, ir.Task], location: Location) -> ir.Task:
    sources = {name: source for name, source in task.artifacts.items() if _has(source, given, done)}
    component = _component(task.component, frozenset(sources), location)
    beside = {
        name + METADATA: _of(source) for name, source in sources.items() if name + METADATA in component.artifacts
    }
    whole = replace(task, component=component, artifacts={**task.artifacts, **beside})
    if task.on_exit is None:
        return whole
    return replace(whole, on_exit=_task(task.on_exit, given, {**done, task.name: whole}, location))


def _has(source: ir.ArtifactSource, given: frozenset[str], done: Mapping[str, ir.Task]) -> bool:
    """Whether there are metadata of an artifact."""
    if isinstance(source, ir.ComponentInput):
        return source.name in given
    maker = done[source.task]
    return maker.loop is None and source.output + METADATA in maker.component.output_artifacts


def _of(source: ir.ArtifactSource) -> ir.ArtifactSource:
    """Where the metadata of an artifact come from."""
    return ir.ComponentInput(source.name + METADATA) if isinstance(source, ir.ComponentInput) else _of_task(source)


def _of_task(source: ir.TaskOutput) -> ir.TaskOutput:
    return ir.TaskOutput(source.task, source.output + METADATA)
