"""The pods of a workflow: one container each, hardened or not, its files in empty directories, its retries."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from hera.workflows import models as m

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import BRACE, joined_code, literal
from stockpot.compiler.argo_keys import IN_STORE, LISTED, address_code, fetched, key_of
from stockpot.compiler.argo_lightweight import INPUTS, OUTPUTS, wrapped
from stockpot.compiler.argo_surroundings import account_of, is_there, known_resources, pod_patch, volumes_of
from stockpot.compiler.argo_text import Scope, input_code, tag, text
from stockpot.compiler.executor import KEY, METADATA, STORE, URI
from stockpot.compiler.importers import is_importer, refuse_local
from stockpot.compiler.lightweight import is_lightweight, may_leave_out
from stockpot.compiler.placeholders import (
    Argument,
    InputParameter,
    InputPath,
    InputUri,
    OutputFile,
    OutputPath,
    OutputUri,
    RunProperty,
    Text,
    expand,
)
from stockpot.compiler.policies import is_hardened, speaks_codes, whole_factor
from stockpot.compiler.profiles import ANNOTATION, Profile
from stockpot.compiler.uris import asks_for_uris

# The user of Argo's executor, which hands files to the step and takes them from it: with another one, neither could
# read what the other wrote. A number, for Kubernetes cannot see that a name is not root's.
USER = 8737
SERVICE_ACCOUNT = "stockpot-step"
EXECUTOR_SERVICE_ACCOUNT = "stockpot-executor"
# Another attempt of a step is another pod, so no two writers ever share a key.
ARTIFACT_KEY = "runs/{{workflow.name}}/{{pod.name}}"
# Of a step that speaks by its exit code: another try can help after a transient failure (75), a lost pod (-1, 137, 143)
# and errors of the platform; it cannot after 10 to 14, nor after 1, which nobody foresaw.
RETRY_WHEN = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [-1, 75, 137, 143]"
# Where Argo reads which store it has, and we the address of that.
_REPOSITORIES, _ADDRESS = "artifact-repositories", "address"
_DAY = 24 * 60 * 60
_OUTPUTS_MOUNT = m.VolumeMount(name="outputs", mount_path=OUTPUTS)
_TMP_MOUNT = m.VolumeMount(name="tmp", mount_path="/tmp")  # noqa: S108 - a path in the pod
# KFP's SDK looks there for what lies in a bucket; nobody but root may make it.
_S3_MOUNT = m.VolumeMount(name="tmp", mount_path="/s3", sub_path="s3")
_SECCOMP = m.SeccompProfile(type="RuntimeDefault")


def shared_spec(limits: ir.Limits, **parts: Any) -> m.WorkflowSpec:
    """A workflow of the given parts, with what holds for all of its pods, and no longer than its limits."""
    return m.WorkflowSpec(
        **parts,
        service_account_name=SERVICE_ACCOUNT,
        # A step has no business with the Kubernetes API; only Argo's executor beside it has. One that submits workflows
        # has a volume with a token of its own account.
        automount_service_account_token=False,
        executor=m.ExecutorConfig(service_account_name=EXECUTOR_SERVICE_ACCOUNT),
        security_context=m.PodSecurityContext(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=USER,
            seccomp_profile=_SECCOMP,
        ),
        volumes=[m.Volume(name=name, empty_dir=m.EmptyDirVolumeSource()) for name in ("outputs", "tmp")],
        pod_gc=m.PodGC(strategy="OnPodSuccess"),
        # A step's own timeout counts from the start of its pod: one that no node takes would wait for ever.
        active_deadline_seconds=_DAY if limits.deadline is None else limits.deadline,
        ttl_strategy=m.TTLStrategy(
            seconds_after_success=_first(limits.kept_after_success, limits.kept, 3 * _DAY),
            seconds_after_failure=_first(limits.kept_after_failure, limits.kept, 14 * _DAY),
        ),
    )


def _first(*seconds: int | None) -> int | None:
    return next((each for each in seconds if each is not None), None)


def pull_secrets(task: ir.Task) -> Iterator[str]:
    """The secrets with which the task's image is pulled, as far as they are known beforehand."""
    if isinstance(task.component.body, ir.Container):
        yield from (name.plain for name in task.component.body.image_pull_secrets if name.plain is not None)


