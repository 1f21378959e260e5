"""The Argo compiler: what it refuses, and what the golden files cannot say."""

from collections.abc import Callable
from typing import Any

import pytest
from kfp import dsl

from components.shell.names import CATALOG_PREFIX
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.argo_carrying import carried_code
from stockpot.compiler.definitions import Plan, from_component, load
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.reading import read_plan
from stockpot.compiler.tracing import kfp_documents

Spec = dict[str, Any]


@dsl.container_component
def _step(text: str, said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="image", command=["run"], args=[text, said])


@dsl.container_component
def _maybe(said: dsl.OutputPath(str), text: str = None):  # noqa: RUF013 - KFP's way of writing it
    return dsl.ContainerSpec(
        image="image", command=["run"], args=[said, dsl.IfPresentPlaceholder(input_name="text", then=[text])]
    )


@dsl.container_component
def _read(data: dsl.Input[dsl.Dataset]):
    return dsl.ContainerSpec(image="image", command=["run"], args=[data.path])


def _default_with_braces(text: str = "{{user}}") -> None:
    _step(text=text)


def _fraction_of_backoff() -> None:
    _step(text="a").set_retry(num_retries=1, backoff_duration="1s", backoff_factor=1.5)


def _doubtful(text: str = None) -> None:  # noqa: RUF013 - as people write it for KFP
    _maybe(text=text)


@dsl.pipeline(name="guarded")
def _guarded():
    with dsl.ExitHandler(_step(text="bye")):
        _step(text="a")


def _artifacts_given(data: dsl.Input[list[dsl.Dataset]]) -> None:
    with dsl.ParallelFor(data) as each:
        _read(data=each)


def _schedule_within() -> None:
    with dsl.ParallelFor(items=["a"]) as item:
        _step(text=f"{item} at {dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER}")


@dsl.container_component
def _clock():
    return dsl.ContainerSpec(image="image", command=["run"], args=[dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER])


def _schedule_in_a_container() -> None:
    _clock()


def _schedule_by_default(as_of: str = dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER) -> None:
    _step(text=as_of)


REFUSED: list[tuple[Callable[..., None], str]] = [
    (_default_with_braces, "a default with '{{' in it"),
    (_fraction_of_backoff, "a back-off factor of 1.5"),
    (_doubtful, "IfPresent of 'text', an optional parameter of the pipeline without default"),
    (_artifacts_given, "a list of artifacts as a parameter of the pipeline ('data') is not supported - gather it"),
]


def _plan(function: Callable[..., None]) -> Plan:
    return from_component(dsl.pipeline(name="refused")(function))


