"""The tasks of a plan as Argo's templates: DAGs for pipelines, groups and loops, pods for containers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hera.workflows import models as m

from stockpot.compiler import argo_pods as pods
from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import carried_code, items_text, quoted
from stockpot.compiler.argo_claims import claim_template
from stockpot.compiler.argo_outputs import SKIPPED, TEXT, argo_name, kind_of, may_be_skipped, output_code, output_tag
from stockpot.compiler.argo_surroundings import workspace_claims
from stockpot.compiler.argo_text import (
    CREATED,
    SCHEDULED_TIME,
    Scope,
    collected,
    condition_code,
    default_text,
    expression,
    tag,
    text,
)
from stockpot.compiler.argo_unwritten import let_artifacts_lack
from stockpot.compiler.argo_values import items_code
from stockpot.compiler.checks import asks_of_run
from stockpot.compiler.conditions import references
from stockpot.compiler.errors import Location
from stockpot.compiler.executor import KEY
from stockpot.compiler.exit_handlers import bound, default_of, unwrap
from stockpot.compiler.names import shortened
from stockpot.compiler.placeholders import RunProperty, text_of
from stockpot.compiler.policies import works_on_claims
from stockpot.compiler.values import CHANNEL

_SET_BY_SCHEDULE = "Set by the schedule: the time that the run was scheduled for; else when it was created."
_ITEM = "item"
# What Argo takes as the name of a template or of a task.
_LONGEST = 128
_ENDED = ("Succeeded", "Failed", "Errored", "Skipped", "Omitted")


@dataclass
class Visitor:
    """Walks a plan and gathers the templates of its tasks."""

    pipeline: ir.Pipeline
    pods: pods.Pods
    templates: list[m.Template] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def spec(self) -> m.WorkflowSpec:
        """The workflow: arguments, entrypoint, exit handler, and what all pods share."""
        location = Location(self.pipeline.name)
        unwrapped = unwrap(self.pipeline)
        parameters = self.pipeline.parameters
        doubtful = frozenset(name for name, each in parameters.items() if each.optional and each.default is None)
        scope = Scope(location, {name: name for name in parameters}, doubtful=doubtful, origin="inputs.parameters")
        entrypoint = self._template_name("main", location)
        on_exit = self._template_name("exit", location) if unwrapped.exits else None
        self._dag(entrypoint, ir.Dag(unwrapped.tasks, unwrapped.output_parameters, unwrapped.output_artifacts), scope)
        if on_exit:
            late = frozenset(
                name for name, each in parameters.items() if isinstance(each.default, ir.RunValue | ir.Template)
            )
            self._exit(on_exit, unwrapped.exits, replace(scope, origin="workflow.parameters", late=late))
        let_artifacts_lack(self.templates)
        secrets = {name for _, task in ir.walk(self.pipeline.dag) for name in pods.pull_secrets(task)}
        arguments, claims = workflow_parameters(self.pipeline, CREATED), workspace_claims(self.pipeline.workspace)
        return pods.shared_spec(
            self.pipeline.limits,
            entrypoint=entrypoint,
            on_exit=on_exit,
            arguments=m.Arguments(parameters=arguments) if arguments else None,
            volume_claim_templates=claims,
            volume_claim_gc=m.VolumeClaimGC(strategy="OnWorkflowCompletion") if claims else None,
            image_pull_secrets=[m.LocalObjectReference(name=name) for name in sorted(secrets)] or None,
            templates=sorted(self.templates, key=lambda template: template.dag is None),
        )

    def _template_name(self, name: str, location: Location) -> str:
        """A name for a template: the task's own, or with the tasks around it where that is taken."""
        whole = location.task.replace("/", "-")
        candidates = (name, whole, *(f"{whole}-{number}" for number in range(2, len(self.names) + 3)))
        short = (shortened(each, _LONGEST) for each in candidates if each)
        unused = next(each for each in short if each not in self.names)
        self.names.add(unused)
        return unused

    def _dag(self, name: str, dag: ir.Dag, scope: Scope, gathered: Collection[str] = ()) -> None:
        template = m.Template(name=name, inputs=pods.inputs_of(scope), outputs=_outputs(dag, gathered))
        self.templates.append(template)
        beside = replace(scope, beside={task.name: task for task in dag.tasks})
        template.dag = m.DAGTemplate(tasks=[self._task(task, beside) for task in dag.tasks])

    def _exit(self, name: str, exits: Sequence[ir.Task], scope: Scope) -> None:
        """Add a DAG that runs the exit tasks one after the other, each whatever became of the one before."""
        tasks = [self._task(task, scope) for task in exits]
        for task in tasks:
            # They come from different pipelines, where each name is used once; those of templates are used once here.
            task.name = str(task.template)
        for before, task in pairwise(tasks):
            task.depends = " || ".join(f"{before.name}.{state}" for state in _ENDED)
        self.templates.append(m.Template(name=name, dag=m.DAGTemplate(tasks=tasks)))

    def _task(self, plain: ir.Task, around: Scope) -> m.DAGTask:
        task = bound(plain)
        scope = replace(around, location=around.location.at(task.name))
        if len(task.name) > _LONGEST:
            scope.location.unsupported(f"a name of more than {_LONGEST} letters", "give the component a shorter one")
        inner = _inner(task, scope)
        arguments = _arguments(
            {
                inner.parameters[name]: _handed(task, name, scope)
                for name in task.parameters
                if name in inner.parameters
            },
            {name: _artifact_tag(source) for name, source in task.artifacts.items() if name in inner.artifacts},
        )
        return m.DAGTask(
            name=task.name,
            template=self._loop(task, task.loop, inner) if task.loop else self._body(task, task.name, inner),
            dependencies=list(task.after) or None,
            arguments=arguments,
            when=_when(task, scope),
            hooks=self._hooks(task.on_exit, task.name, around) if task.on_exit else None,
        )

    def _hooks(self, on_exit: ir.Task, guarded: str, scope: Scope) -> dict[str, m.LifecycleHook]:
        """What Argo runs when a task has ended in whatever way; tasks behind it wait for that as well."""
        task = self._task(on_exit, replace(scope, ended=guarded))
        return {"exit": m.LifecycleHook(template=str(task.template), arguments=task.arguments)}

    def _loop(self, task: ir.Task, loop: ir.Loop, scope: Scope) -> str:
        """The name of a template that runs the task's body once per item, which bounds how many run at once."""
        name = self._template_name(task.name, scope.location)
        if isinstance(loop.items, str):
            items = tag(items_code(expression(ir.ComponentInput(loop.items), scope)))
        else:
            items = items_text(map(text_of, loop.items))
        handed = {key: value for key, value in scope.parameters.items() if key in task.component.parameters}
        item = argo_name(loop.item, task.component.parameters)
        arguments = _arguments(
            {
                **{value: text(ir.ComponentInput(key), scope) for key, value in handed.items()},
                item: tag(carried_code("item")),
            },
            {key: f"{{{{inputs.artifacts.{key}}}}}" for key in sorted(scope.artifacts)},
        )
        template = m.Template(name=name, inputs=pods.inputs_of(scope), outputs=_collected_outputs(task.component))
        template.parallelism = loop.parallelism or None
        self.templates.append(template)
        gathered = _gathered_texts(task.component)
        body = self._body(task, f"{task.name}-item", replace(scope, parameters={**handed, loop.item: item}), gathered)
        repeated = m.DAGTask(name=_ITEM, template=body, arguments=arguments, with_param=items)
        template.dag = m.DAGTemplate(tasks=[repeated])
        return name

    def _body(self, task: ir.Task, wanted: str, scope: Scope, gathered: Collection[str] = ()) -> str:
        """The name of the template that does the task's work; a loop gathers some of its outputs as texts."""
        name = self._template_name(wanted, scope.location)
        body = task.component.body
        if isinstance(body, ir.Dag):
            self._dag(name, body, scope, gathered)
        elif works_on_claims(body):
            self.templates.append(claim_template(name, body.image, scope))
        else:
            self.templates.append(pods.pod_template(name, task, body, scope, self.pods))
        return name