def inputs_of(scope: Scope) -> m.Inputs | None:
    """The inputs of a template, as its scope names them."""
    parameters = [m.Parameter(name=name) for name in sorted(scope.parameters.values())]
    artifacts = [m.Artifact(name=name) for name in sorted(scope.artifacts)]
    return m.Inputs(parameters=parameters or None, artifacts=artifacts or None) if parameters or artifacts else None


@dataclass(frozen=True)
class Pods:
    """What holds for the pods of a plan: `images` are replaced by others; foreign programs run as `profile` says."""

    images: Mapping[str, str]
    profile: Profile


def pod_template(name: str, task: ir.Task, container: ir.Container, scope: Scope, shared: Pods) -> m.Template:
    """The template that runs a container task."""
    if is_importer(container):
        refuse_local(container, scope.location)
    hardened = is_hardened(container, shared.profile)
    inputs = inputs_of(scope)
    if asks_for_uris(container):
        scope = replace(scope, kept=_kept(name, task.component))
    for artifact in (inputs and inputs.artifacts) or []:
        artifact.path = f"{INPUTS}/{artifact.name}"
    if inputs and inputs.artifacts:
        inputs.artifacts = [each for artifact in inputs.artifacts for each in fetched(artifact, task.component, scope)]
    volumes, mounts = volumes_of(container, scope, lambda text: _filled(text, task.name, scope))
    _refuse_ours(mounts, scope)
    placed = container.placement
    return m.Template(
        name=name,
        metadata=_metadata(container, hardened=hardened),
        inputs=inputs,
        outputs=_outputs(name, task.component),
        container=_container(task, container, scope, shared, mounts),
        # In place of the workflow's own, which names a user.
        security_context=None if hardened else m.PodSecurityContext(seccomp_profile=_SECCOMP),
        volumes=volumes or None,
        service_account_name=account_of(container),
        retry_strategy=_retry(task.retry, container, scope) if task.retry else None,
        active_deadline_seconds=_number(container.timeout_seconds),
        node_selector=dict(placed.selector) or None,
        tolerations=[_toleration(each) for each in placed.tolerations] or None,
        pod_spec_patch=pod_patch(container, scope),
    )


def _refuse_ours(mounts: list[m.VolumeMount], scope: Scope) -> None:
    for each in mounts:
        if each.mount_path in (INPUTS, OUTPUTS):
            construct = f"a volume at {each.mount_path}, where the run's own files lie,"
            scope.location.unsupported(construct, "mount it at another path")


def _metadata(container: ir.Container, *, hardened: bool) -> m.Metadata | None:
    profile = {} if hardened else {ANNOTATION: Profile.COMPATIBLE.value}
    labels, annotations = dict(container.labels) or None, {**container.annotations, **profile} or None
    return m.Metadata(labels=labels, annotations=annotations) if labels or annotations else None


def _outputs(template: str, component: ir.Component) -> m.Outputs | None:
    parameters = [
        m.Parameter(
            name=name,
            value_from=m.ValueFrom(path=f"{OUTPUTS}/{name}", default=_output_default(template, name, component)),
        )
        for name in component.output_parameters
    ]
    artifacts = [
        m.Artifact(
            name=name,
            path=f"{OUTPUTS}/{name}",
            archive=m.ArchiveStrategy(none=m.NoneStrategy()),
            optional=may_leave_out(component) or None,
            s3=m.S3Artifact(key=_kept_at(template, name, component)),
        )
        for name in component.output_artifacts
    ]
    return m.Outputs(parameters=parameters or None, artifacts=artifacts or None) if parameters or artifacts else None


def _output_default(template: str, parameter: str, component: ir.Component) -> str | None:
    """The default of an output parameter that no step writes: where Argo keeps the artifact."""
    if parameter.endswith(URI):
        return _kept_at(template, parameter.removesuffix(URI), component)
    return key_of(template, parameter)


