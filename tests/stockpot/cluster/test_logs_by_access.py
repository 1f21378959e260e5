"""Logs through kubectl, the real one, and through Argo's server; what answers them is a stand-in."""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot import cli
from stockpot.cluster.argo_server import ArgoServer
from stockpot.cluster.kubectl import Kubectl
from stockpot.cluster.log_lines import LogLine, LogQuery
from tests.stockpot.cluster.answering import Answering, answering, failure
from tests.stockpot.cluster.workflows import NAME, pod, workflow

SINCE = datetime(2026, 1, 15, 0, 0, 7, tzinfo=UTC)
ALL = LogQuery()
PODS = "/api/v1/namespaces/kitchen/pods"
LOG = f"/api/v1/workflows/kitchen/{NAME}/log"
NO_RIGHT = 'pods "c" is forbidden: User "eve" cannot get resource "pods/log" in API group "" in the namespace "kitchen"'


@pytest.fixture
def server() -> Iterator[Answering]:
    """The stand-in."""
    with answering() as found:
        yield found


@pytest.fixture
def kubernetes(server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The stand-in as Kubernetes' own server, with the pods a, b and c, which kubectl is told to ask."""
    if not shutil.which("kubectl"):
        pytest.skip("needs kubectl")
    found = {"clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}]}
    context = {"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}], "current-context": "c"}
    (tmp_path / "kubeconfig").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **found, **context}))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("HOME", str(tmp_path))
    kind = {"name": "pods", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
    pods = [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "kitchen"},
         "spec": {"containers": [{"name": "main"}]}}
        for name in "abc"
    ]  # fmt: skip
    server.answers |= {
        "/api": (200, {"kind": "APIVersions", "versions": ["v1"]}),
        "/apis": (200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        "/api/v1": (200, {"kind": "APIResourceList", "groupVersion": "v1", "resources": [kind]}),
        PODS: (200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods}),
        f"{PODS}/a/log": (200, b"2026-01-15T00:00:07.5Z one\r\n2026-01-15T00:00:08Z error: two\n"),
        f"{PODS}/b/log": (400, failure("BadRequest", 400, 'container "main" in pod "b" is waiting to start: Pod')),
        f"{PODS}/c/log": (200, b"2026-01-15T00:00:09Z \xff\n"),
        **{f"{PODS}/{each['metadata']['name']}": (200, each) for each in pods},
    }
    return server


def heard(cluster: Kubectl | ArgoServer, asked: LogQuery = ALL) -> tuple[list[LogLine], list[str]]:
    """The lines that are said, and why some could not be read."""
    unread: list[str] = []
    return list(cluster.log_lines(NAME, asked, unread.append)), unread


def test_kubectl_reads_all_pods_at_once(kubernetes: Answering) -> None:
    """One that has not begun is no trouble; lines end where the pod ended them, and time is handed over."""
    lines, unread = heard(Kubectl("kitchen"), LogQuery(since=SINCE))
    assert {(each.pod, each.text) for each in lines} == {("a", "one"), ("a", "error: two"), ("c", "�")}
    assert unread == []
    asked = next(each for each in kubernetes.asked if "/a/log" in each)
    assert "container=main" in asked
    assert "sinceTime=2026-01-15T00%3A00%3A07Z" in asked
    assert any(f"labelSelector=workflows.argoproj.io%2Fworkflow%3D{NAME}" in each for each in kubernetes.asked)


def test_kubectl_reads_the_end_of_one_pods_log(kubernetes: Answering) -> None:
    """Nothing of the others; of one that waits, or is gone by then, there is nothing to say."""
    assert list(Kubectl("kitchen").pods(workflow())) == ["a", "b", "c"]
    kubernetes.asked.clear()
    lines, unread = heard(Kubectl("kitchen"), LogQuery("a", last=2000))
    assert ([each.text for each in lines], unread) == (["one", "error: two"], [])
    (asked,) = (each for each in kubernetes.asked if "/log" in each)
    assert asked.startswith(f"{PODS}/a/log")
    assert "tailLines=2000" in asked
    assert heard(Kubectl("kitchen"), LogQuery("b")) == ([], [])
    del kubernetes.answers[f"{PODS}/c"]
    assert heard(Kubectl("kitchen"), LogQuery("c")) == ([], [])


