"""What is submitted, and what is refused before anything is sent."""

import json

import pytest

from components.shell.errors import ConfigurationError
from stockpot.cluster.submission import check, one_off, template_name, workflow_of
from stockpot.commands.submitting import submit
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import load
from stockpot.compiler.profiles import Profile


@pytest.fixture(scope="module")
def plan():
    """The plan of a pipeline with all kinds of strings among its parameters."""
    return load("moderation-training")


def arguments(workflow):
    """The arguments of a workflow, by name."""
    return {each["name"]: each["value"] for each in workflow["spec"]["arguments"]["parameters"]}


def template(*parameters):
    """A template on a cluster with these parameters."""
    return {
        "metadata": {"name": "moderation-training"},
        "spec": {"arguments": {"parameters": [{"name": name} for name in parameters]}},
    }


def test_it_refers_to_the_template_and_leaves_defaults_to_it(plan):
    """Nothing given: no arguments at all, so that the template's own defaults hold."""
    workflow = workflow_of(plan, {}, None)
    assert template_name(workflow) == "moderation-training"
    assert workflow["metadata"]["generateName"] == "moderation-training-"
    assert workflow["spec"] == {"workflowTemplateRef": {"name": "moderation-training"}}


def test_what_is_given_is_handed_over_in_its_type(plan):
    """The instant comes in UTC however it was written."""
    workflow = workflow_of(plan, {"bucket": "lake"}, "2026-01-15T02:00:00+02:00")
    assert arguments(workflow) == {"as_of": "2026-01-15T00:00:00Z", "bucket": "lake"}


def test_numbers_are_text(plan):
    """Argo takes every parameter as text."""
    assert arguments(workflow_of(load("verify-pipeline"), {"limit": "7"}, None)) == {"limit": "7"}


@pytest.mark.parametrize(
    ("given", "as_of", "said"),
    [
        ({"buckt": "lake"}, None, "did you mean 'bucket'"),
        ({"bucket": "{{workflow.name}}"}, None, "which Argo would fill in"),
        ({}, "yesterday", "not an instant"),
        ({}, "2999-01-01T00:00:00Z", "future"),
        ({"as_of": "2026-01-15T00:00:00Z"}, "2026-01-16T00:00:00Z", "given twice"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(plan, given, as_of, said):
    """A parameter that is unknown, malformed, or would mean something to Argo."""
    with pytest.raises(ConfigurationError, match=said):
        workflow_of(plan, given, as_of)


def test_the_template_must_know_the_parameters(plan):
    """A template of an older version is named, with what to do; one that knows them is fine."""
    workflow = workflow_of(plan, {"bucket": "lake"}, None)
    check(workflow, template("as_of", "bucket"))
    with pytest.raises(ConfigurationError, match="it has 'buckets'; apply manifests/argo again"):
        check(workflow, template("as_of", "buckets"))
    with pytest.raises(ConfigurationError, match="no parameter 'bucket' - apply manifests/argo again"):
        check(workflow, {"metadata": {"name": "moderation-training"}, "spec": {}})


def test_a_pipeline_in_a_file_needs_no_template(plan):
    """The workflow holds all that the template would, with what is given in place of the defaults."""
    workflow = one_off(plan, {"bucket": "lake"}, "2026-01-15T00:00:00Z", Profile.RESTRICTED)
    assert template_name(workflow) is None
    assert workflow["metadata"]["generateName"] == "moderation-training-"
    assert workflow["metadata"]["annotations"]["workflows.argoproj.io/title"]
    found = {each["name"]: each.get("value") for each in workflow["spec"]["arguments"]["parameters"]}
    assert (found["bucket"], found["as_of"]) == ("lake", "2026-01-15T00:00:00Z")
    (template, *_), _ = argo_documents(plan)
    assert workflow["spec"]["templates"] == template["spec"]["templates"]
    with pytest.raises(ConfigurationError, match="did you mean 'bucket'"):
        one_off(plan, {"buckt": "lake"}, None, Profile.RESTRICTED)


def test_the_command_submits_a_file_alone(monkeypatch, tmp_path, capsys):
    """Nothing is asked of the cluster but to create the run, whose programs run as the profile says."""
    file = tmp_path / "own.py"
    file.write_text(
        "from kfp import dsl\n@dsl.container_component\ndef say(): return dsl.ContainerSpec(image='a', command=['b'])\n"
        "@dsl.pipeline(name='own')\ndef own(): say()\n"
    )
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\ncat >{tmp_path}/sent\nsed s/generateName/name/ {tmp_path}/sent\n'
    )
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("ARGO_SERVER", raising=False)
    for profile in Profile:
        submit(f"{file}:own", profile=profile)
        sent = json.loads((tmp_path / "sent").read_text())
        (step,) = [each for each in sent["spec"]["templates"] if "container" in each]
        assert ("metadata" in step) == (profile is Profile.COMPATIBLE)
    assert "Submitted own- in namespace stockpot" in capsys.readouterr().out
    assert all(" create " in line for line in (tmp_path / "asked").read_text().splitlines())
