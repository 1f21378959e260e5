"""Addresses of artifacts on Argo, for steps that ask for them (`.uri`): where they lie in Argo's store, as parameters.

Only a pod knows under which key its artifact is kept. So the pod that makes one of which the address is asked for hands
it out beside the artifact, and from there on it is a parameter like any other. What a program tells as the address of
its artifact goes before the key. What loops gather needs none of this: their pods are told keys already.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from stockpot.compiler import ir
from stockpot.compiler.checks import container_parts
from stockpot.compiler.executor import KEY, METADATA, URI
from stockpot.compiler.keys import handing_out
from stockpot.compiler.lightweight import is_lightweight
from stockpot.compiler.placeholders import InputUri, OutputUri

_IN_PROGRAM = re.compile(r"\.uri\b")


def asks_for_uris(container: ir.Container) -> bool:
    """Whether the container's words ask for the address of an artifact, or its Python may do so."""
    parts = list(container_parts(container))
    if any(isinstance(part, InputUri | OutputUri) for part in parts):
        return True
    return is_lightweight(container) and any(type(part) is str and _IN_PROGRAM.search(part) for part in parts)


def with_uris(pipeline: ir.Pipeline) -> ir.Pipeline:
    """The plan in which steps are given the addresses that they ask for."""
    root, _ = _component(pipeline.root)
    return replace(pipeline, root=root)


def _component(component: ir.Component) -> tuple[ir.Component, set[str]]:
    """The component, and the names of its input artifacts whose addresses it has to be given."""
    if isinstance(component.body, ir.Container):
        asked = set(_asked(component, component.body))
    else:
        component, asked = _dag(component, component.body)
    addresses = {name + URI: ir.Parameter(name + URI, "STRING") for name in sorted(asked)}
    return replace(component, parameters={**component.parameters, **addresses}), asked


def _asked(component: ir.Component, container: ir.Container) -> Iterator[str]:
    if not asks_for_uris(container):
        return
    if is_lightweight(container):
        names = {name for name in component.artifacts if not name.endswith(METADATA)}
    else:
        names = {part.name for part in container_parts(container) if isinstance(part, InputUri)}
    yield from (name for name in names if name + KEY not in component.parameters)


def _dag(component: ir.Component, dag: ir.Dag) -> tuple[ir.Component, set[str]]:
    tasks: dict[str, ir.Task] = {}
    asked: set[str] = set()
    made: dict[str, set[str]] = {}
    for task in dag.tasks:
        tasks[task.name], sources = _task(task)
        for source in sources:
            if isinstance(source, ir.ComponentInput):
                asked.add(source.name)
            else:
                made.setdefault(source.task, set()).add(source.output)
    for name, outputs in made.items():
        tasks[name] = replace(tasks[name], component=handing_out(tasks[name].component, sorted(outputs), URI))
    return replace(component, body=replace(dag, tasks=tuple(tasks.values()))), asked


def _task(task: ir.Task) -> tuple[ir.Task, list[ir.ArtifactSource]]:
    """The task with the addresses that it needs, and whose they are."""
    component, asked = _component(task.component)
    sources = {name: source for name, source in task.artifacts.items() if name in asked}
    addresses = {name + URI: _of(source) for name, source in sources.items()}
    whole, needed = (
        replace(task, component=component, parameters={**task.parameters, **addresses}),
        list(sources.values()),
    )
    if task.on_exit:
        on_exit, more = _task(task.on_exit)
        whole, needed = replace(whole, on_exit=on_exit), [*needed, *more]
    return whole, needed


def _of(source: ir.ArtifactSource) -> ir.Value:
    """Where the address of an artifact comes from."""
    if isinstance(source, ir.ComponentInput):
        return ir.ComponentInput(source.name + URI)
    return ir.TaskOutput(source.task, source.output + URI)