def test_kubectl_names_a_missing_right(kubernetes: Answering) -> None:
    """That to read logs, and that to list pods."""
    kubernetes.answers[f"{PODS}/c/log"] = (403, failure("Forbidden", 403, NO_RIGHT))
    with pytest.raises(ConfigurationError, match=r'resource "pods/log".* - ask for the role stockpot-submitter'):
        heard(Kubectl("kitchen"))
    kubernetes.answers[PODS] = (403, failure("Forbidden", 403, 'pods is forbidden: User "eve" cannot list'))
    with pytest.raises(ConfigurationError, match=r"cannot list.* - ask for the role stockpot-submitter"):
        heard(Kubectl("kitchen"))
    with pytest.raises(ConfigurationError, match=r"cannot list.* - ask for the role stockpot-submitter"):
        Kubectl("kitchen").pods(workflow())


def test_kubectl_tells_of_a_pod_that_cannot_be_read(kubernetes: Answering) -> None:
    """The others' lines are there all the same; where no pods are left there is nothing at all."""
    kubernetes.answers[f"{PODS}/c/log"] = (500, failure("InternalError", 500, "dial tcp 10.0.0.1:10250: refused"))
    lines, unread = heard(Kubectl("kitchen"))
    assert [each.text for each in lines] == ["one", "error: two"]
    assert [each for each in unread if "10250: refused" in each] == unread != []
    kubernetes.answers[PODS] = (200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []})
    assert heard(Kubectl("kitchen")) == ([], [])


def argo(server: Answering) -> ArgoServer:
    """The cluster behind the stand-in."""
    return ArgoServer(f"http://127.0.0.1:{server.server_port}/", "sesame", "kitchen")


def stream(*told: Any) -> tuple[int, bytes]:
    """A stream of answers as Argo's server gives it."""
    return 200, b"".join(json.dumps(each).encode() + b"\n" for each in told)


def entry(text: str, name: str = f"{NAME}-t-1") -> dict[str, Any]:
    """A line of a log as Argo's server gives it."""
    return {"result": {"content": text, "podName": name}}


def test_argos_server_is_read_line_by_line(server: Answering) -> None:
    """More than fits into one piece, with letters of any kind; time is handed over."""
    long = "x" * 200_000
    server.answers[LOG] = stream(entry(f"2026-01-15T00:00:07Z {long}"), entry("2026-01-15T00:00:08.5Z grüße\u2028\n"))
    lines, _ = heard(argo(server), LogQuery(since=SINCE))
    assert [each.text for each in lines] == [long, "grüße\u2028\n"]
    assert lines[0].at == SINCE
    (asked,) = server.asked
    assert "logOptions.container=main" in asked
    assert f"logOptions.sinceTime.seconds={int(SINCE.timestamp())}" in asked


def test_argos_server_is_asked_for_the_end_of_one_pods_log(server: Answering) -> None:
    """By the name that Argo gives the pod, for it lists none."""
    server.answers[LOG] = stream(entry("2026-01-15T00:00:07Z last"))
    lines, _ = heard(argo(server), LogQuery(f"{NAME}-t-1", last=2000))
    assert [each.text for each in lines] == ["last"]
    (asked,) = server.asked
    assert f"podName={NAME}-t-1" in asked
    assert "logOptions.tailLines=2000" in asked


