"""Lists of artifacts on Argo, which gathers no artifacts from a loop: the keys under which they lie, as parameters.

A pod in a loop hands out, beside an artifact that is gathered, where in Argo's store it puts it. From there on the key
is a parameter like any other: loops gather it, conditions leave it out, pipelines hand it on, and a loop over artifacts
is one over their keys. The pod that reads a list, or an artifact out of one, is told the keys and fetches what they
name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stockpot.compiler import ir
from stockpot.compiler.executor import KEY, METADATA

_ONE, _MANY = "STRING", "LIST"


def with_keys(pipeline: ir.Pipeline) -> ir.Pipeline:
    """The plan in which what loops gather of artifacts are their keys."""
    return replace(pipeline, root=_component(pipeline.root, {}))


def _component(component: ir.Component, given: Mapping[str, str]) -> ir.Component:
    """The component; of its input artifacts it is `given` the keys: of one, or of many."""
    keys = {name + KEY: ir.Parameter(name + KEY, kind) for name, kind in given.items()}
    component = replace(component, parameters={**component.parameters, **keys})
    if isinstance(component.body, ir.Container):
        return component
    tasks: dict[str, ir.Task] = {}
    for task in component.body.tasks:
        tasks[task.name] = _task(task, given, tasks)
    component = replace(
        component,
        body=replace(component.body, tasks=tuple(tasks.values())),
        artifacts={name: each for name, each in component.artifacts.items() if name not in given},
    )
    outputs = component.body.output_artifacts if isinstance(component.body, ir.Dag) else {}
    listed = [name for name, output in outputs.items() if any(_kind(each, {}, tasks) for each in output.sources)]
    return _without(handing_out(component, listed, KEY), listed)


def _task(task: ir.Task, given: Mapping[str, str], done: Mapping[str, ir.Task]) -> ir.Task:
    sources = {name: (source, _kind(source, given, done)) for name, source in task.artifacts.items()}
    keyed = {name: (source, kind) for name, (source, kind) in sources.items() if kind}
    loop, handed = task.loop, {name: kind for name, (_, kind) in keyed.items() if name in task.component.artifacts}
    if loop and loop.of_artifacts:
        handed[loop.item] = _ONE
        loop = replace(loop, items=f"{loop.items}{KEY}", item=loop.item + KEY, of_artifacts=False)
    component = _component(task.component, handed)
    if loop:
        names = [name for name in component.output_artifacts if not name.endswith(METADATA)]
        component = _without(handing_out(component, names, KEY), component.output_artifacts)
    whole = replace(
        task,
        component=component,
        loop=loop,
        parameters={**task.parameters, **{name + KEY: _of(source) for name, (source, _) in keyed.items()}},
        artifacts={name: source for name, source in task.artifacts.items() if name not in keyed},
    )
    if task.on_exit is None:
        return whole
    return replace(whole, on_exit=_task(task.on_exit, given, {**done, task.name: whole}))


def _kind(source: ir.ArtifactSource, given: Mapping[str, str], done: Mapping[str, ir.Task]) -> str:
    """Whether the key of one artifact or those of many stand for a source; empty where it is an artifact itself."""
    if isinstance(source, ir.ComponentInput):
        return given.get(source.name, "")
    return "" if source.output in done[source.task].component.output_artifacts else _MANY


def _of(source: ir.ArtifactSource) -> ir.Value:
    """Where the keys of an artifact come from."""
    if isinstance(source, ir.ComponentInput):
        return ir.ComponentInput(source.name + KEY)
    return ir.TaskOutput(source.task, source.output + KEY)


def handing_out(component: ir.Component, names: Iterable[str], what: str) -> ir.Component:
    """The component that hands out `what` (`KEY` or `URI`) of these output artifacts as parameters.

    So do the tasks within that make them.
    """
    for name in names:
        if name + what not in component.output_parameters:
            body = component.body
            if isinstance(body, ir.Dag):
                body = _making(body, name, what)
            outputs = {**component.output_parameters, name + what: _ONE}
            component = replace(component, body=body, output_parameters=outputs)
    return component


def _making(dag: ir.Dag, name: str, what: str) -> ir.Dag:
    sources = dag.output_artifacts[name].sources
    made: dict[str, list[str]] = {}
    for source in sources:
        made.setdefault(source.task, []).append(source.output)
    tasks = (
        replace(task, component=handing_out(task.component, made[task.name], what)) if task.name in made else task
        for task in dag.tasks
    )
    output = ir.Output(name + what, tuple(ir.TaskOutput(each.task, each.output + what) for each in sources))
    return replace(dag, tasks=tuple(tasks), output_parameters={**dag.output_parameters, name + what: output})


def _without(component: ir.Component, names: Iterable[str]) -> ir.Component:
    """The component that hands out no artifacts of these names."""
    gone = set(names)
    body = component.body
    if isinstance(body, ir.Dag):
        body = replace(body, output_artifacts={key: o for key, o in body.output_artifacts.items() if key not in gone})
    left = {name: each for name, each in component.output_artifacts.items() if name not in gone}
    return replace(component, body=body, output_artifacts=left)