def workflow_parameters(pipeline: ir.Pipeline, scheduled: str) -> list[m.Parameter]:
    """The run's parameters, where `scheduled` is Argo's name for the time the run was scheduled for.

    Where tasks ask for that time, it comes last, as a parameter that a schedule sets.
    """
    parameters = [
        _workflow_parameter(each, Location(pipeline.name), scheduled) for each in pipeline.parameters.values()
    ]
    if asks_of_run(pipeline.dag, RunProperty.SCHEDULED):
        parameters.append(m.Parameter(name=SCHEDULED_TIME, value=f"{{{{{scheduled}}}}}", description=_SET_BY_SCHEDULE))
    return parameters


def _workflow_parameter(parameter: ir.Parameter, location: Location, scheduled: str) -> m.Parameter:
    if parameter.default is None:
        # Argo calls every parameter without value missing; what is optional is empty instead.
        value = "" if parameter.optional else None
    else:
        value = default_text(parameter.default, Scope(location, scheduled=scheduled))
    return m.Parameter(name=parameter.name, value=value, description=parameter.description or None)


def _inner(task: ir.Task, scope: Scope) -> Scope:
    """The scope within the task: the inputs it is given, under the names they have there."""
    wanted = {
        *task.component.parameters,
        *((task.loop.items,) if task.loop and isinstance(task.loop.items, str) else ()),
    }
    given = {
        name: value
        for name, value in task.parameters.items()
        if name in wanted and not (_is_absent(value, scope) and default_of(task, name) is None)
    }
    sources = task.artifacts.items()
    keyed = _by_key(task.component) if isinstance(task.component.body, ir.Container) else frozenset()
    return Scope(
        location=scope.location,
        parameters={name: argo_name(name, task.component.parameters) for name in given},
        artifacts=keyed
        | frozenset(
            name for name, source in sources if isinstance(source, ir.TaskOutput) or source.name in scope.artifacts
        ),
        doubtful=frozenset(
            name for name, value in given.items() if _is_doubtful(value, scope) and default_of(task, name) is None
        ),
    )