def test_pods_have_the_names_that_argo_gives_them(server: Answering) -> None:
    """After the template and a number that the node has too; by the node's id where the workflow says so."""
    nodes = [
        {**pod("cook", templateName="boil"), "id": f"{NAME}-17"},
        {**pod("", templateName="alone"), "id": NAME},
        {**pod("long", templateName="t" * 300), "id": f"{NAME}-4294967295"},
        {**pod("group", type="DAG"), "id": f"{NAME}-18"},
    ]
    told = workflow(*nodes)
    names = list(argo(server).pods(told))
    assert names[:2] == [f"{NAME}-boil-17", NAME]
    assert names[2:] == [f"{NAME}-".ljust(242, "t") + "-4294967295"]
    told["metadata"]["annotations"] = {"workflows.argoproj.io/pod-name-format": "v1"}
    assert list(argo(server).pods(told)) == [f"{NAME}-17", NAME, f"{NAME}-4294967295"]


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ((403, {"code": 7, "message": NO_RIGHT}), ConfigurationError, "pods/log.*ask for the role stockpot-submitter"),
        (stream({"error": {"grpc_code": 7, "http_code": 403, "message": NO_RIGHT}}), ConfigurationError, "pods/log"),
        (stream(entry("x"), {"error": {"code": 2, "message": NO_RIGHT}}), ConfigurationError, "pods/log"),
        (stream({"error": {"grpc_code": 5, "message": "none"}}), ConfigurationError, "there is no workflow"),
        (stream({"error": {"grpc_code": 14, "message": "away"}}), TransientError, "away.*try again"),
        ((200, b"<html>\n"), TransientError, "no JSON"),
        ((401, {"code": 16, "message": "no"}), ConfigurationError, "renew ARGO_TOKEN"),
    ],
)  # fmt: skip
def test_each_refusal_of_argos_server_has_its_meaning(
    server: Answering, answer: Any, kind: type[Exception], told: str
) -> None:
    """Before the first line or after it."""
    server.answers[LOG] = answer
    with pytest.raises(kind, match=told):
        heard(argo(server))


@pytest.fixture
def ended(server: Answering, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The stand-in as Argo's server, which the environment names, with a run of two steps that has ended."""
    first = {**pod("cook", templateName="t"), "id": f"{NAME}-1"}
    failed = {**pod("serve", "Failed", message="main: Error (exit code 1): burnt", startedAt="2026-01-15T00:00:06Z",
                     templateName="t"), "id": f"{NAME}-2"}  # fmt: skip
    server.answers[f"/api/v1/workflows/kitchen/{NAME}"] = (200, _whole(workflow(first, failed, phase="Failed")))
    lines = [
        entry("2026-01-15T00:00:07Z \x1b[31mhot", f"{NAME}-t-2"),
        entry("2026-01-15T00:00:01Z soup"),
    ]
    server.answers[LOG] = stream(*lines)
    monkeypatch.setenv("ARGO_SERVER", f"127.0.0.1:{server.server_port}")
    monkeypatch.setenv("ARGO_SECURE", "false")
    monkeypatch.setenv("ARGO_TOKEN", "sesame")
    return server


def _whole(told: dict[str, Any]) -> dict[str, Any]:
    """The workflow with what Hera insists on."""
    return {**told, "spec": {"entrypoint": "kitchen"}}


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["stockpot", "logs", *words, "--on", "cluster", "--namespace", "kitchen"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(str(left.value.code))


def test_the_command_shows_and_follows(
    ended: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line behind its step, a step alone without; how the run ended is said beside them."""
    assert called(monkeypatch, NAME) == 0
    out, _ = capsys.readouterr()
    assert [each.rstrip() for each in out.splitlines()] == ["cook  │ soup", "serve │ \x1b[31mhot"]
    assert called(monkeypatch, NAME, "cook", "-f") == 0
    assert capsys.readouterr() == ("soup\n", f"Run {NAME} failed: serve: burnt\n")


def test_the_command_refuses_what_is_not_there(
    ended: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run and a step, each in one line."""
    assert called(monkeypatch, "nobody") == 11
    assert "error: there is no workflow nobody in namespace kitchen" in capsys.readouterr().err
    assert called(monkeypatch, NAME, "bake") == 11
    assert f"error: run {NAME} has no step 'bake' - name one of: cook, serve" in capsys.readouterr().err
