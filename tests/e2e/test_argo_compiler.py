"""The fixtures of the compiler on a real cluster: most of them check themselves and fail where something is off."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.stockpot.compiler.test_golden import CHECKING

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.xdist_group("argo-compiler")]

FIXTURES = Path(__file__).parents[1] / "stockpot/compiler/fixtures"
# Fixtures whose steps compare what they are given.
THEMSELVES = (*CHECKING, "lightweight", "uris")
# Runs in the order in which the tests look at them: what is run, and with which parameter.
RUNS: tuple[tuple[str, Mapping[str, object]], ...] = (
    *((name, {}) for name in THEMSELVES),
    *(("exits", {"code": code}) for code in (10, 0)),
    *(("parts", {"code": code}) for code in (10, 0)),
    *(("stumble", {"code": code}) for code in (75, 1, 10)),
    ("timeout", {}),
    ("scheduled", {}),
    ("scheduled", {"as_of": "2026-01-01T00:00:00Z"}),
)
# So many are under way at a time: each would leave the cluster idle most of its time.
AT_ONCE = 4
# The images that the cluster has; where it can pull, the fixtures' own will do.
IMAGES = {
    "python:3.11-slim-bookworm": os.environ.get("STOCKPOT_E2E_IMAGE", "local/python:3.11-bookworm"),
    "python:3.11": os.environ.get("STOCKPOT_E2E_KFP_IMAGE", "local/python-kfp:3.11"),
}


@pytest.fixture(scope="module")
def fixtures(place: Any) -> Any:
    """A place with all fixtures installed."""
    names = [f"{name}.py:{name}" for name in (*THEMSELVES, "exits", "parts", "placement")]
    names += ["scheduled.py:PIPELINE", "retries.py:lost_pod", "retries.py:stumble", "retries.py:timeout"]
    place.install(*(str(FIXTURES / name) for name in names), images=IMAGES)
    return place


@pytest.fixture(scope="module")
def ended(fixtures: Any) -> Callable[..., Any]:
    """A function that gives one of RUNS once it has ended, with the next ones under way."""
    begun: dict[int, str] = {}

    @cache
    def wait(place: int) -> Any:
        for number, (name, parameters) in enumerate(RUNS[place : place + AT_ONCE], place):
            if number not in begun:
                begun[number] = fixtures.submit(name, **parameters)
        return fixtures.wait(begun[place])

    return lambda name, **parameters: wait(RUNS.index((name, parameters)))


@pytest.mark.parametrize("name", THEMSELVES)
def test_fixture_checks_itself(ended: Any, name: str) -> None:
    """What the steps of the fixture compare is equal."""
    run = ended(name)
    assert run.phase == "Succeeded", run.explain()


def test_artifacts_lie_under_run_and_pod(fixtures: Any, ended: Any) -> None:
    """A dataset is stored file by file below the run and the pod that wrote it."""
    run = ended("artifacts")
    (pod,) = [node for node in run.pods("write") if node["phase"] == "Succeeded"]
    keys = [
        key.split("/", 2)[2]
        for key in fixtures.keys("stockpot-artifacts", f"runs/{run.name}/")
        if f"/{_pod_name(run, pod)}/" in key
    ]
    assert [key.split("/", 1)[1] for key in keys] == ["data/more/part-1.txt", "data/part-0.txt"]


def test_addresses_lead_to_the_bytes(fixtures: Any, ended: Any) -> None:
    """What steps are told as the address of an artifact is where Argo has put it; out of a list, and in Python too."""
    run = ended("uris")
    kept = {f"s3://stockpot-artifacts/{key}" for key in fixtures.keys("stockpot-artifacts", f"runs/{run.name}/")}
    told = {
        node["templateName"]: each["value"]
        for node in run.nodes
        if node["type"] == "Pod" and node["phase"] == "Succeeded"
        for each in node.get("outputs", {}).get("parameters", ())
        if each["name"] in {"uri", "Output"} and node["templateName"] != "taste"
    }
    assert told.pop("ask-2") == "gs://kitchen/so$up"
    assert sorted(told) == ["ask", "ask-3", "look", "make", "several-for-loop-2-make", "within-for-loop-2-ask"]
    assert {*told.values()} <= kept


def _pod_name(run: Any, node: Any) -> str:
    return f"{run.name}-{node['templateName']}-{node['id'].rsplit('-', 1)[1]}"


def test_loop_keeps_its_bound(ended: Any) -> None:
    """With a parallelism of one, no two iterations overlap, in the order of the list."""
    run = ended("loops")
    pods = run.pods("write")
    assert [pod["inputs"]["parameters"][0]["value"] for pod in pods] == ["x", "yy", "zzz"]
    assert all(before["finishedAt"] <= after["startedAt"] for before, after in pairwise(pods))


@pytest.mark.parametrize(("code", "phase", "state"), [(10, "Failed", "FAILED"), (0, "Succeeded", "SUCCEEDED")])
def test_exit_handlers_are_told_how_it_ended(ended: Any, code: int, phase: str, state: str) -> None:
    """Both handlers run, the inner one first, and hear of the step's own line where it failed."""
    run = ended("exits", code=code)
    assert run.phase == phase
    pods = [*run.pods("tell"), *run.pods("tell-2")]
    assert [pod["phase"] for pod in pods] == ["Succeeded", "Succeeded"], run.explain()
    inputs = [{each["name"]: each["value"] for each in pod["inputs"]["parameters"]} for pod in pods]
    assert {json.loads(each["status"])["state"] for each in inputs} == {state}
    first = min(zip(pods, inputs, strict=True), key=lambda pair: pair[0]["startedAt"])
    assert first[1]["who"] == "inner soup"


