"""What is submitted, to whom, and what happens when that fails."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from components.shell.errors import ConfigurationError, TransientError
from components.trigger_training.cluster import Cluster, own_cluster, submit
from components.trigger_training.workflow import following_workflow, training_workflow

WORKFLOW = training_workflow("train-ranker", {"epochs": 3.0}, "feed.training_data", "77")


class Api(ThreadingHTTPServer):
    """An HTTP server that answers as Kubernetes does for templates and workflows, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.created: dict[str, Any] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.failure = 0

    @property
    def cluster(self) -> Cluster:
        """How a step reaches it."""
        return Cluster(f"http://127.0.0.1:{self.server_port}", "ml", token="t0ken")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Api

    def do_GET(self) -> None:
        """A template: there is one, `train-ranker`."""
        self.answer(200 if self.path.endswith("/workflowtemplates/train-ranker") else 404)

    def do_POST(self) -> None:
        """A workflow: created, or 409 when its name is taken."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taken = body["metadata"]["name"] in self.server.created
        self.server.created[body["metadata"]["name"]] = body
        self.answer(409 if taken else 201)

    def answer(self, status: int) -> None:
        """The status, or the failure that the test has set."""
        self.server.asked.append((self.command, self.path, self.headers["Authorization"]))
        self.send_response(self.server.failure or status)
        self.end_headers()
        self.wfile.write(json.dumps({"message": "workflows is forbidden for sa default"}).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' output is not the place."""


@pytest.fixture
def api() -> Iterator[Api]:
    """A server of the test's own."""
    with Api() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_workflow_runs_the_template_on_the_snapshot() -> None:
    """Parameters are texts in a fixed order, with table and snapshot among them."""
    assert WORKFLOW["spec"] == {
        "workflowTemplateRef": {"name": "train-ranker"},
        "arguments": {
            "parameters": [
                {"name": "epochs", "value": "3"},
                {"name": "snapshot_id", "value": "77"},
                {"name": "table", "value": "feed.training_data"},
            ]
        },
    }


def test_equal_work_has_an_equal_name() -> None:
    """The name depends on template, parameters and snapshot, and fits into a label."""
    names = {
        training_workflow(template, {"epochs": epochs}, "feed.training_data", snapshot)["metadata"]["name"]
        for template in ("train", "t" * 200)
        for epochs in (3, 4)
        for snapshot in ("77", "78")
        for _ in range(2)
    }
    assert len(names) == 8
    assert all(len(name) <= 63 for name in names)


def test_templates_that_are_nearly_alike_do_not_meet() -> None:
    """Their names differ beyond the room of a label, or in a dot: each is a workflow of its own."""
    alike = ("t" * 52 + "-a", "t" * 52 + "-b", "a.b", "a-b")
    names = [training_workflow(each, {}, "feed.training_data", "77")["metadata"]["name"] for each in alike]
    names += [following_workflow(each, {}, "run-7", {})["metadata"]["name"] for each in alike]
    assert len(set(names)) == 8
    assert all(len(name) <= 63 and "." not in name for name in names)


@pytest.mark.parametrize(
    ("template", "parameters", "message"),
    [
        ("Train Ranker", {}, "is no name of a WorkflowTemplate"),
        ("../../secrets", {}, "is no name of a WorkflowTemplate"),
        ("train", {"snapshot_id": "1"}, "the parameter 'snapshot_id' is set by the pipeline"),
    ],
)
def test_wrong_names_are_refused(template: str, parameters: dict[str, Any], message: str) -> None:
    """A template's name that is none, and a parameter that would hide the snapshot."""
    with pytest.raises(ConfigurationError, match=message):
        training_workflow(template, parameters, "feed.training_data", "77")


def test_a_workflow_is_submitted_once(api: Api) -> None:
    """The first call creates it with the pod's token, the second finds it there."""
    assert submit(api.cluster, WORKFLOW)
    assert not submit(api.cluster, WORKFLOW)
    assert list(api.created.values()) == [WORKFLOW]
    root = "/apis/argoproj.io/v1alpha1/namespaces/ml"
    assert api.asked[:2] == [
        ("GET", f"{root}/workflowtemplates/train-ranker", "Bearer t0ken"),
        ("POST", f"{root}/workflows", "Bearer t0ken"),
    ]


