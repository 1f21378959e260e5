"""How a workflow stands: steps, attempts, exit codes, and the line that says why it failed."""

import base64
import gzip
import json

import pytest

from stockpot.cluster.status import ended, steps_of, verdict
from tests.stockpot.cluster.workflows import NAME, attempt, exit_code, pod, retry, workflow

FAILED = attempt(
    "guarded.leave", 0, "Failed", message="main: Error (exit code 10): leaving with 10", outputs=exit_code(10)
)
GROUP = retry("guarded.leave", "Failed", message="main: Error (exit code 10): leaving with 10")
TOLD = pod("onExit.tell", startedAt="2026-01-15T00:00:06Z", finishedAt="2026-01-15T00:00:09Z")


def dag(path, phase="Failed"):
    """The node of a group of steps."""
    return pod(path, phase, type="DAG", message="child failed")


def test_steps_are_pods_with_their_attempts_put_together():
    """Groups are left out; a step stands once, however often it was tried."""
    lost = attempt("read", 0, "Error", message="pod deleted")
    again = attempt("read", 1, startedAt="2026-01-15T00:00:07Z")
    steps = steps_of(workflow(dag(""), dag("guarded"), GROUP, FAILED, retry("read"), lost, again))
    assert set(steps) == {"guarded.leave", "read"}
    assert [each.phase for each in steps["read"].attempts] == ["Error", "Succeeded"]


class Node(dict):
    """A node that counts how often anything is read of any."""

    reads = 0

    def __getitem__(self, key):
        """Read, and count it."""
        Node.reads += 1
        return super().__getitem__(key)


def test_each_item_of_a_wide_loop_has_its_own_tries():
    """In their order, whatever the item is; and twice the items are twice the work, not four times."""

    def work(items):
        paths = [f"loop.read({number}:{{a(1)\nb}})" for number in range(items)]
        nodes = [each for path in paths for each in (retry(path), attempt(path, 1), attempt(path, 0, "Failed"))]
        document = workflow(*map(Node, nodes))
        Node.reads = 0
        steps = steps_of(document)
        assert {name: [each.node for each in step.attempts] for name, step in steps.items()} == {
            path: [f"{NAME}-{path}({number})" for number in range(2)] for path in paths
        }
        return Node.reads

    assert work(200) < 3 * work(100)


def test_nodes_of_a_large_workflow_are_unpacked():
    """Argo compresses what would be too large for Kubernetes."""
    document = workflow(pod("write"))
    packed = base64.b64encode(gzip.compress(json.dumps(document["status"].pop("nodes")).encode())).decode()
    document["status"]["compressedNodes"] = packed
    assert list(steps_of(document)) == ["write"]


@pytest.mark.parametrize(("phase", "over"), [("Pending", False), ("Running", False), ("Failed", True)])
def test_it_has_ended_when_its_handlers_have(phase, over):
    """A workflow is over once Argo says when it ended."""
    assert ended(workflow(phase=phase)) is over


def test_success_has_neither_code_nor_line():
    """Nothing is to be said where all went well."""
    assert verdict(workflow(pod("write"), phase="Succeeded")) == (0, "")


def test_failure_is_the_first_step_that_failed_with_its_own_line():
    """The handler that failed after it, and the groups around it, are not to blame."""
    handler = pod("onExit.tell", "Failed", finishedAt="2026-01-15T00:00:02Z", outputs=exit_code(1))
    found = verdict(workflow(dag(""), GROUP, FAILED, handler, phase="Failed"))
    assert found == (10, "guarded.leave: leaving with 10")


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        (["sh", "-c", "exit 12"], 12, 1),
        (["sh", "-c", "exit 75"], 75, 1),
        (["python", "-m", "components.load_iceberg"], 12, 12),
        (["python3", "-I", "-c", "the program around a Python component"], 12, 1),
        (["python3", "-I", "-c", "the program around a Python component"], 10, 10),
        (["sh", "-c", "sleep 600"], -1, 75),
        (None, 12, 12),
    ],
)
def test_the_exit_code_of_a_program_of_others_says_nothing_of_the_run(command, code, expected):
    """The step has it; one that was lost is tried again, and of a program that is not known the code counts."""
    document = workflow(pod("a", "Failed", templateName="t", outputs=exit_code(code)), phase="Failed")
    document["status"]["storedWorkflowTemplateSpec"] = {"templates": [{"name": "t", "container": {"command": command}}]}
    assert verdict(document) == (expected, f"a: exit code {steps_of(document)['a'].exit_code}")


def test_the_line_is_the_last_of_what_a_step_left():
    """A step that knows nothing of us may leave the end of its log."""
    message = "main: Error (exit code 1): Traceback (most recent call last):\n  ...\nKeyError: 'soup'\n"
    left = pod("cook", "Failed", message=message, outputs=exit_code(1))
    assert verdict(workflow(left, phase="Failed")) == (1, "cook: KeyError: 'soup'")


def test_a_handler_alone_can_fail_a_run():
    """Where only the handler failed, it is named."""
    assert verdict(workflow(pod("write"), {**TOLD, "phase": "Failed", "outputs": exit_code(11)}, phase="Failed")) == (
        11,
        "tell: exit code 11",
    )


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (attempt("read", 0, "Error", message="pod deleted"), 75),
        (attempt("read", 0, "Failed", message="", outputs=exit_code(-1)), 75),
        (attempt("read", 0, "Failed", message="Pod was active on the node longer than the specified deadline"), 1),
        (attempt("read", 0, "Failed", outputs=exit_code(75)), 75),
    ],
)
def test_lost_pods_say_to_try_again(last, code):
    """A pod that was lost has no code of its own, or -1; one that took too long fails for good."""
    assert verdict(workflow(retry("read", last["phase"]), last, phase="Failed"))[0] == code


def test_a_workflow_that_never_began_says_why():
    """There is no step to blame: Argo's own words stand."""
    document = workflow(phase="Error", message="invalid spec: spec.arguments.as_of.value is required")
    assert verdict(document) == (1, "error: invalid spec: spec.arguments.as_of.value is required")


def test_steps_behind_a_dot_keep_their_path_and_lose_the_workflow():
    """The name of the run is not part of a step's."""
    (step,) = steps_of(workflow(pod("onExit.tell", progress="3/7"))).values()
    assert (step.name, step.exits) == ("tell", True)
    assert step.attempts[0].progress == (3, 7)
    assert NAME not in step.name
