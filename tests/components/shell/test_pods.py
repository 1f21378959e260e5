"""What a run's pods have left, asked of a server that answers as Kubernetes does."""

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import pytest

from components.shell import pods
from components.shell.kubeflow import ON_KUBEFLOW
from components.shell.pods import Failure, earlier_verdict, first_failure
from components.shell.status import RunEnd, resolve_run_end
from tests.harness.certificates import certificate

RUN, TOKEN = "moderation-training-x7k2p", "the token of the account"
# What the backend of 2.17.0 tells an exit handler of a run that has failed.
SILENT = {"state": "FAILED", "pipelineJobResourceName": RUN, "pipelineTaskName": "load", "error": {}}


def pod(node: str, message: str = "", code: int = 1, ended: str = "2026-01-15T03:00:00Z", **other: Any) -> Any:
    """A pod of the run whose step ended with Kubeflow's own code and said so last."""
    name = f"{RUN}-impl-{crc32(f'{node} {other}'.encode())}"
    terminated = {"exitCode": code, "message": message, "finishedAt": ended, "reason": "Error" if code else "Completed"}
    return {
        "metadata": {
            "name": name,
            "labels": {"workflows.argoproj.io/workflow": other.get("run", RUN)},
            "annotations": {"workflows.argoproj.io/node-name": f"{RUN}.root.load.{node}"},
        },
        "status": {
            "phase": other.get("phase", "Failed" if code else "Succeeded"),
            "containerStatuses": [
                {"name": "wait", "state": {"terminated": {"exitCode": 0}}},
                {"name": "main", "state": {"terminated": terminated}},
            ],
        },
    }


