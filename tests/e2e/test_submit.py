"""`stockpot submit` against the real cluster, through kubectl and through Argo's own server."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.e2e.places import FIRST, ROOT
from tests.e2e.test_argo_compiler import FIXTURES, IMAGES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("submit")]

PIPELINES = ("moderation-training", "verify-pipeline")
# Pods of the place meet the restricted standard.
RESTRICTED = ("--profile", "restricted")
# The steps of the pipeline that fails, as they follow each other, and what lets its submitter resume it.
ORDER = ("expect", "leave", "tell")
RESUMING: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "test-resumer"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "stockpot-resumer"},
    "subjects": [{"kind": "ServiceAccount", "name": "stockpot-submitter"}],
}


@pytest.fixture(scope="module")
def exits(scratch: Path) -> str:
    """A pipeline in a file, which fails when it is told to, with images that the cluster has."""
    (scratch / "alone").mkdir()
    for name in ("exits.py", "fixture_steps.py"):
        text = (FIXTURES / name).read_text()
        for image, there in IMAGES.items():
            text = text.replace(f'"{image}"', f'"{there}"')
        (scratch / "alone" / name).write_text(text)
    return f"{scratch / 'alone/exits.py'}:exits"


@pytest.fixture(scope="module", autouse=True)
def keeping_logs(place: Any) -> None:
    """Have Argo keep the logs of the place's runs, as the demo does, before the first of them begins."""
    kept = yaml.safe_load((ROOT / "manifests/overlays/demo/artifacts.yaml").read_text())["data"]
    patch = json.dumps({"data": kept})
    place.kubectl("patch", "configmap", "artifact-repositories", "--type=merge", "--patch", patch)


@pytest.fixture(scope="module")
def token(place: Any) -> str:
    """What a program that submits is given: the rights of the account stockpot-submitter for an hour."""
    return str(place.kubectl("create", "token", "stockpot-submitter", "--duration=1h").strip())