def _kept(template: str, component: ir.Component) -> dict[str, str]:
    """The keys of the artifacts that a pod makes, by their names."""
    names = (name for name in component.output_artifacts if not name.endswith(METADATA))
    return {name: _kept_at(template, name, component) for name in names}


def _kept_at(template: str, name: str, component: ir.Component) -> str:
    artifact = name.removesuffix(METADATA)
    # Argo's UI takes a file for what its name says.
    ending = ".html" if component.output_artifacts[name].schema == "system.HTML" else ""
    if artifact + KEY in component.output_parameters:
        return f"{LISTED}/{key_of(template, artifact + KEY)}{name.removeprefix(artifact)}"
    return f"{ARTIFACT_KEY}/{name}{ending}"


def _container(
    task: ir.Task, container: ir.Container, scope: Scope, shared: Pods, mounts: list[m.VolumeMount]
) -> m.Container:
    hardened = is_hardened(container, shared.profile)
    command, arguments = (_unread(words, container) for words in _words(task, container, scope))
    linked = is_lightweight(container) and asks_for_uris(container)
    own = [_OUTPUTS_MOUNT, *([_TMP_MOUNT] if hardened else []), *([_S3_MOUNT] if linked else [])]
    taken = [each.mount_path for each in mounts]
    return m.Container(
        image=_image(task, container, scope, shared),
        image_pull_policy=container.image_pull_policy or None,
        command=command or None,
        args=arguments or None,
        env=list(_environment(task, container, scope, hardened=hardened)),
        resources=known_resources(container.resources),
        # A step writes its one line of error there; of other programs the end of the log is shown.
        termination_message_policy="FallbackToLogsOnError",
        security_context=m.SecurityContext(
            allow_privilege_escalation=False,
            capabilities=m.Capabilities(drop=["ALL"]),
            read_only_root_filesystem=hardened or None,
            **container.user,
        ),
        # Kubernetes takes no pod with two mounts of one path.
        volume_mounts=[*(each for each in own if each.mount_path not in taken), *mounts],
    )


def _words(task: ir.Task, container: ir.Container, scope: Scope) -> tuple[list[str], list[str]]:
    """The command and the arguments of the pod's container."""
    expanded = [_expanded(each, scope) for each in (container.command, container.arguments)]
    if is_lightweight(container):
        return wrapped(
            task.component, (*expanded[0], *expanded[1]), scope, lambda piece: _filled(piece, task.name, scope)
        )
    command, arguments = ([_filled(each, task.name, scope) for each in texts] for texts in expanded)
    return command, arguments


def _unread(words: list[str], container: ir.Container) -> list[str]:
    """The words, in which Kubernetes fills in no variable that the pod has from us alone, and KFP's would not have."""
    theirs = {*container.environment, *(each.variable for each in container.environment_from)}
    ours = "|".join(sorted({"HOME", "STOCKPOT_ENGINE"} - theirs))
    return [re.sub(rf"(?<!\$)((?:\$\$)*)\$\(({ours})\)", r"\1$$(\2)", word) for word in words] if ours else words


def _expanded(arguments: tuple[Argument, ...], scope: Scope) -> list[Text]:
    def present(name: str) -> bool:
        if name in scope.doubtful:
            scope.location.unsupported(
                f"IfPresent of '{name}', an optional parameter of the pipeline without default", "give it a default"
            )
        return name in scope.parameters or name in scope.artifacts

    return expand(arguments, present)


def _filled(whole: Text, task: str, scope: Scope) -> str:
    joined = len(whole.parts) > 1
    # Inputs that follow one another are joined by an expression: where one ends and the next begins with a brace, two
    # tags would make a third.
    groups = groupby(whole.parts, key=lambda part: isinstance(part, InputParameter | InputUri))
    return "".join(
        _inputs(list(parts), scope)
        if inputs
        else "".join(literal(part, joined=joined) if type(part) is str else _part(part, task, scope) for part in parts)
        for inputs, parts in groups
    )


def _inputs(parts: list[Any], scope: Scope) -> str:
    codes = [_input(part, scope) for part in parts]
    return tag(codes[0] if len(codes) == 1 else joined_code(" + ".join(codes)))


