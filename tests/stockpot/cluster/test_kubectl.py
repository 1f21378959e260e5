"""What kubectl says, word for word, and what a person is told of it."""

import json

import pytest

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster.history import runs_of
from stockpot.cluster.kubectl import Kubectl

CLUSTER = Kubectl("stockpot")
NOISE = 'E1121 14:32:51 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"\n'


def failing(monkeypatch, tmp_path, said):
    """Put a kubectl on PATH that says this and fails."""
    script = tmp_path / "kubectl"
    script.write_text(f"#!/bin/sh\ncat >/dev/null\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


ANSWERS = [
    (
        "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        "set KUBECONFIG",
    ),
    ("Error in configuration: context was not found for specified context: nope", "set KUBECONFIG"),
    ('error: error loading config file "kc": yaml: line 1: did not find expected node content', "set KUBECONFIG"),
    ("error: EOF", "log in again"),
    ("error: You must be logged in to the server (Unauthorized)", "log in again"),
    ("Unable to connect to the server: tls: failed to verify certificate: x509: unknown authority", "set KUBECONFIG"),
    ('error: the server doesn\'t have a resource type "workflowtemplates"', "docs/cluster.md"),
    ('error: from "STDIN": no matches for kind "Workflow" in version "argoproj.io/v1alpha1"', "docs/cluster.md"),
    ('Error from server (Forbidden): "a" is forbidden: User "eve" cannot get it', "the role stockpot-submitter"),
    (
        'Error from server (NotFound): workflowtemplates.argoproj.io "a" not found',
        "no WorkflowTemplate 'a' in namespace",
    ),
    ("something new", "kubectl failed: something new"),
]
SILENCES = [
    "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
    "Unable to connect to the server: dial tcp: lookup nowhere.example.org: no such host",
    "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
    "Unable to connect to the server: EOF",
    "Error from server (TooManyRequests): Too many requests, please try again later",
]


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [(said, ConfigurationError, told) for said, told in ANSWERS]
    + [(said, TransientError, "check that it runs") for said in SILENCES],
)
def test_each_answer_has_its_meaning(monkeypatch, tmp_path, said, kind, told):
    """One line that says what to do, and whether trying again helps; what kubectl logs before it is left out."""
    failing(monkeypatch, tmp_path, NOISE + said)
    with pytest.raises(StepError) as raised:
        CLUSTER.template("a")
    assert type(raised.value) is kind
    assert told in str(raised.value)
    assert "memcache" not in str(raised.value)


def test_a_namespace_that_is_not_there_is_named(monkeypatch, tmp_path):
    """It is the namespace that is missing when something cannot be created for want of an object."""
    failing(monkeypatch, tmp_path, 'Error from server (NotFound): namespaces "stockpot" not found')
    with pytest.raises(ConfigurationError, match="no namespace stockpot"):
        CLUSTER.create({})


def test_a_workflow_that_was_deleted_is_named(monkeypatch, tmp_path):
    """Somebody may delete what is being watched."""
    failing(monkeypatch, tmp_path, 'Error from server (NotFound): workflows.argoproj.io "a" not found')
    with pytest.raises(ConfigurationError, match="there is no workflow a in namespace stockpot"):
        CLUSTER.workflow("a")


def test_without_kubectl_it_says_what_to_install(monkeypatch, tmp_path):
    """Neither kubectl nor ARGO_SERVER: both ways out are named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="install kubectl, or set ARGO_SERVER"):
        CLUSTER.template("a")


def test_a_field_that_is_null_is_none(monkeypatch, tmp_path):
    """As Argo's server has it: one odd workflow must not stop the index of all."""
    odd = {
        "metadata": {"name": "odd", "labels": None},
        "spec": {"arguments": None, "workflowTemplateRef": None},
        "status": {"startedAt": "2026-01-15T00:00:00Z", "nodes": None, "finishedAt": None},
    }
    script = tmp_path / "kubectl"
    script.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{json.dumps({'items': [odd]})}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (found,) = runs_of(CLUSTER.workflows())
    assert (found.id, found.pipeline, found.as_of, found.ended) == ("odd", "odd", "", "")