@pytest.fixture(scope="module")
def argo_server(scratch: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody whose cluster is behind Argo's server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["argo", "server", "--namespace=argo", "--auth-mode=client", "--secure=false", f"--port={port}"]
    with (scratch / "argo-server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(port, process, scratch / "argo-server.log")
        yield {"ARGO_SERVER": f"127.0.0.1:{port}", "ARGO_SECURE": "false", "KUBECONFIG": "/nonexistent"}
    finally:
        process.kill()  # asked politely it waits for those who watch
        process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"Argo's server is not up\n{log.read_text()[-2000:]}")


def submit(place: Any, pipeline: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`stockpot submit` into the place."""
    done: subprocess.CompletedProcess[str] = place.stockpot(
        "submit", pipeline, "--namespace", place.namespace, *words, **environment
    )
    return done


def logs(place: Any, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`stockpot logs` of a run in the place."""
    done: subprocess.CompletedProcess[str] = place.stockpot(
        "logs", *words, "--on", "cluster", "--namespace", place.namespace, **environment
    )
    return done


def test_a_watched_run_is_told_step_by_step(place: Any) -> None:
    """The steps show up as they run, the exit code is 0, and the rows are there; of pods that are gone the logs are."""
    done = submit(place, "moderation-training", "--as-of", FIRST, "--param", f"bucket={place.bucket}", "--watch")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.startswith("Submitted moderation-training-")
    for step in ("begin-interval", "moderation-features", "load-iceberg", "end-run"):
        assert f"  ✓ {step}  " in done.stdout
    place.assert_whole()
    name = done.stdout.split()[1]
    place.poll(lambda: not place.list("pods", f"workflows.argoproj.io/workflow={name}"), f"the pods of {name} to go")
    said = logs(place, name, "check-quality")
    assert (said.returncode, said.stderr) == (0, ""), said.stderr
    assert "expectations met" in said.stdout


def test_a_failed_run_names_its_step(place: Any, exits: str) -> None:
    """Its own line, not the handlers after it, and where to read more; its code is none of ours."""
    done = submit(place, exits, *RESTRICTED, "--param", "code=10", "--watch", "--output", "json")
    assert done.returncode == 1, done.stderr
    assert "error: leave: leaving with 10 - logs: stockpot logs exits-" in done.stderr.splitlines()[-1]
    assert "The last lines of leave:\n    │ leaving with 10\n" in done.stderr
    found = json.loads(done.stdout)
    assert (found["phase"], found["exit_code"], found["error"]) == ("Failed", 1, "leave: leaving with 10")
    assert {step["step"]: step["phase"] for step in found["steps"]} == {
        "expect": "Succeeded", "leave": "Failed", "tell": "Succeeded", "tell-2": "Succeeded",
    }  # fmt: skip


def test_it_does_not_wait_unless_asked(place: Any, exits: str) -> None:
    """JSON names the run, which goes on by itself, and whose steps can be listened to."""
    done = submit(place, exits, *RESTRICTED, "--param", "code=0", "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["template"] is None
    said = logs(place, found["workflow"], "-f")
    assert (said.returncode, f"Run {found['workflow']} succeeded" in said.stderr) == (0, True), said.stderr
    lines = [line.split(" │ ") for line in said.stdout.splitlines()]
    assert ["leave", "leaving with 0"] in [[name.rstrip(), text] for name, text in lines]
    assert place.wait(found["workflow"]).phase == "Succeeded"


@pytest.fixture(params=["kubectl", "server"])
def submitter(request: Any, place: Any, token: str, scratch: Path) -> dict[str, str]:
    """The environment of somebody who may submit in the place and nothing else."""
    if request.param == "server":
        return {"ARGO_TOKEN": token, **request.getfixturevalue("argo_server")}
    return {"KUBECONFIG": _kubeconfig(place, token, scratch)}


def test_a_submitter_may_start_a_run_and_watch_it(place: Any, exits: str, submitter: dict[str, str]) -> None:
    """Through kubectl and through Argo's server alike, with no more than the account for submitters may do."""
    done = submit(place, exits, *RESTRICTED, "--param", "code=10", "--watch", **submitter)
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"
    assert "error: leave: leaving with 10" in done.stderr
    assert "    │ leaving with 10\n" in done.stdout
    assert submitter.get("ARGO_TOKEN", "token") not in done.stdout + done.stderr
    name = done.stdout.split()[1]
    said = logs(place, name, "leave", **submitter)
    assert (said.returncode, set(said.stdout.splitlines())) == (0, {"leaving with 10"}), said.stderr
    wrong = logs(place, name, "leaf", **submitter)
    assert (wrong.returncode, "name one of: leave" in wrong.stderr) == (11, True), wrong.stderr
    by_name = submit(place, "verify-pipeline", "--output", "json", **submitter)
    assert by_name.returncode == 0, by_name.stderr
    assert json.loads(by_name.stdout)["template"] == "verify-pipeline"


@pytest.fixture
def may_resume(place: Any) -> Iterator[Callable[[], None]]:
    """Gives the account of submitters the role for it, for a test."""
    yield lambda: place.kubectl("apply", "-f", "-", text=json.dumps(RESUMING))
    place.kubectl("delete", "rolebinding", RESUMING["metadata"]["name"], "--ignore-not-found")


def test_a_run_goes_on_or_begins_anew_from_a_step(
    place: Any, exits: str, submitter: dict[str, str], may_resume: Callable[[], None]
) -> None:
    """By the command argo and by Argo's server, for whoever has the role; steps that ended well are kept."""

    def resume(*words: str) -> "subprocess.CompletedProcess[str]":
        found = place.stockpot("resume", *words, "--on", "cluster", "--namespace", place.namespace, **submitter)
        return cast("subprocess.CompletedProcess[str]", found)

    submitted = submit(place, exits, *RESTRICTED, "--output", "json", **submitter)
    name = json.loads(submitted.stdout)["workflow"]
    before = place.wait(name)
    refused = resume(name)
    assert (refused.returncode, "ask for the role stockpot-resumer" in refused.stderr) == (11, True), refused.stderr
    may_resume()
    # Each way is tried with one of the two, for a run takes half a minute.
    step, words = ("expect", ("--from", "expect")) if "ARGO_SERVER" in submitter else ("leave", ())
    done = resume(name, *words)
    assert done.returncode == 0, done.stderr
    after = place.wait(name)
    assert after.phase == "Failed", after.explain()
    begun = {each: after.pods(each)[0]["startedAt"] > before.pods(each)[0]["startedAt"] for each in ORDER}
    assert begun == {each: ORDER.index(each) >= ORDER.index(step) for each in ORDER}


def test_a_template_that_is_not_there_is_named(place: Any, submitter: dict[str, str]) -> None:
    """One line, and exit code 11."""
    done = submit(place, "erase-gone", **submitter)
    assert done.returncode == 11, f"{done.stdout}\n{done.stderr}"
    (line,) = done.stderr.splitlines()
    assert "there is no WorkflowTemplate 'erase-gone'" in line


def test_a_missing_right_is_named(place: Any, exits: str, submitter: dict[str, str]) -> None:
    """In a namespace where the submitter has no business, the role to ask for is named."""
    done = place.stockpot("submit", exits, "--namespace", "kube-system", **submitter)
    assert done.returncode == 11, f"{done.stdout}\n{done.stderr}"
    (line,) = done.stderr.splitlines()
    assert "ask for the role stockpot-submitter in namespace kube-system" in line


def _kubeconfig(place: Any, token: str, scratch: Path) -> str:
    """A configuration of kubectl for the account of submitters, in place of the administrator's."""
    admin = json.loads(place.kubectl("config", "view", "--raw", "--minify", "-o", "json"))
    admin["users"] = [{"name": each["name"], "user": {"token": token}} for each in admin["users"]]
    path = scratch / "submitter.json"
    path.write_text(json.dumps(admin))
    return str(path)


def test_a_cluster_that_does_not_answer_says_to_try_again(place: Any, exits: str, scratch: Path) -> None:
    """Exit code 75 for one that is away, 11 for none at all."""
    away = json.loads(Path(_kubeconfig(place, "none", scratch)).read_text())
    for each in away["clusters"]:
        each["cluster"]["server"] = "https://127.0.0.1:1"
    path = scratch / "away.json"
    path.write_text(json.dumps(away))
    assert submit(place, exits, KUBECONFIG=str(path)).returncode == 75
    done = submit(place, exits, KUBECONFIG="/nonexistent")
    assert (done.returncode, "set KUBECONFIG" in done.stderr) == (11, True), done.stderr
