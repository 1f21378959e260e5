"""Reading KFP's `PipelineSpec` into the plan of `ir.py`; whatever is not understood is refused by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from stockpot.compiler import ir, names
from stockpot.compiler.addressed import with_addresses
from stockpot.compiler.checks import check_container, check_declared, check_outputs, container_parts, scope_sources
from stockpot.compiler.conditions import references
from stockpot.compiler.containers import read_container
from stockpot.compiler.errors import Location, PlanError
from stockpot.compiler.fields import Fields, opened
from stockpot.compiler.placeholders import WORKSPACE, InputParameter
from stockpot.compiler.pods import PLATFORM, read_limits, read_workspace, refuse_twice, with_inputs
from stockpot.compiler.policies import guarded_task, read_caching, read_condition, read_loop, read_retry
from stockpot.compiler.values import (
    artifact_source,
    default_value,
    direct,
    parameter_value,
    sources_of,
    with_placeholders,
)

_KINDS = ("STRING", "NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT", "TASK_FINAL_STATUS")
_MOST_TASKS = 10_000


def read_plan(documents: Iterable[Mapping[str, Any]]) -> ir.Pipeline:
    """The plan in the documents of an IR file: a PipelineSpec and, where there is one, its platform document.

    Raises:
        UnsupportedError: the plan holds something that is not supported, which is named with its pipeline and task.
        PlanError: the documents are no PipelineSpec, or names in it lead nowhere.
    """
    present = [document for document in documents if document]
    specs = [document for document in present if "root" in document]
    if len(specs) != 1:
        raise PlanError(
            "this is no compiled KFP pipeline",
            "give a file that `kfp dsl compile` or `stockpot compile --target kfp` wrote",
        )
    try:
        return _plan(specs[0], [document for document in present if document is not specs[0]])
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise PlanError(f"this is no sound PipelineSpec: {type(error).__name__}: {error}") from error


def _plan(document: Mapping[str, Any], platform_documents: Sequence[Mapping[str, Any]]) -> ir.Pipeline:
    location = Location(str(document.get("pipelineInfo", {}).get("name", "")))
    names.refuse_odd_pipeline(location)
    platform = _platform(platform_documents, location)
    with opened(document, "PipelineSpec", location) as spec:
        for ignored in ("schemaVersion", "sdkVersion", "defaultPipelineRoot"):
            spec.take(ignored)
        with opened(spec.take("pipelineInfo"), "pipelineInfo", location) as info:
            info.take("name")
            info.take("displayName")
            description = str(info.take("description", ""))
        reader = _Reader(spec.take("components") or {}, _executors(spec.inner("deploymentSpec")), platform)
        root = reader.component("", spec.take_needed("root"), location, ())
    if not isinstance(root.body, ir.Dag):
        location.broken("the root is no DAG")
    return with_addresses(ir.Pipeline(location.pipeline, description, root, platform.limits, platform.workspace))


def _executors(deployment: Fields) -> Mapping[str, Any]:
    executors = deployment.take("executors") or {}
    deployment.close()
    return dict(executors)


@dataclass(frozen=True)
class _Platform:
    """What the platform documents say of the executors, and of the whole run."""

    executors: Mapping[str, Any] = field(default_factory=dict)
    limits: ir.Limits = field(default_factory=ir.Limits)
    workspace: Mapping[str, Any] = field(default_factory=dict)


def _platform(documents: Sequence[Mapping[str, Any]], location: Location) -> _Platform:
    platform = _Platform()
    for document in documents:
        with opened(document, "PlatformSpec", location) as fields:
            platforms = fields.inner("platforms")
            kubernetes = platforms.inner("kubernetes")
            executors, config = _executors(kubernetes.inner("deploymentSpec")), kubernetes.inner("pipelineConfig")
            workspace = read_workspace(config)
            platform = _Platform({**platform.executors, **executors}, read_limits(config), workspace)
            kubernetes.close()
            platforms.close()
    return platform


class _Reader:
    """Reads components; holds what they refer to by name."""

    def __init__(self, components: Mapping[str, Any], executors: Mapping[str, Any], platform: _Platform) -> None:
        self.components, self.executors = components, executors
        self.platforms = {label: with_inputs(entry) for label, entry in platform.executors.items()}
        self.shared = (ir.Volume("workspace", WORKSPACE),) if platform.workspace else ()
        self._tasks = 0

    def component(self, name: str, data: Any, location: Location, within: tuple[str, ...]) -> ir.Component:
        """The component; `within` names those it stands in, for no component may contain itself."""
        if name in within:
            location.unsupported(f"recursion (the component {name} in itself)")
        with opened(data, "component", location) as fields:
            parameters, artifacts = _inputs(fields.inner("inputDefinitions"))
            output_parameters, output_artifacts = _outputs(fields.inner("outputDefinitions"))
            if "dag" not in fields.left:
                body = self._container(fields.take_needed("executorLabel"), location)
                return ir.Component(name, body, parameters, artifacts, output_parameters, output_artifacts)
            scope = _Scope(parameters, artifacts, (*within, name))
            with opened(fields.take("dag"), "dag", location) as dag:
                return ir.Component(
                    name, self._dag(dag, scope), parameters, artifacts, output_parameters, output_artifacts
                )

    def _container(self, label: str, location: Location) -> ir.Container:
        if label not in self.executors:
            location.broken(f"there is no executor {label}")
        executor = Fields(self.executors[label], "executor", location)
        container = read_container(executor, Fields(self._platform_of(label)[0], "kubernetes", location))
        volumes = (*container.volumes, *self.shared)
        refuse_twice(volumes, location)
        return replace(container, volumes=volumes)

    def _platform_of(self, label: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return self.platforms.get(label, ({}, {}))

    def _dag(self, dag: Fields, scope: "_Scope") -> ir.Dag:
        tasks, exits = {}, {}
        for name, data in sorted((dag.take("tasks") or {}).items()):
            with opened(data, "task", dag.location.at(names.key("a task", name, dag.location))) as fields:
                guarded = guarded_task(fields)
                task = self._task(name, fields, scope)
            if guarded in exits:
                dag.location.unsupported(f"a second exit task for {guarded}", "put both into one @dsl.pipeline")
            if guarded:
                exits[guarded] = task
            else:
                tasks[name] = task
        with opened(dag.take("outputs") or {}, "dag.outputs", dag.location) as outputs:
            parameters = {name: _output_parameter(name, fields) for name, fields in outputs.each("parameters")}
            artifacts = {name: _output_artifact(name, fields) for name, fields in outputs.each("artifacts")}
        graph = ir.Dag(_ordered(_with_exits(tasks, exits, dag.location), dag.location), parameters, artifacts)
        check_outputs(graph, dag.location)
        return graph

    def _task(self, name: str, fields: Fields, scope: "_Scope") -> ir.Task:
        location = fields.location
        self._count(location)
        title = str(fields.inner("taskInfo").take("name") or "")
        reference = str(fields.inner("componentRef").take_needed("name"))
        if names.key("a component", reference, location) not in self.components:
            location.broken(f"there is no component {reference}")
        component = self.component(reference, self.components[reference], location, scope.within)
        of_platform = self._platform_of(self.components[reference].get("executorLabel"))[1]
        with opened(_with_parameters(fields.take("inputs") or {}, of_platform), "task.inputs", location) as inputs:
            values = _values(inputs, scope)
            sources = {key: artifact_source(each) for key, each in inputs.each("artifacts")}
        loop = read_loop(fields)
        condition = read_condition(fields, component)
        component = _pruned(component, values, loop)
        check_container(component, location)
        asked = {*component.parameters, *(references(condition) if condition else ()), *_loop_names(loop)}
        given = {key: value for key, value in values.items() if key in asked}
        check_declared(given, scope.parameters, location)
        return ir.Task(
            name=name,
            component=component,
            after=tuple(sorted(fields.take("dependentTasks") or ())),
            parameters=_with_defaults(given, component, loop, location),
            artifacts=_given_artifacts(sources, component, loop, scope, location),
            condition=condition,
            loop=loop,
            retry=read_retry(fields, component),
            caching=read_caching(fields),
            title=title,
        )

    def _count(self, location: Location) -> None:
        """Count a task: components that name one another twice each stand for more tasks than any engine can hold."""
        self._tasks += 1
        if self._tasks > _MOST_TASKS:
            location.unsupported(f"a pipeline of more than {_MOST_TASKS:,} tasks")


def _with_parameters(inputs: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**inputs, "parameters": {**inputs.get("parameters", {}), **more}} if more else inputs


@dataclass(frozen=True)
class _Scope:
    """What the tasks of a DAG may refer to, and the components the DAG stands in."""

    parameters: Mapping[str, ir.Parameter]
    artifacts: Mapping[str, ir.Artifact]
    within: tuple[str, ...]


def _inputs(fields: Fields) -> tuple[dict[str, ir.Parameter], dict[str, ir.Artifact]]:
    parameters = {name: _parameter(name, each) for name, each in fields.each("parameters")}
    artifacts = {name: _artifact(name, each) for name, each in fields.each("artifacts")}
    fields.close()
    return parameters, artifacts


def _outputs(fields: Fields) -> tuple[dict[str, str], dict[str, ir.Artifact]]:
    parameters = {}
    for name, each in fields.each("parameters"):
        each.take("description")
        parameters[name] = _kind(each)
    artifacts = {name: _artifact(name, each) for name, each in fields.each("artifacts")}
    fields.close()
    return parameters, artifacts


def _kind(fields: Fields) -> str:
    kind = str(fields.take_needed("parameterType"))
    return kind if kind in _KINDS else fields.location.unsupported(f"a parameter of type {kind}")


def _parameter(name: str, fields: Fields) -> ir.Parameter:
    default = fields.take("defaultValue")
    fields.name = f"parameter '{name}'"
    return ir.Parameter(
        name=name,
        kind=_kind(fields),
        default=None if default is None else default_value(default, fields.location),
        optional=bool(fields.take("isOptional")),
        description=str(fields.take("description", "")),
    )


def _artifact(name: str, fields: Fields) -> ir.Artifact:
    fields.name = f"artifact '{name}'"
    listed = bool(fields.take("isArtifactList"))
    kind = fields.inner("artifactType")
    schema = str(kind.take("schemaTitle") or kind.take("instanceSchema") or "system.Artifact")
    kind.take("schemaVersion")
    kind.close()
    return ir.Artifact(name, schema, bool(fields.take("isOptional")), str(fields.take("description", "")), listed)


def _output_parameter(name: str, fields: Fields) -> ir.Output:
    one_of = fields.inner("valueFromOneof")
    selectors = [fields.take("valueFromParameter"), *one_of.take("parameterSelectors", [])]
    one_of.close()
    return ir.Output(name, tuple(ir.TaskOutput(s["producerSubtask"], s["outputParameterKey"]) for s in selectors if s))


def _output_artifact(name: str, fields: Fields) -> ir.Output:
    selectors = fields.take("artifactSelectors", [])
    return ir.Output(name, tuple(ir.TaskOutput(s["producerSubtask"], s["outputArtifactKey"]) for s in selectors))


def _with_exits(tasks: Mapping[str, ir.Task], exits: Mapping[str, ir.Task], location: Location) -> dict[str, ir.Task]:
    """The tasks with those that run after them however they end, for which no other task may wait."""
    ignoring = {task.name for task in exits.values()}
    waiting = [(task.name, {*task.after, *_producers(task)}) for task in tasks.values()]
    for name, waits in (*waiting, *((task.name, {guarded}) for guarded, task in exits.items())):
        if waited_for := sorted(waits & ignoring):
            location.at(name).unsupported(
                f"waiting for {waited_for[0]}, which runs however a task before it ends,",
                "put both into one @dsl.pipeline",
            )
    return {
        name: replace(task, on_exit=replace(exits[name], after=()) if name in exits else None)
        for name, task in tasks.items()
    }


def _values(inputs: Fields, scope: _Scope) -> dict[str, ir.Value]:
    read = {
        key: direct(parameter_value(each, each.location), scope.parameters, each.location)
        for key, each in inputs.each("parameters")
    }

    def sibling(name: str) -> ir.Value:
        if name in read:
            return read[name]
        source = direct(ir.ComponentInput(name), scope.parameters, inputs.location)
        if source.key is None:
            inputs.location.broken(f"its inputs refer to '{name}', which is not one of them")
        return source

    return {key: with_placeholders(value, sibling, inputs.location) for key, value in read.items()}


def _loop_names(loop: ir.Loop | None) -> tuple[str, ...]:
    return (loop.items,) if loop and isinstance(loop.items, str) else ()


def _pruned(component: ir.Component, values: Mapping[str, ir.Value], loop: ir.Loop | None) -> ir.Component:
    """The component without inputs that nothing in it reads, of which KFP hands many through loops and conditions."""
    if isinstance(component.body, ir.Container):
        extra = {part.name for part in container_parts(component.body) if isinstance(part, InputParameter)}
        missing = {
            # A pod goes without what a parameter without value names.
            name: ir.Parameter(name, "STRING", optional=name.startswith(PLATFORM))
            for name in sorted(extra & values.keys() - component.parameters.keys())
        }
        return replace(component, parameters={**component.parameters, **missing})
    read = {source.name for source in scope_sources(component.body) if isinstance(source, ir.ComponentInput)}
    read |= {loop.item} if loop else set()
    return replace(
        component,
        parameters={name: each for name, each in component.parameters.items() if name in read},
        artifacts={name: each for name, each in component.artifacts.items() if name in read},
    )


def _with_defaults(
    values: Mapping[str, ir.Value], component: ir.Component, loop: ir.Loop | None, location: Location
) -> dict[str, ir.Value]:
    given = dict(values)
    for name, parameter in component.parameters.items():
        if name in given or (loop and name == loop.item):
            continue
        if parameter.default is not None:
            given[name] = parameter.default
        elif not parameter.optional:
            location.broken(f"its input '{name}' is given no value")
    return dict(sorted(given.items()))


def _given_artifacts(
    sources: Mapping[str, ir.ArtifactSource],
    component: ir.Component,
    loop: ir.Loop | None,
    scope: _Scope,
    location: Location,
) -> dict[str, ir.ArtifactSource]:
    asked = {*component.artifacts, *_loop_names(loop)}
    given = {name: source for name, source in sorted(sources.items()) if name in asked}
    check_declared(given, scope.artifacts, location)
    for name, artifact in component.artifacts.items():
        if name not in given and not artifact.optional and not (loop and name == loop.item):
            location.broken(f"its input artifact '{name}' is given nothing")
    return given


def _ordered(tasks: Mapping[str, ir.Task], location: Location) -> tuple[ir.Task, ...]:
    """The tasks so that each comes after those it needs, otherwise by name."""
    for task in tasks.values():
        for name in {*task.after, *_producers(task)} - tasks.keys():
            location.at(task.name).broken(f"it comes after '{name}', which is no task beside it")
    try:
        sorter = TopologicalSorter(
            {name: sorted({*task.after, *_producers(task)}) for name, task in sorted(tasks.items())}
        )
        return tuple(tasks[name] for name in sorter.static_order())
    except CycleError as error:
        location.broken(f"tasks wait for one another: {', '.join(error.args[1])}")


def _producers(task: ir.Task) -> set[str]:
    exits = task.on_exit
    values = [*task.parameters.values(), *task.artifacts.values()]
    values += [*exits.parameters.values(), *exits.artifacts.values()] if exits else []
    sources = (source for value in values for source in sources_of(value))
    return {source.task for source in sources if isinstance(source, ir.TaskOutput)} - {task.name}