@pytest.mark.parametrize(("function", "message"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_argo_cannot_do_is_named(function: Callable[..., None], message: str) -> None:
    """The error names pipeline and construct; KFP and the local runner may do better."""
    with pytest.raises(UnsupportedError, match=r"pipeline 'refused'") as caught:
        argo_documents(_plan(function))
    assert message in str(caught.value)


@pytest.fixture(scope="module")
def moderation() -> list[Spec]:
    """What the moderation pipeline compiles to."""
    return argo_documents(load("moderation-training"))[0]


def _pods(template: Spec) -> dict[str, Spec]:
    return {each["name"]: each for each in template["spec"]["templates"] if "container" in each}


def test_every_pod_is_restricted(moderation: list[Spec]) -> None:
    """No pod runs as root, gains rights, writes its image or sees the Kubernetes API."""
    spec = moderation[0]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    # Whom Argo's executor runs as, and our images: files go from one to the other.
    assert spec["securityContext"]["runAsUser"] == 8737
    assert spec["automountServiceAccountToken"] is False
    for template in _pods(moderation[0]).values():
        context = template["container"]["securityContext"]
        assert context == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


@pytest.mark.parametrize(
    ("pipeline", "step"), [("feed-ranking", "trigger-training"), ("articles-content", "trigger-workflow")]
)
def test_the_step_that_submits_a_workflow_alone_has_a_token(pipeline: str, step: str) -> None:
    """Of an account of its own, for ten minutes, in the step's container, where its client looks for it."""
    (document, *_), _ = argo_documents(load(pipeline))
    pods = _pods(document)
    submitting = pods.pop(step)
    assert submitting["serviceAccountName"] == "stockpot-trigger"
    (volume,) = submitting["volumes"]
    token, authority, namespace = volume["projected"]["sources"]
    assert token == {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}}
    assert authority["configMap"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]
    assert [each["path"] for each in namespace["downwardAPI"]["items"]] == ["namespace"]
    mount = {"name": volume["name"], "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}
    assert mount in submitting["container"]["volumeMounts"]
    assert [each["name"] for each in pods.values() if "serviceAccountName" in each or "projected" in str(each)] == []


def test_every_step_of_the_pipeline_has_a_pod_with_limits(moderation: list[Spec]) -> None:
    """Each of our steps has a timeout, resources and retries, and only leaves are tried again."""
    pods = _pods(moderation[0])
    assert {"begin-interval", "extract-postgres", "load-iceberg", "end-run"} <= pods.keys()
    for template in moderation[0]["spec"]["templates"]:
        assert ("retryStrategy" in template) == ("container" in template)
    for template in pods.values():
        assert template["activeDeadlineSeconds"] > 0
        assert template["container"]["resources"]["limits"].keys() == {"cpu", "memory"}


def test_what_has_ended_is_kept_for_a_while(moderation: list[Spec]) -> None:
    """Three days after a success, two weeks after a failure."""
    seconds = {"secondsAfterSuccess": 259_200, "secondsAfterFailure": 1_209_600}
    assert moderation[0]["spec"]["ttlStrategy"] == seconds


def test_secrets_are_referred_to(moderation: list[Spec]) -> None:
    """Secrets stand in no text; they are read from their Secret when the pod starts."""
    environment = _pods(moderation[0])["load-iceberg"]["container"]["env"]
    (uri,) = [each for each in environment if each["name"] == f"{CATALOG_PREFIX}URI"]
    assert uri == {
        "name": f"{CATALOG_PREFIX}URI",
        "valueFrom": {"secretKeyRef": {"name": "stockpot-catalog", "key": f"{CATALOG_PREFIX}URI"}},
    }


def _exits(template: Spec) -> list[Spec]:
    """The tasks that run when the workflow has ended."""
    assert template["spec"]["onExit"] == "exit"
    (found,) = [each for each in template["spec"]["templates"] if each["name"] == "exit"]
    tasks: list[Spec] = found["dag"]["tasks"]
    return tasks


def test_exit_tasks_run_inner_first_whatever_happens() -> None:
    """Where two handlers guard a pipeline, the outer one runs after the inner one, even when that fails."""
    inner, outer = _exits(argo_documents(load("tests/stockpot/compiler/fixtures/exits.py:exits"))[0][0])
    assert f"{inner['name']}.Failed" in outer["depends"]
    assert f"{inner['name']}.Errored" in outer["depends"]


def test_one_task_ends_our_runs(moderation: list[Spec]) -> None:
    """It keeps the record and tells people, from the run's own parameters."""
    (end,) = _exits(moderation[0])
    given = {each["name"]: each["value"] for each in end["arguments"]["parameters"]}
    assert (end["name"], given["table"]) == ("end-run", "moderation.training_data")
    code = carried_code('workflow.parameters["as_of"]')
    assert given["as_of"] == f"{{{{={code}}}}}"


def test_schedule_becomes_a_cron_workflow(moderation: list[Spec]) -> None:
    """The schedule is UTC, never overlaps, and hands its own time on as the instant of the run."""
    spec = moderation[1]["spec"]
    assert (spec["schedules"], spec["timezone"], spec["concurrencyPolicy"]) == (["0 3 * * *"], "UTC", "Forbid")
    clock = {"name": "scheduled-time", "value": "{{workflow.scheduledTime}}"}
    assert spec["workflowSpec"]["arguments"]["parameters"] == [clock]
    arguments = {each["name"]: each["value"] for each in moderation[0]["spec"]["arguments"]["parameters"]}
    assert (arguments["as_of"], arguments["scheduled-time"]) == ("", "{{workflow.creationTimestamp.RFC3339}}")


def test_only_who_asks_when_a_run_was_scheduled_is_told() -> None:
    """The workflow has a parameter for it where a task's input or a container's text asks; a default does not."""

    def parameters(function: Callable[..., None]) -> list[str]:
        arguments = argo_documents(_plan(function))[0][0]["spec"].get("arguments", {})
        return [each["name"] for each in arguments.get("parameters", [])]

    assert parameters(_schedule_within) == parameters(_schedule_in_a_container) == ["scheduled-time"]
    assert parameters(_schedule_by_default) == ["as_of"]


def test_images_can_be_replaced() -> None:
    """An image is replaced where it is named, and nowhere else."""
    plan = load("verify-pipeline")
    before = _pods(argo_documents(plan)[0][0])["verify-table"]
    image = before["container"]["image"]
    after = _pods(argo_documents(plan, {image: "registry/verify@sha256:0"})[0][0])["verify-table"]
    assert after["container"].pop("image") == "registry/verify@sha256:0"
    before["container"].pop("image")
    assert after == before


def test_pipeline_names_fit_kubernetes() -> None:
    """A name with spaces and capitals becomes one that Kubernetes takes; KFP sees to most of it."""

    @dsl.pipeline(name="My Pipeline 2!")
    def odd():
        _step(text="a")

    applied, submitted = argo_documents(from_component(odd))
    assert applied[0]["metadata"]["name"] == "my-pipeline-2"
    assert submitted["metadata"]["generateName"] == "my-pipeline-2-"


def test_output_of_a_guarded_pipeline_is_refused() -> None:
    """What an exit handler guards cannot hand anything out on Argo; KFP would not write such a plan either."""
    documents = kfp_documents(_guarded)
    group = documents[0]["components"]["comp-exit-handler-1"]
    (inner,) = group["dag"]["tasks"]
    for scope, producer, key in ((group, inner, "said"), (documents[0]["root"], "exit-handler-1", "out")):
        scope["outputDefinitions"] = {"parameters": {"out": {"parameterType": "STRING"}}}
        selector = {"producerSubtask": producer, "outputParameterKey": key}
        scope["dag"]["outputs"] = {"parameters": {"out": {"valueFromParameter": selector}}}
    with pytest.raises(UnsupportedError, match="an output of a pipeline that is guarded by an exit handler"):
        argo_documents(Plan(documents, read_plan(documents)))


def test_braces_in_descriptions_do_no_harm() -> None:
    """A docstring may speak of `{{tags}}`: Argo fills in nothing there."""

    @dsl.pipeline(name="described", description="Fills {{user}} in.")
    def described():
        _step(text="a")

    applied, _ = argo_documents(from_component(described))
    assert applied[0]["metadata"]["annotations"]["workflows.argoproj.io/description"] == "Fills {{user}} in."
