"""The plan: a typed, frozen view of KFP's `PipelineSpec`, in which every name is resolved.

`stockpot.compiler.definitions.load` gives it for a pipeline's name, a function in a file or an IR file. It is what the
Argo compiler and the local runner read. What it leaves out, `reading.py` refuses.

Scopes: a `Dag` has inputs (the parameters and artifacts of its component) and tasks. The values in `Task.parameters`
and `Task.artifacts` are told in terms of the scope the task stands in; conditions and loops refer to the task's own
`parameters` by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from stockpot.compiler.conditions import Condition
from stockpot.compiler.placeholders import Argument, Json, RunProperty, Text


@dataclass(frozen=True)
class Constant:
    """A value that is known when the pipeline is compiled."""

    value: Json


@dataclass(frozen=True)
class ComponentInput:
    """An input of the surrounding DAG; `key` picks one entry of a struct."""

    name: str
    key: str | None = None


@dataclass(frozen=True)
class TaskOutput:
    """An output of another task of the same DAG; of a looped task, the list over its iterations."""

    task: str
    output: str
    key: str | None = None


@dataclass(frozen=True)
class RunValue:
    """A property of the run."""

    property: RunProperty


@dataclass(frozen=True)
class FinalStatus:
    """How the scope that an exit handler guards ended, as a JSON struct."""

    task: str


@dataclass(frozen=True)
class Template:
    """A string, list or struct with values inside its strings.

    `value` is JSON whose strings are `Text`s; their parts are literal strings, ComponentInput, TaskOutput or RunValue.
    Each part becomes text, so a number inside a list of a template is a string, as it is in KFP.
    """

    value: Json


Value: TypeAlias = Constant | ComponentInput | TaskOutput | RunValue | FinalStatus | Template
ArtifactSource: TypeAlias = ComponentInput | TaskOutput


@dataclass(frozen=True)
class Parameter:
    """An input parameter; `kind` is KFP's type: STRING, NUMBER_INTEGER, NUMBER_DOUBLE, BOOLEAN, LIST or STRUCT."""

    name: str
    kind: str
    default: Constant | RunValue | Template | None = None
    optional: bool = False
    description: str = ""


@dataclass(frozen=True)
class Artifact:
    """An input or output artifact; `schema` is KFP's type, such as `system.Dataset`.

    An input that is `listed` takes a list of them. Of an output KFP also says so where a condition stands in a loop.
    """

    name: str
    schema: str
    optional: bool = False
    description: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Output:
    """An output of a DAG: the first of `sources` whose task was not skipped (more than one only for `dsl.OneOf`)."""

    name: str
    sources: tuple[TaskOutput, ...]


NOTHING = Text(())


@dataclass(frozen=True)
class Resources:
    """Kubernetes quantities, such as `500m` and `2Gi`, also from parameters; empty where nothing was asked for."""

    cpu_request: Text = NOTHING
    cpu_limit: Text = NOTHING
    memory_request: Text = NOTHING
    memory_limit: Text = NOTHING
    accelerator: Text = NOTHING
    accelerator_count: Text = NOTHING


@dataclass(frozen=True)
class EnvironmentSource:
    """An environment variable that comes from a key of a Secret or ConfigMap, or from a field of the pod (`kind`).

    Of a field, `key` is the path, and it has no `name`.
    """

    variable: str
    kind: str
    name: Text
    key: str
    optional: bool