@pytest.mark.parametrize(("code", "phase", "state"), [(10, "Failed", "FAILED"), (0, "Succeeded", "SUCCEEDED")])
def test_exit_handlers_of_parts_run_where_their_part_has_ended(ended: Any, code: int, phase: str, state: str) -> None:
    """Each hears of its own part alone, in loops and pipelines as well; what failed there fails the run."""
    run = ended("parts", code=code)
    assert run.phase == phase, run.explain()
    inputs = [
        {each["name"]: each["value"] for each in node.get("inputs", {}).get("parameters", ())} for node in run.nodes
    ]
    told = sorted((each["who"], json.loads(each["status"])["state"]) for each in inputs if "status" in each)
    assert told == [("a", "SUCCEEDED"), ("b", "SUCCEEDED"), ("first {soup}", state), ("{soup}", "SUCCEEDED")]


def test_failure_names_the_step_and_its_line(ended: Any) -> None:
    """The status holds the step that failed, at each of its attempts, without the groups around it."""
    run = ended("exits", code=10)
    status = next(each["value"] for each in run.pods("tell")[0]["inputs"]["parameters"] if each["name"] == "status")
    failed = [(each["displayName"], each["message"]) for each in json.loads(json.loads(status)["error"]["message"])]
    assert failed == [("leave", "main: Error (exit code 10): leaving with 10")] * 2


@pytest.mark.parametrize("code", [75, 1, 10])
def test_any_failure_of_another_program_is_tried_again(ended: Any, code: int) -> None:
    """As often as the policy says, as in KFP. That steps of our own are not is in test_bad_ends."""
    run = ended("stumble", code=code)
    assert (run.phase, len(run.pods("leave"))) == ("Failed", 3)


def test_lost_pod_is_replaced(fixtures: Any) -> None:
    """After its pod was deleted a step starts anew, and the next step reads what the second pod wrote.

    Argo either makes the pod anew within the attempt or counts the attempt as an error, and another follows.
    """
    name = fixtures.submit("lost-pod", seconds=30)
    selector = ("pods", "-l", f"workflows.argoproj.io/workflow={name}")
    running = ("--field-selector=status.phase=Running", "-o", "name")
    fixtures.poll(lambda: fixtures.kubectl("get", *selector, *running).strip(), "the pod to run")
    fixtures.kubectl("delete", *selector, "--wait=false", "--grace-period=1")
    deleted = datetime.now(UTC)
    run = fixtures.wait(name)
    assert run.phase == "Succeeded", run.explain()
    assert datetime.fromisoformat(run.pods("linger")[-1]["finishedAt"]) - deleted >= timedelta(seconds=29)