@dataclass
class Cluster:
    """The pods of a namespace."""

    pods: list[Any] = field(default_factory=list)

    def found(self, path: str, kind: str) -> Any:
        """The answer to a request, a page of two at a time."""
        parts = urlsplit(path)
        name = parts.path.removeprefix("/api/v1/namespaces/team/pods").strip("/")
        if name:
            return next(each for each in self.pods if each["metadata"]["name"] == name)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        label, phase = query["labelSelector"].partition("=")[2], query["fieldSelector"].partition("=")[2]
        matching = [
            each
            for each in self.pods
            if each["status"]["phase"] == phase and list(each["metadata"]["labels"].values()) == [label]
        ]
        first = int(query.get("continue", 0))
        page: list[Any] | None = matching[first : first + 2]
        if "PartialObjectMetadataList" in kind:
            # Kubernetes writes an empty list of metadata as null (seen in 1.34).
            page = [{"metadata": each["metadata"]} for each in matching[first : first + 2]] or None
        more = {"continue": str(first + 2)} if matching[first + 2 :] else {}
        return {"metadata": more, "items": page}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """An API server behind TLS, and the environment of a step's pod."""
    known = Cluster()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            body = json.dumps(known.found(self.path, self.headers["Accept"]) if allowed else {}).encode()
            self.send_response(200 if allowed else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    key, public = certificate(tmp_path)
    (tmp_path / "server.pem").write_text(key + public)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "namespace").write_text("team")
    monkeypatch.setattr(pods, "_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.server_port))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    yield known
    server.shutdown()
    server.server_close()


def within(monkeypatch: pytest.MonkeyPatch, own: Any) -> Any:
    """The pod, which this process is taken to run in."""
    monkeypatch.setenv(ON_KUBEFLOW, own["metadata"]["name"])
    return own


@pytest.mark.parametrize("code", [10, 11, 12, 13, 14])
def test_a_verdict_is_remembered_for_the_run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A further try of the same step has the verdict of the one before, with its line; the one try is its own."""
    own = within(monkeypatch, pod("check.executor(1)", phase="Running", code=0))
    cluster.pods = [own, pod("check.executor(0)", f"exit code {code}: 3 rows break the contract - mend them")]
    assert earlier_verdict() == Failure("check", "3 rows break the contract - mend them", code)


def test_nothing_else_is_taken_for_a_verdict(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what may pass, another step's, another round of the loop's, another run's, nor a pod that was lost."""
    own = within(monkeypatch, pod("rounds(1:b).check.executor(1)", phase="Running", code=0))
    lost = pod("rounds(1:b).check.executor(0)")
    lost["status"] = {"phase": "Failed", "message": "The node was low on resource: memory."}
    cluster.pods = [
        own,
        lost,
        pod("rounds(1:b).check.executor(2)", "exit code 75: Postgres does not answer"),
        pod("rounds(1:b).check.executor(3)", "exit code 1: KeyError"),
        pod("rounds(1:b).check.executor(4)", "killed", code=137),
        pod("rounds(0:a).check.executor(0)", "exit code 10: a verdict"),
        pod("rounds(1:b).check-2.executor(0)", "exit code 10: a verdict"),
        pod("rounds(1:b).check.executor(0)", "exit code 10: a verdict", run="another"),
    ]
    assert earlier_verdict() is None


def test_the_step_that_failed_first_and_for_good_is_named(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each step its last try counts, and none that a later try made good."""
    own = within(monkeypatch, pod("end-run", phase="Running", code=0))
    cluster.pods = [
        own,
        pod("extract.executor(0)", "exit code 75: Postgres does not answer", ended="2026-01-15T03:00:01Z"),
        pod("extract.executor(1)", code=0),
        pod("check.executor(0)", "exit code 75: no room", ended="2026-01-15T03:00:02Z"),
        pod("check.executor(10)", "exit code 10: 3 rows break the contract", ended="2026-01-15T03:09:00Z"),
        pod("check.executor(9)", "exit code 75: no room", ended="2026-01-15T03:08:00Z"),
        pod("publish", "exit code 11: there is no bucket", ended="2026-01-15T03:10:00Z"),
    ]
    assert first_failure() == Failure("check", "3 rows break the contract", 10)
    assert resolve_run_end(SILENT) == RunEnd("failed", "check", "3 rows break the contract", 10)
    assert resolve_run_end({**SILENT, "state": "RUNNING"}) == resolve_run_end(SILENT)
    assert resolve_run_end({**SILENT, "state": "COMPLETE"}) == RunEnd("succeeded")


def test_what_is_not_known_is_not_made_up(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a failed pod the backend's own words stay, such as after a person has stopped the run."""
    cluster.pods = [within(monkeypatch, pod("end-run", phase="Running", code=0))]
    assert first_failure() is None
    assert resolve_run_end({**SILENT, "state": "RUNNING"}).reason.startswith("stopped or failed")


def test_a_step_that_a_person_ended_is_not_called_a_failure(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops a run ends the step that runs, which says no more than that; a failure ahead of it counts."""
    own = within(monkeypatch, pod("end-run", phase="Running", code=0))
    ended = pod("load.executor(0)", "exit code 143: terminated", ended="2026-01-15T03:05:00Z")
    cluster.pods = [own, ended]
    stopped = resolve_run_end({**SILENT, "state": "RUNNING"})
    assert (stopped.step, stopped.exit_code) == ("load", 143)
    assert stopped.reason.startswith("stopped or failed")
    cluster.pods = [own, ended, pod("check.executor(0)", "exit code 10: 3 rows break the contract")]
    assert resolve_run_end({**SILENT, "state": "RUNNING"}) == RunEnd("failed", "check", "3 rows break the contract", 10)


def test_a_pod_that_was_lost_says_so(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Kubernetes says of the pod stands for what the step could not say."""
    lost = pod("load.executor(3)")
    lost["status"] = {"phase": "Failed", "message": "The node was low on resource: memory."}
    cluster.pods = [within(monkeypatch, pod("end-run", phase="Running", code=0)), lost]
    assert first_failure() == Failure("load", "The node was low on resource: memory.", 0)


@pytest.mark.parametrize("broken", ["token", "server", "account", "pod"])
def test_who_cannot_ask_goes_on(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, broken: str
) -> None:
    """No right, no server, no account and no pod are a warning; the step works, and the backend's words stay."""
    cluster.pods = [within(monkeypatch, pod("check.executor(1)", phase="Running", code=0))]
    match broken:
        case "token":
            (tmp_path / "token").write_text("another")
        case "server":
            monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
        case "account":
            (tmp_path / "namespace").unlink()
        case "pod":
            monkeypatch.setenv(ON_KUBEFLOW, "another")
    assert earlier_verdict() is None
    assert resolve_run_end(SILENT) == RunEnd("failed")
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert TOKEN not in caplog.text


STEP = """
import pathlib, sys
from components.shell import pods, step
from components.shell.errors import ContractError

def main(*, said: str) -> None:
    print("at work")
    raise ContractError("3 rows break the contract", "mend them")

pods._ACCOUNT = pathlib.Path(sys.argv.pop(1))
step._TERMINATION_LOG = pathlib.Path(sys.argv.pop(1))
step.run(main)
"""


def test_a_step_that_was_judged_does_its_work_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second try reads no input, and ends with the first one's line and code, which a third would find again."""
    said = tmp_path / "termination-log"
    said.touch()
    command = [sys.executable, "-c", STEP, str(tmp_path), str(said), "--said", "x"]
    cluster.pods = [within(monkeypatch, pod("check.executor(0)", phase="Running", code=0))]
    first = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    words = said.read_text()
    assert (first.returncode, first.stdout, words) == (
        10, "at work\n", "exit code 10: 3 rows break the contract - mend them",
    )  # fmt: skip
    cluster.pods = [
        pod("check.executor(0)", words),
        within(monkeypatch, pod("check.executor(1)", phase="Running", code=0)),
    ]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (second.returncode, second.stdout, said.read_text()) == (10, "", words)
    assert second.stderr.splitlines()[-1] == first.stderr.splitlines()[-1]
