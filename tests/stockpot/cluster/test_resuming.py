"""Going on with a workflow: what Argo is asked, through its server and its command, and what is refused before."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cli import app
from stockpot.cluster.access import Cluster, choose, selector
from stockpot.cluster.kubectl import Kubectl
from stockpot.cluster.resuming import resume_workflow
from tests.stockpot.cluster.answering import answering, failure
from tests.stockpot.cluster.workflows import NAME, attempt, pod, retry, workflow

FAILED = workflow(
    retry("make"),
    retry("for-each.check", phase="Failed"),
    pod("onExit.tell"),
    phase="Failed",
)

# What comes after a step that failed ran all the same, and Argo would leave that step as it is.
GONE_ON = workflow(
    retry("make", phase="Failed", children=[f"{NAME}-make(0)"]),
    attempt("make", 0, phase="Failed", children=[f"{NAME}-skipped"]),
    pod("skipped", phase="Omitted", children=[f"{NAME}-clear"]),
    pod("clear"),
    phase="Failed",
)


@dataclass
class Kept:
    """A cluster that holds one workflow, and keeps what it is asked to retry."""

    document: Any
    asked: list[tuple[str, str]] = field(default_factory=list)

    def workflow(self, name: str) -> Any:
        """The workflow, whatever it is called."""
        assert name == NAME
        return self.document

    def retry(self, name: str, node: str) -> None:
        """Keep what was asked."""
        self.asked.append((name, node))


def asked(document: Any, first: str = "") -> list[tuple[str, str]]:
    """What a cluster with this workflow is asked."""
    cluster: Any = Kept(document)
    resume_workflow(cluster, NAME, first)
    return list(cluster.asked)


def test_a_run_goes_on_from_where_it_failed_or_from_a_step() -> None:
    """Steps within groups are named as they are shown, or by their last part; after a success a name is needed."""
    assert asked(FAILED) == [(NAME, "")]
    assert asked(FAILED, "make") == [(NAME, f"{NAME}.make")]
    assert asked(FAILED, "check") == asked(FAILED, "for-each.check") == [(NAME, f"{NAME}.for-each.check")]
    assert asked(GONE_ON, "make") == [(NAME, f"{NAME}.make")]
    assert asked(workflow(retry("make"), phase="Succeeded"), "make") == [(NAME, f"{NAME}.make")]


@pytest.mark.parametrize(
    ("document", "first", "told"),
    [
        (workflow(pod("make", phase="Running")), "", "is still running"),
        (workflow(pod("make", phase="Running")), "make", "is still running"),
        (workflow(retry("make"), phase="Succeeded"), "", "name the step to begin from with --from"),
        (FAILED, "mak", "did you mean .make."),
        (FAILED, "load", "it has for-each.check, make"),
        (FAILED, "tell", "runs at the end of every run"),
        (GONE_ON, "", "take it anew: --from make"),
        (workflow(pod("a.check"), pod("b.check"), phase="Failed"), "check", "name one in full: a.check, b.check"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(document: Any, first: str, told: str) -> None:
    """Before Argo is asked for anything."""
    cluster: Any = Kept(document)
    with pytest.raises(ConfigurationError, match=told):
        resume_workflow(cluster, NAME, first)
    assert cluster.asked == []


def test_a_child_that_has_no_node_is_none_that_succeeded() -> None:
    """As where Argo has not made it yet, or no more; nor is one without a phase."""
    bare = {**pod("bare"), "phase": None, "children": [f"{NAME}-gone"]}
    del bare["phase"]
    document = workflow(pod("make", phase="Failed", children=[f"{NAME}-nobody", f"{NAME}-bare"]), bare, phase="Failed")
    assert asked(document) == [(NAME, "")]


def test_a_name_is_written_as_a_selector() -> None:
    """What separates selectors is escaped, for items of loops stand in names."""
    assert selector("a.check(0:b=1,c\\d)") == "name=a.check(0:b\\=1\\,c\\\\d)"


@pytest.mark.parametrize(
    ("node", "body"),
    [
        ("", {"name": NAME, "namespace": "stockpot", "restartSuccessful": False}),
        (
            f"{NAME}.make",
            {
                "name": NAME,
                "namespace": "stockpot",
                "restartSuccessful": True,
                "nodeFieldSelector": f"name={NAME}.make",
            },
        ),
    ],
)
def test_argos_server_is_asked_as_its_command_would(node: str, body: dict[str, Any]) -> None:
    """A node is named only where it is to be taken anew."""
    with answering() as server:
        path = f"/api/v1/workflows/stockpot/{NAME}/retry"
        server.answers[path] = (200, FAILED | {"spec": {}})
        _behind(server.server_port).retry(NAME, node)
        assert (server.asked, json.loads(server.bodies[0])) == ([path], body)


def _behind(port: int) -> Cluster:
    """The cluster behind a server on this machine."""
    return choose({"ARGO_SERVER": f"127.0.0.1:{port}", "ARGO_SECURE": "false", "ARGO_TOKEN": "sesame"}, "stockpot")


def test_a_right_that_the_server_misses_is_named() -> None:
    """It is another role than the one that submits."""
    with answering() as server:
        server.answers[f"/api/v1/workflows/stockpot/{NAME}/retry"] = (403, failure("Forbidden", 403, "you may not"))
        with pytest.raises(ConfigurationError, match="the role stockpot-resumer in namespace stockpot"):
            _behind(server.server_port).retry(NAME, "")


def argo(monkeypatch: pytest.MonkeyPatch, place: Path, said: str, code: int = 1) -> Path:
    """Put an argo on PATH that keeps its arguments, says this and leaves with the code."""
    script = place / "argo"
    script.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {place}/words\ncat >&2 <<'END'\n{said}\nEND\nexit {code}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    return place / "words"


def test_without_a_server_the_command_argo_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the namespace, and with the node where one is named; a name is never taken for an option."""
    words = argo(monkeypatch, tmp_path, "", code=0)
    Kubectl("shop").retry(NAME, "")
    assert words.read_text().split("\n")[:-1] == ["--namespace", "shop", "retry", "--output=name", "--", NAME]
    Kubectl("shop").retry(NAME, f"{NAME}.make")
    anew = ["--restart-successful", f"--node-field-selector=name={NAME}.make"]
    assert words.read_text().split("\n")[:-1] == ["--namespace", "shop", "retry", *anew, "--output=name", "--", NAME]


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ('Error: workflows.argoproj.io "x" is forbidden: User "eve" cannot update it', ConfigurationError, "resumer"),
        (f'Error: workflows.argoproj.io "{NAME}" not found', ConfigurationError, "there is no workflow"),
        ('Error: context "x" not found', ConfigurationError, "argo failed"),
        ("Error: Operation cannot be fulfilled: the object has been modified", TransientError, "try again"),
        ("Error: net/http: request canceled (Client.Timeout exceeded)", TransientError, "try again"),
        ("Error: dial tcp 127.0.0.1:1: connect: connection refused", TransientError, "check that it runs"),
        ("Error: something new", ConfigurationError, "argo failed: Error: something new"),
        ("", ConfigurationError, "argo failed: it says nothing"),
    ],
)
def test_each_answer_of_argo_has_its_meaning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, kind: type[StepError], told: str
) -> None:
    """One line that says what to do, and whether trying again helps."""
    argo(monkeypatch, tmp_path, said)
    with pytest.raises(StepError, match=told) as raised:
        Kubectl("stockpot").retry(NAME, "")
    assert type(raised.value) is kind


def test_without_argo_both_ways_out_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kubectl alone cannot do it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="argo on PATH, or set ARGO_SERVER and ARGO_TOKEN"):
        Kubectl("stockpot").retry(NAME, "")


@pytest.mark.parametrize("option", [["--only", "a"], ["--jobs", "2"], ["--no-cache"], ["--tui"]])
def test_options_of_this_machine_are_refused_on_a_cluster(option: list[str]) -> None:
    """Nothing of what was asked for is left out in silence."""
    done = CliRunner().invoke(app, ["resume", NAME, "--on", "cluster", *option])
    assert isinstance(done.exception, ConfigurationError)
    assert f"{option[0]} is for runs on this machine" in str(done.exception)