def test_timeout_ends_a_step(ended: Any) -> None:
    """A step that takes longer than it may is stopped."""
    run = ended("timeout")
    assert run.phase == "Failed"
    assert "deadline" in run.pods("linger")[0]["message"]


def test_run_by_hand_takes_its_creation_as_instant(ended: Any) -> None:
    """The scheduled time of a run by hand is the time it was created, as a full instant in UTC."""
    run = ended("scheduled")
    assert run.phase == "Succeeded", run.explain()
    assert run.output("instant", "said") == run.document["metadata"]["creationTimestamp"]
    assert run.output("instant-2", "said") == run.document["metadata"]["creationTimestamp"]


def test_given_instant_wins(ended: Any) -> None:
    """An instant given by hand is taken, by the exit handler too."""
    run = ended("scheduled", as_of="2026-01-01T00:00:00Z")
    assert run.output("instant", "said") == "2026-01-01T00:00:00Z"
    created = run.document["metadata"]["creationTimestamp"]
    assert run.output("instant-2", "said") == created
    assert run.pods("farewell")[0]["inputs"]["parameters"][0]["value"] == f"2026-01-01T00:00:00Z {created}"


def test_cron_run_takes_its_scheduled_time(fixtures: Any) -> None:
    """A run of the schedule has the minute it was scheduled for, however late it starts."""
    fixtures.kubectl("patch", "cronworkflow", "scheduled", "--type=merge", "-p", '{"spec":{"suspend":false}}')
    selector = (
        "workflows",
        "-l",
        "workflows.argoproj.io/cron-workflow=scheduled",
        "-o",
        "jsonpath={.items[*].metadata.name}",
    )
    names = fixtures.poll(lambda: fixtures.kubectl("get", *selector).split(), "a run of the schedule")
    fixtures.kubectl("patch", "cronworkflow", "scheduled", "--type=merge", "-p", '{"spec":{"suspend":true}}')
    run = fixtures.wait(names[0])
    assert run.phase == "Succeeded", run.explain()
    said = datetime.fromisoformat(run.output("instant", "said"))
    assert said.tzinfo == UTC
    assert said.second == 0
    assert run.output("instant-2", "said") == run.output("instant", "said")
    assert (
        run.output("instant", "said") == run.document["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    )
    tick = run.output("instant", "said")
    assert run.pods("farewell")[0]["inputs"]["parameters"][0]["value"] == f"{tick} {tick}"


def test_pod_is_placed_and_furnished(fixtures: Any) -> None:
    """Environment, resources and the rest are in the pod as Kubernetes knows it."""
    fixtures.kubectl("label", "node", "--all", "disk=fast", "--overwrite")
    patch = '[{"op":"add","path":"/status/capacity/nvidia.com~1gpu","value":"1"}]'
    for node in fixtures.kubectl("get", "nodes", "-o", "name").split():
        fixtures.kubectl("patch", node, "--subresource=status", "--type=json", "-p", patch)
    secret, settings = "apiVersion: v1\nkind: Secret\n", "apiVersion: v1\nkind: ConfigMap\n"
    secret += "metadata: {name: store}\nstringData: {access: a, secret: s}\n"
    settings += "metadata: {name: settings}\ndata: {region: r}\n"
    fixtures.kubectl("apply", "-f", "-", text=f"{secret}---\n{settings}")
    name = fixtures.submit("placement")
    selector = ("pods", "-l", f"workflows.argoproj.io/workflow={name},team=kitchen", "-o", "json")
    pod = fixtures.poll(lambda: json.loads(fixtures.kubectl("get", *selector))["items"], "the pod")[0]
    (main,) = [container for container in pod["spec"]["containers"] if container["name"] == "main"]
    environment = {each["name"]: each.get("value") for each in main["env"]}
    assert {
        "LEVEL": "debug",
        "STOCKPOT_ENGINE": "argo",
        "ACCESS_KEY": None,
        "REGION": None,
    }.items() <= environment.items()
    assert main["resources"]["limits"] == {"cpu": "1", "memory": "256Mi"}
    assert not any("serviceaccount" in mount["mountPath"] for mount in main["volumeMounts"])
    run = fixtures.wait(name)
    assert run.phase == "Succeeded", run.explain()