@dataclass(frozen=True)
class Volume:
    """What is mounted at `path`: a Secret, ConfigMap or PersistentVolumeClaim by its name, or room of the pod's own.

    `kind` is the field of Kubernetes' volume: secret, configMap, persistentVolumeClaim, emptyDir or ephemeral; of the
    last two `own` is what the field holds. The run's workspace has a kind of its own.
    """

    kind: str
    path: str
    name: Text = NOTHING
    optional: bool = False
    sub_path: str = ""
    own: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Toleration:
    """A node taint that the pod puts up with."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: int | None


@dataclass(frozen=True)
class Placement:
    """On which nodes the pod may run. Of what a parameter says as a whole, the text holds the JSON.

    `affinity` is Kubernetes' nodeAffinity, and `any_selector` and `any_tolerations` are what parameters say.
    """

    selector: Mapping[str, str] = field(default_factory=dict)
    any_selector: Text = NOTHING
    tolerations: tuple[Toleration, ...] = ()
    any_tolerations: Text = NOTHING
    affinity: Mapping[str, Json] = field(default_factory=dict)
    any_affinity: Text = NOTHING


@dataclass(frozen=True)
class Container:
    """A command in an image, and how its pod is to be run; `user` is what its securityContext is to say of that.

    Where parameters say the image, or a part of it, `image_text` is its text, and `image` the same with KFP's marks.
    """

    image: str
    command: tuple[Argument, ...]
    arguments: tuple[Argument, ...]
    environment: Mapping[str, Text] = field(default_factory=dict)
    environment_from: tuple[EnvironmentSource, ...] = ()
    volumes: tuple[Volume, ...] = ()
    resources: Resources = field(default_factory=Resources)
    timeout_seconds: int | None = None
    placement: Placement = field(default_factory=Placement)
    image_pull_policy: str = ""
    image_pull_secrets: tuple[Text, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    user: Mapping[str, Json] = field(default_factory=dict)
    # Runs keep a hash of their plan, in which this name stands.
    image_text: Text = NOTHING


@dataclass(frozen=True)
class Dag:
    """Tasks in an order in which each comes after those it needs, and what they hand out together."""

    tasks: tuple["Task", ...]
    output_parameters: Mapping[str, Output] = field(default_factory=dict)
    output_artifacts: Mapping[str, Output] = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """The interface of a task and its body. `outputs` map names to KFP types and artifacts."""

    name: str
    body: Container | Dag
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    output_parameters: Mapping[str, str] = field(default_factory=dict)
    output_artifacts: Mapping[str, Artifact] = field(default_factory=dict)


@dataclass(frozen=True)
class Loop:
    """A task repeated over a list: `items` names the task's parameter that holds it, or is the list itself.

    Each item becomes the parameter `item` of the repeated component. At most `parallelism` run at once (0: any number).
    Items may be artifacts: then both names are those of artifacts.
    """

    items: str | tuple[Json, ...]
    item: str
    parallelism: int = 0
    of_artifacts: bool = False


@dataclass(frozen=True)
class Retry:
    """How often and how patiently a task is tried again: after `delay` seconds, which grow by `factor`."""

    attempts: int
    delay: float = 0.0
    factor: float = 2.0


@dataclass(frozen=True)
class Task:
    """A component at work: where its inputs come from and when it runs.

    `parameters` holds only inputs that are given: an optional input without value is absent. A task runs when all in
    `after` have ended well or were skipped. `on_exit` runs when the task, a DAG then, has ended in whatever way.
    `title` is its name for people.
    """

    name: str
    component: Component
    after: tuple[str, ...] = ()
    parameters: Mapping[str, Value] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactSource] = field(default_factory=dict)
    condition: Condition | None = None
    loop: Loop | None = None
    retry: Retry | None = None
    caching: bool = True
    on_exit: "Task | None" = None
    title: str = ""


@dataclass(frozen=True)
class Limits:
    """For how many seconds a run may go on, and is kept when it has ended; None where the pipeline does not say."""

    deadline: int | None = None
    kept: int | None = None
    kept_after_success: int | None = None
    kept_after_failure: int | None = None


@dataclass(frozen=True)
class Pipeline:
    """A whole plan. The root component's parameters are the run's parameters.

    `workspace` is the spec of the claim that all steps of a run share, empty where there is none.
    """

    name: str
    description: str
    root: Component
    limits: Limits = field(default_factory=Limits)
    workspace: Mapping[str, Json] = field(default_factory=dict)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters a run takes."""
        return self.root.parameters

    @property
    def dag(self) -> Dag:
        """The root's tasks; reading makes sure that the root is a DAG."""
        assert isinstance(self.root.body, Dag)  # noqa: S101 - narrows the type, checked by reading.py
        return self.root.body


def walk(dag: Dag, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Task]]:
    """Every task of the DAG and of the DAGs within it, exit tasks included, with the names on the way to it."""
    for task in dag.tasks:
        for each in (task, task.on_exit):
            if each is not None:
                yield (*path, each.name), each
                if isinstance(each.component.body, Dag):
                    yield from walk(each.component.body, (*path, each.name))


def containers(dag: Dag) -> Iterator[Container]:
    """The containers of those tasks."""
    return (task.component.body for _, task in walk(dag) if isinstance(task.component.body, Container))