def _input(part: InputParameter | InputUri, scope: Scope) -> str:
    if isinstance(part, InputUri):
        _refuse_absent_artifact(part.name, scope)
        return address_code(part.name, scope)
    _refuse_absent(part.name, scope)
    return input_code(part.name, scope)


def _refuse_absent(name: str, scope: Scope) -> None:
    if name in scope.doubtful:
        scope.location.unsupported(
            f"the bare input '{name}', an optional parameter of the pipeline without default,", "give it a default"
        )
    if name not in scope.parameters:
        scope.location.broken(
            f"its container uses input '{name}', which has no value", "wrap it in dsl.IfPresentPlaceholder"
        )


def _refuse_absent_artifact(name: str, scope: Scope) -> None:
    if name not in scope.artifacts:
        scope.location.broken(f"its container reads the artifact '{name}', which is not given")


def _part(part: Any, task: str, scope: Scope) -> str:
    match part:
        case InputPath(name):
            _refuse_absent_artifact(name, scope)
            return f"{INPUTS}/{name}"
        case OutputUri(name):
            return f"{IN_STORE}{scope.kept[name]}"
        case OutputPath(name) | OutputFile(name):
            return f"{OUTPUTS}/{name}"
    return task if part is RunProperty.TASK_NAME else text(ir.RunValue(part), scope)


def _image(task: ir.Task, container: ir.Container, scope: Scope, shared: Pods) -> str:
    """The image, or where parameters say it the tags that Argo fills in before it makes the pod."""
    if container.image_text.parts:
        return _filled(container.image_text, task.name, scope)
    return shared.images.get(container.image, container.image)


def _environment(task: ir.Task, container: ir.Container, scope: Scope, *, hardened: bool) -> Iterator[m.EnvVar]:
    # With any user and a read-only image, a home must be found for the caches of libraries.
    home = {"HOME": Text(("/tmp",))} if hardened else {}  # noqa: S108 - a path in the pod
    fixed = {**home, "STOCKPOT_ENGINE": Text(("argo",))}
    # First, for variables may hold only what stands before them.
    yield m.EnvVar(name=BRACE, value="{")
    if asks_for_uris(container):
        optional = is_lightweight(container) or None
        reference = m.ConfigMapKeySelector(name=_REPOSITORIES, key=_ADDRESS, optional=optional)
        yield m.EnvVar(name=STORE, value_from=m.EnvVarSource(config_map_key_ref=reference))
    for name, value in {**fixed, **container.environment}.items():
        yield m.EnvVar(name=name, value=_filled(value, task.name, scope))
    for source in sorted(container.environment_from, key=lambda each: each.variable):
        if is_there(source.name, f"the {source.kind} of {source.variable}", scope):
            yield m.EnvVar(name=source.variable, value_from=_reference(source, _filled(source.name, task.name, scope)))


def _reference(source: ir.EnvironmentSource, name: str) -> m.EnvVarSource:
    key, optional = source.key, source.optional or None
    match source.kind:
        case "Secret":
            return m.EnvVarSource(secret_key_ref=m.SecretKeySelector(name=name, key=key, optional=optional))
        case "ConfigMap":
            return m.EnvVarSource(config_map_key_ref=m.ConfigMapKeySelector(name=name, key=key, optional=optional))
    return m.EnvVarSource(field_ref=m.ObjectFieldSelector(field_path=key))


def _toleration(each: ir.Toleration) -> m.Toleration:
    return m.Toleration(
        key=each.key or None,
        operator=each.operator or None,
        value=each.value or None,
        effect=each.effect or None,
        toleration_seconds=each.seconds,
    )


def _retry(retry: ir.Retry, container: ir.Container, scope: Scope) -> m.RetryStrategy:
    backoff = m.Backoff(duration=f"{retry.delay:g}s", factor=_number(whole_factor(retry, scope.location)))
    return m.RetryStrategy(
        limit=_number(retry.attempts),
        retry_policy="Always",
        expression=RETRY_WHEN if speaks_codes(container) else None,
        backoff=backoff if retry.delay else None,
    )


def _number(value: int | None) -> m.IntOrString | None:
    return None if value is None else m.IntOrString(value)