def test_a_template_that_is_not_there_is_named(api: Api) -> None:
    """Nothing is created for a template nobody has."""
    workflow = training_workflow("train-renker", {}, "feed.training_data", "77")
    with pytest.raises(ConfigurationError, match="no WorkflowTemplate 'train-renker' in namespace ml"):
        submit(api.cluster, workflow)
    assert not api.created


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ConfigurationError),
        (403, ConfigurationError),
        (422, ConfigurationError),
        (429, TransientError),
        (503, TransientError),
    ],
)
def test_refusals_and_outages_are_told_apart(api: Api, status: int, error: type[Exception]) -> None:
    """A right that is missing is a person's matter, an overloaded API is worth another try; the token is not shown."""
    api.failure = status
    with pytest.raises(error, match="workflows is forbidden for sa default") as raised:
        submit(api.cluster, WORKFLOW)
    assert "t0ken" not in str(raised.value) + repr(api.cluster)


def test_an_api_that_does_not_answer_is_worth_another_try() -> None:
    """Nothing listens there."""
    with pytest.raises(TransientError, match="does not answer"):
        submit(Cluster("http://127.0.0.1:9", "ml"), WORKFLOW)


def test_a_laptop_is_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the cluster's variables, or under the local runner, there is nothing to submit to."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert own_cluster() is None
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    assert own_cluster() is None
    monkeypatch.setenv("STOCKPOT_ENGINE", "argo")
    with pytest.raises(ConfigurationError, match="no service account token"):
        own_cluster()


@pytest.mark.parametrize(
    ("template", "state", "line"),
    [("", "off", "Training is off"), ("train-ranker", "printed", "would submit to namespace ml")],
)
def test_the_command_says_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, state: str, line: str
) -> None:
    """Off by default; outside a cluster the workflow is printed."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    command = [
        sys.executable,
        "-m",
        "components.trigger_training",
        f"--workflow-template={template}",
        "--parameters={}",
    ]
    command += ["--namespace=ml", "--table=feed.training_data", "--snapshot-id=77", f"--summary={tmp_path}/summary"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert line in done.stdout
    assert ('"workflowTemplateRef"' in done.stdout) == (state == "printed")
    assert json.loads((tmp_path / "summary").read_text())["details"]["state"] == state


def test_one_run_is_followed_once(api: Api) -> None:
    """The name follows from template and run alone: whatever a repeated step is told, nothing comes twice."""
    followed = [
        following_workflow("train-ranker", {"epochs": epochs}, "run-7", {"articles_snapshot": snapshot})
        for epochs, snapshot in ((3.0, "77"), (4.0, "78"))
    ]
    assert [submit(api.cluster, workflow) for workflow in followed] == [True, False]
    assert followed[0]["metadata"]["labels"] == {"stockpot/follows": "run-7"}
    assert followed[0]["spec"]["arguments"]["parameters"] == [
        {"name": "articles_snapshot", "value": "77"},
        {"name": "epochs", "value": "3"},
    ]
    others = [
        following_workflow(*one, {})["metadata"]["name"]
        for one in (("train-ranker", {}, "run-8"), ("train", {}, "run-7"))
    ]
    assert len({*others, followed[0]["metadata"]["name"]}) == 3
    with pytest.raises(ConfigurationError, match="'articles_snapshot' is set by the pipeline"):
        following_workflow("train", {"articles_snapshot": "1"}, "run-7", {"articles_snapshot": "77"})


@pytest.mark.parametrize(("template", "state"), [("", "off"), ("articles-embeddings", "printed")])
def test_the_command_that_follows_a_run(tmp_path: Path, template: str, state: str) -> None:
    """Off unless a template is named; outside a cluster it says what it would submit."""
    given = {
        "workflow-template": template, "parameters": "{}", "namespace": "", "run-key": "run-7",
        "snapshot-as": "articles_snapshot", "snapshot-id": "77", "summary": tmp_path / "summary",
    }  # fmt: skip
    flags = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "components.trigger_training.follow", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads((tmp_path / "summary").read_text())["details"]["state"] == state
    assert ('"articles_snapshot"' in done.stdout) is (state == "printed")
