"""What a plan is made of, for people: its constructs by KFP's names, and the profile of each image."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from stockpot.compiler import ir
from stockpot.compiler.checks import asks_of_run, scope_sources
from stockpot.compiler.importers import is_importer
from stockpot.compiler.lightweight import is_lightweight
from stockpot.compiler.placeholders import Argument, Concat, IfPresent, RunProperty
from stockpot.compiler.policies import CREATE_CLAIM, DELETE_CLAIM, is_hardened, works_on_claims
from stockpot.compiler.profiles import HARDENED, Profile
from stockpot.compiler.uris import asks_for_uris

# What KFP's compiler calls the components of groups; any other DAG is a pipeline in a pipeline.
_GROUP = re.compile(r"comp-(?:for-loop|condition|condition-branches|exit-handler)-\d+")
_EXIT_HANDLER = re.compile(r"comp-exit-handler-\d+")

_OF_VOLUMES = {
    "secret": "use_secret_as_volume",
    "configMap": "use_config_map_as_volume",
    "persistentVolumeClaim": "mount_pvc",
    "emptyDir": "empty_dir_mount",
    "ephemeral": "add_ephemeral_volume",
    "workspace": "dsl.WorkspaceConfig",
}
_OF_VARIABLES = {
    "Secret": "use_secret_as_env",
    "ConfigMap": "use_config_map_as_env",
    "field": "use_field_path_as_env",
}
_OF_CONTAINERS: Mapping[str, Callable[[ir.Container], bool]] = {
    "Python components": is_lightweight,
    "dsl.importer": is_importer,
    "CreatePVC": lambda each: each.image == CREATE_CLAIM,
    "DeletePVC": lambda each: each.image == DELETE_CLAIM,
    "images by parameter": lambda each: bool(each.image_text.parts),
    "addresses of artifacts": asks_for_uris,
    "set_timeout": lambda each: each.timeout_seconds is not None,
    "resources": lambda each: each.resources != ir.Resources(),
    "node selectors, tolerations, affinity": lambda each: each.placement != ir.Placement(),
    "set_image_pull_policy": lambda each: bool(each.image_pull_policy),
    "set_image_pull_secrets": lambda each: bool(each.image_pull_secrets),
    "labels and annotations": lambda each: bool(each.labels or each.annotations),
    "set_security_context": lambda each: bool(each.user),
}
_OF_TASKS: Mapping[str, Callable[[ir.Task], bool]] = {
    "dsl.If": lambda task: task.condition is not None,
    "dsl.ParallelFor": lambda task: task.loop is not None,
    "dsl.ExitHandler": lambda task: task.on_exit is not None and _is(_EXIT_HANDLER, task),
    "ignore_upstream_failure": lambda task: task.on_exit is not None and not _is(_EXIT_HANDLER, task),
    "dsl.PipelineTaskFinalStatus": lambda task: any(
        isinstance(each, ir.FinalStatus) for each in task.parameters.values()
    ),
    "pipelines in pipelines": lambda task: isinstance(task.component.body, ir.Dag) and not _is(_GROUP, task),
    "lists of artifacts": lambda task: any(each.listed for each in task.component.artifacts.values()),
    "optional artifacts": lambda task: any(each.optional for each in task.component.artifacts.values()),
    "set_retry": lambda task: task.retry is not None,
    "set_caching_options": lambda task: isinstance(task.component.body, ir.Container) and not task.caching,
}


@dataclass(frozen=True)
class Used:
    """An image, the profile that its pods get, and in how many steps it is."""

    image: str
    profile: str
    steps: int


def images_used(pipelines: Iterable[ir.Pipeline], target: str, profile: Profile) -> list[Used]:
    """The images of the plans by their names; one that two kinds of programs run in is there twice.

    On another target than Argo, that engine decides what pods get.
    """
    counts: dict[tuple[str, str], int] = {}
    for pipeline in pipelines:
        for container in ir.containers(pipeline.dag):
            if not works_on_claims(container):
                profile_name = (
                    target if target != "argo" else HARDENED if is_hardened(container, profile) else profile.value
                )
                counts[container.image, profile_name] = counts.get((container.image, profile_name), 0) + 1
    return [Used(*names, steps) for names, steps in sorted(counts.items())]


def constructs(pipeline: ir.Pipeline) -> list[str]:
    """What the plan uses beside plain tasks, by the names of KFP's functions."""
    return sorted({*_of_the_graph(pipeline.dag), *_of_containers(pipeline.dag)}, key=str.lower)


def _of_the_graph(dag: ir.Dag) -> Iterator[str]:
    for _, task in ir.walk(dag):
        yield from (name for name, uses in _OF_TASKS.items() if uses(task))
    if any(asks_of_run(dag, each) for each in RunProperty):
        yield "placeholders of the run"
    for each in (dag, *(task.component.body for _, task in ir.walk(dag))):
        if isinstance(each, ir.Dag):
            yield from _of_outputs(each)


def _of_outputs(dag: ir.Dag) -> Iterator[str]:
    outputs = [output.sources for output in (*dag.output_parameters.values(), *dag.output_artifacts.values())]
    looped = {task.name for task in dag.tasks if task.loop}
    read = (*scope_sources(dag), *(source for sources in outputs for source in sources))
    if any(isinstance(source, ir.TaskOutput) and source.task in looped for source in read):
        yield "dsl.Collected"
    if any(len(sources) > 1 for sources in outputs):
        yield "dsl.OneOf"


def _of_containers(dag: ir.Dag) -> Iterator[str]:
    for container in ir.containers(dag):
        yield from (name for name, uses in _OF_CONTAINERS.items() if uses(container))
        yield from (_OF_VOLUMES[volume.kind] for volume in container.volumes)
        # An importer's store is not of the pipeline's making.
        if not is_importer(container):
            yield from (_OF_VARIABLES[source.kind] for source in container.environment_from)
        for argument in (*container.command, *container.arguments):
            yield from _of_argument(argument)


def _of_argument(argument: Argument) -> Iterator[str]:
    match argument:
        case Concat(items):
            yield "dsl.ConcatPlaceholder"
            for item in items:
                yield from _of_argument(item)
        case IfPresent(_, then, otherwise):
            yield "dsl.IfPresentPlaceholder"
            for item in (*then, *otherwise):
                yield from _of_argument(item)


def _is(kind: re.Pattern[str], task: ir.Task) -> bool:
    return kind.fullmatch(task.component.name) is not None
