"""How the end of a run is read from what each engine says."""

import json

import pytest

from components.shell.status import RunEnd, run_end


def status(state: str, message: str = "", code: float = 0) -> dict[str, object]:
    """A final status as KFP hands it on, where every number is a float."""
    return {
        "state": state,
        "pipelineJobResourceName": "r",
        "pipelineTaskName": "t",
        "error": {"code": code, "message": message},
    }


def node(name: str, message: str, finished: str = "2026-01-01T00:00:00Z") -> dict[str, str]:
    """A failed node as Argo lists it."""
    return {
        "displayName": name,
        "message": message,
        "templateName": "template",
        "phase": "Failed",
        "podName": f"{name}-1",
        "finishedAt": finished,
    }


def test_success_has_no_step_and_no_reason():
    """A run that succeeded is only that."""
    assert run_end(status("SUCCEEDED")) == RunEnd("succeeded")
    assert run_end({"state": "SUCCEEDED"}) == RunEnd("succeeded")


@pytest.mark.parametrize("state", ["COMPLETE", "CACHED"])
def test_kfp_says_complete_of_what_succeeded(state: str):
    """The words of Kubeflow Pipelines' own store are read as well; they come without a message."""
    assert run_end({"state": state, "error": {}}) == RunEnd("succeeded")


def test_kfp_does_not_say_who_ended_a_run():
    """A run that a person ended is still RUNNING there when its exit handler asks, so both are said."""
    assert run_end({"state": "RUNNING", "error": {}}) == RunEnd(
        "failed", "", "stopped or failed: Kubeflow Pipelines does not say which"
    )


@pytest.mark.parametrize("state", ["FAILED", "", "SOMETHING_NEW"])
def test_whatever_is_not_known_to_be_well_has_failed(state: str):
    """An unknown state is never taken for success."""
    assert run_end(status(state)).state == "failed"
    assert run_end({}).state == "failed"


@pytest.mark.parametrize("state", ["CANCELLED", "CANCELED", "CANCELLING", "STOPPED"])
def test_a_cancelled_run_was_stopped(state: str):
    """Somebody's wish is no failure."""
    assert run_end(status(state, "the run was stopped", 1)) == RunEnd("stopped", "", "the run was stopped", 1)


def test_local_runner_names_the_task_before_the_reason():
    """The local runner writes `task: reason` and the exit code."""
    assert run_end(status("FAILED", "load/extract-postgres: table x is missing - add it", 11.0)) == RunEnd(
        "failed", "load/extract-postgres", "table x is missing - add it", 11
    )


def test_kfp_names_the_failed_tasks_in_a_sentence():
    """KFP's sentence gives the first failed task and stays the reason."""
    message = "The DAG failed because some tasks failed. The failed tasks are: [check-quality, load]."
    assert run_end(status("FAILED", message, 9)) == RunEnd("failed", "check-quality", message, 9)


def test_argo_names_the_first_failed_node():
    """Of Argo's failed nodes the earliest counts, its try and Argo's own words are left out."""
    nodes = [
        node("moderation-training", "child 'x' failed", "2026-01-01T00:00:09Z"),
        node("load-iceberg(0)", "Error (exit code 75): later", "2026-01-01T00:00:07Z"),
        node("check-quality(2)", "Error (exit code 10): the data breaks its contract", "2026-01-01T00:00:05Z"),
    ]
    expected = RunEnd("failed", "check-quality", "the data breaks its contract", 10)
    assert run_end(status("FAILED", json.dumps(nodes), 1)) == expected
    assert run_end(status("FAILED", json.dumps(json.dumps(nodes)), 1)) == expected


@pytest.mark.parametrize(
    ("message", "reason", "code"),
    [
        ("main: Error (exit code 11)", "main: Error (exit code 11)", 11),
        ("OOMKilled (exit code 137)", "OOMKilled", 137),
        ("Error (exit code 10): 2026-01-01Z INFO x\nerror: the contract is broken\n", "the contract is broken", 10),
        ("pod deleted", "pod deleted", 0),
    ],
)
def test_argo_messages_lose_only_the_words_about_the_exit_code(message: str, reason: str, code: int):
    """What is left of a node's message is what its step said, or Argo's words where it said nothing."""
    found = run_end(status("FAILED", json.dumps([node("a", message)])))
    assert (found.step, found.reason, found.exit_code) == ("a", reason, code)


def test_argo_shutdown_means_stopped():
    """A workflow that somebody stopped has failed nodes too."""
    nodes = [node("a", "workflow shutdown with strategy:  Terminate")]
    assert run_end(status("FAILED", json.dumps(nodes))).state == "stopped"


def test_argo_failure_without_any_reason_is_still_a_failure():
    """An empty list of nodes leaves step and reason empty."""
    assert run_end(status("FAILED", "[]", 1)) == RunEnd("failed", "", "", 1)


def test_snake_case_is_read_as_well():
    """KFP's Python side writes the fields in snake_case."""
    given = {
        "state": "FAILED",
        "pipeline_job_resource_name": "r",
        "pipeline_task_name": "t",
        "error": {"code": 1, "message": "x y"},
    }
    assert run_end(given) == RunEnd("failed", "", "x y", 1)


def test_reasons_lose_credentials_and_stay_short():
    """A password in an address, a NUL and five thousand characters do not reach the table."""
    found = run_end(
        status("FAILED", "load: cannot reach postgresql://me:hunter2@db/x \0 password=hunter2 " + "x" * 5000)
    )
    assert "hunter2" not in found.reason
    assert "\0" not in found.reason
    assert len(found.reason) <= 500
    assert "postgresql://***@db/x" in found.reason


@pytest.mark.parametrize("status", [{"state": "FAILED", "error": "text"}, {"state": "FAILED", "error": None}])
def test_an_error_of_another_shape_is_no_crash(status: dict[str, object]):
    """The exit handler must not fail over what it is told."""
    assert run_end(status) == RunEnd("failed")