def _by_key(component: ir.Component) -> frozenset[str]:
    """The input artifacts of which the keys are told."""
    return frozenset(name for name in component.artifacts if name + KEY in component.parameters)


def _handed(task: ir.Task, name: str, scope: Scope) -> str:
    """What the task is handed for its input: the input's own default where nothing, or a doubtful one, is given."""
    value, default = task.parameters[name], default_of(task, name)
    if default is not None and _is_absent(value, scope):
        return text(default, scope)
    if isinstance(value, ir.TaskOutput) and value.task == scope.ended:
        return _after_a_failure(task, name, value, scope)
    if default is None or not _is_doubtful(value, scope):
        return text(value, scope)
    given = expression(value, scope)
    return tag(carried_code(f'{given} == "" ? {expression(default, scope)} : {given}'))


def _after_a_failure(task: ir.Task, name: str, value: ir.TaskOutput, scope: Scope) -> str:
    """What a task is handed of one that may have failed: the input's own default, or nothing, where it has."""
    default = default_of(task, name)
    otherwise = expression(default, scope) if default else quoted("")
    succeeded = f'tasks[{quoted(value.task)}].status == "Succeeded"'
    return tag(carried_code(f"{succeeded} ? {expression(value, scope)} : {otherwise}"))


def _is_absent(value: ir.Value, scope: Scope) -> bool:
    """Whether it is an input of the scope that the scope itself was not given."""
    return isinstance(value, ir.ComponentInput) and value.name not in scope.parameters


def _is_doubtful(value: ir.Value, scope: Scope) -> bool:
    return isinstance(value, ir.ComponentInput) and value.name in scope.doubtful


