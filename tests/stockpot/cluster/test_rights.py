"""A cluster on which runs can be submitted, and what is said of others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot.cluster.rights import ask, is_named, lacking
from tests.stockpot.cluster.answering import Answering, answering, failure

KUBECTL = """#!/usr/bin/env python3
import json, sys
if "create" in sys.argv:
    asked = json.load(sys.stdin)
    assert (asked["kind"], asked["apiVersion"]) == ("SelfSubjectAccessReview", "authorization.k8s.io/v1")
    right = asked["spec"]["resourceAttributes"]
    what = "/".join(filter(None, (right["resource"], right["subresource"])))
    assert (right["namespace"], right["group"]) == ("kitchen", "" if "pods" in what else "argoproj.io")
    print(json.dumps({"status": {"allowed": right["verb"] + " " + what in RIGHTS}}))
elif INSTALLED:
    print(json.dumps({"metadata": {"name": sys.argv[-2]}}))
else:
    sys.exit('Error from server (NotFound): workflowtemplates.argoproj.io "a" not found')
"""
RIGHTS = ["get workflowtemplates", "create workflows", "get workflows", "list pods", "get pods", "get pods/log"]
MORE = ["update workflows", "delete pods", "list workflows"]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment without a cluster, and a PATH on which a kubectl may be laid."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return {}


def lay(tmp_path: Path, rights: list[str], *, installed: bool = True) -> None:
    """A kubectl of a cluster that grants these rights."""
    text = KUBECTL.replace("RIGHTS", json.dumps(rights)).replace("INSTALLED", str(installed))
    (tmp_path / "kubectl").write_text(text)
    (tmp_path / "kubectl").chmod(0o700)


def test_a_cluster_is_named_by_server_or_kubeconfig(environment: dict[str, str], tmp_path: Path) -> None:
    """By a setting or by the file that kubectl takes by default."""
    assert not is_named(environment)
    assert is_named({"ARGO_SERVER": "argo:2746"})
    assert is_named({"KUBECONFIG": "file"})
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").touch()
    assert is_named(environment)


def test_a_cluster_that_is_ready(environment: dict[str, str], tmp_path: Path) -> None:
    """It answers, has the pipelines, and grants what `submit --watch` and `logs` do."""
    lay(tmp_path, RIGHTS)
    assert ask(environment, "kitchen").endswith("runs can be submitted in namespace kitchen")


@pytest.mark.parametrize("missing", RIGHTS)
def test_each_right_is_asked_for(environment: dict[str, str], tmp_path: Path, missing: str) -> None:
    """The one that is missing is named, with the role that has it."""
    lay(tmp_path, [right for right in RIGHTS if right != missing])
    with pytest.raises(ConfigurationError, match=f"you may not {missing} - ask for the role stockpot-submitter"):
        ask(environment, "kitchen")


def test_what_further_commands_take_is_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    """With the role that has each; runs can be submitted without it."""
    lay(tmp_path, [*RIGHTS, *MORE])
    assert lacking(environment, "kitchen") == ""
    lay(tmp_path, [*RIGHTS, "delete pods"])
    assert lacking(environment, "kitchen") == (
        "you may not update workflows, as `stockpot resume --on cluster` does - ask for the role stockpot-resumer; "
        "you may not list workflows, as `stockpot report --all --on cluster` does - ask for the role stockpot-submitter"
    )
    lay(tmp_path, [*RIGHTS, "list workflows"])
    assert lacking(environment, "kitchen").startswith("you may not update workflows or delete pods, as")
    assert lacking({"ARGO_SERVER": "127.0.0.1:1", "ARGO_TOKEN": "t"}, "kitchen") == "", "it cannot be asked"


def test_pipelines_that_are_not_installed(environment: dict[str, str], tmp_path: Path) -> None:
    """With how to do so."""
    lay(tmp_path, RIGHTS, installed=False)
    with pytest.raises(ConfigurationError, match="apply an overlay of manifests/overlays"):
        ask(environment, "kitchen")


def test_a_server_that_does_not_answer(environment: dict[str, str]) -> None:
    """Argo's own server is asked where it is named."""
    with pytest.raises(TransientError, match="does not answer"):
        ask({"ARGO_SERVER": "127.0.0.1:1", "ARGO_TOKEN": "t"}, "kitchen")


TEMPLATE, RUNS = "/api/v1/workflow-templates/kitchen/verify-pipeline", "/api/v1/workflows/kitchen"
NOBODYS = f"{RUNS}/stockpot-doctor"


@pytest.fixture
def argo() -> Iterator[Answering]:
    """Argo's server on which all is well: the pipelines are there, and a run may be created and looked at."""
    with answering() as server:
        named: dict[str, Any] = {"metadata": {"name": "a"}, "spec": {}}
        server.answers |= {TEMPLATE: (200, named), RUNS: (200, named)}
        yield server


def through(server: Answering) -> dict[str, str]:
    """The environment that names the server."""
    return {"ARGO_SERVER": f"127.0.0.1:{server.server_port}", "ARGO_SECURE": "false", "ARGO_TOKEN": "sesame"}


def test_argos_server_is_asked_for_what_it_can_be_asked(argo: Answering) -> None:
    """It tries to create a run, which leaves none; of what it cannot be asked it is said so."""
    said = ask(through(argo), "kitchen")
    assert "runs can be submitted in namespace kitchen; list pods, get pods and get pods/log" in said
    assert [path.partition("?")[0] for path in argo.asked] == [TEMPLATE, RUNS, NOBODYS]
    tried = json.loads(argo.bodies[0])
    assert tried["serverDryRun"] is True
    assert tried["workflow"]["spec"] == {"workflowTemplateRef": {"name": "verify-pipeline"}}


@pytest.mark.parametrize("refused", [TEMPLATE, RUNS, NOBODYS])
def test_what_argos_server_refuses_is_told(argo: Answering, refused: str) -> None:
    """As kubectl's refusals are: with the role that has the right."""
    argo.answers[refused] = (403, failure("Forbidden", 403, "you may not"))
    with pytest.raises(ConfigurationError, match=r"you may not.* - ask for the role stockpot-submitter"):
        ask(through(argo), "kitchen")