def _arguments(parameters: Mapping[str, str], artifacts: Mapping[str, str]) -> m.Arguments | None:
    if not parameters and not artifacts:
        return None
    return m.Arguments(
        parameters=[m.Parameter(name=name, value=value) for name, value in sorted(parameters.items())] or None,
        artifacts=[m.Artifact(name=name, from_=value) for name, value in sorted(artifacts.items())] or None,
    )


def _artifact_tag(source: ir.ArtifactSource) -> str:
    if isinstance(source, ir.ComponentInput):
        return f"{{{{inputs.artifacts.{source.name}}}}}"
    return output_tag(source, "artifacts")


def _when(task: ir.Task, scope: Scope) -> str | None:
    if task.condition is None:
        return None
    for name in references(task.condition):
        value = task.parameters.get(name)
        if value is None or _is_doubtful(value, scope) or _is_absent(value, scope):
            scope.location.unsupported(
                f"a condition on '{name.removeprefix(CHANNEL)}', which may have no value", "give it a default"
            )
    return tag(condition_code(task.condition, lambda name: expression(task.parameters[name], scope)))


def _outputs(dag: ir.Dag, gathered: Collection[str]) -> m.Outputs | None:
    skippable = {task.name for task in dag.tasks if task.condition}
    parameters = [
        m.Parameter(name=argo_name(name), value_from=_output_value(output, skippable, name in gathered))
        for name, output in dag.output_parameters.items()
    ]
    artifacts = [_output_artifact(argo_name(name), output) for name, output in dag.output_artifacts.items()]
    return m.Outputs(parameters=parameters or None, artifacts=artifacts or None) if parameters or artifacts else None


def _output_value(output: ir.Output, skippable: set[str], gathered: bool) -> m.ValueFrom:
    """Where a DAG's output comes from; nothing may be asked of a task that was skipped."""
    sure = len(output.sources) == 1 and output.sources[0].task not in skippable
    if sure and not gathered:
        return m.ValueFrom(parameter=output_tag(output.sources[0]))
    before = f"{quoted(TEXT)} + " if gathered else ""
    if sure:
        return m.ValueFrom(expression=before + output_code(output.sources[0]))
    skipped = quoted(SKIPPED) if len(output.sources) == 1 else '""'
    return m.ValueFrom(expression=_first_of(output, "parameters", skipped, before))


def _output_artifact(name: str, output: ir.Output) -> m.Artifact:
    if len(output.sources) == 1:
        return m.Artifact(name=name, from_=_artifact_tag(output.sources[0]))
    last = output.sources[-1]
    otherwise = output_code(last, "artifacts")
    return m.Artifact(
        name=name, from_expression=_first_of(ir.Output(name, output.sources[:-1]), "artifacts", otherwise)
    )


def _first_of(output: ir.Output, kind: str, otherwise: str, before: str = "") -> str:
    code = otherwise
    for source in reversed(output.sources):
        code = f'tasks[{quoted(source.task)}].status == "Succeeded" ? {before}{output_code(source, kind)} : {code}'
    return code


def _collected_outputs(component: ir.Component) -> m.Outputs | None:
    parameters = [
        m.Parameter(name=argo_name(name), value_from=m.ValueFrom(expression=_gathered(component, name)))
        for name in component.output_parameters
    ]
    return m.Outputs(parameters=parameters) if parameters else None


def _gathered_texts(component: ir.Component) -> list[str]:
    """Which outputs of a loop's body are texts."""
    return [
        name for name in component.output_parameters if kind_of(component, name) == "STRING" and not name.endswith(KEY)
    ]


def _gathered(component: ir.Component, output: str) -> str:
    code = output_code(ir.TaskOutput(_ITEM, output))
    items = collected(code, kind_of(component, output), skipping=may_be_skipped(component, output))
    # A loop in a loop gathers one list of artifacts.
    return f"toJson(flatten(fromJSON({items})))" if output.endswith(KEY) else items
