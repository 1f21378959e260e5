"""A run on a cluster on the whole screen; what answers is a stand-in for Argo's server."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stockpot.cluster.watching import run_of
from stockpot.local.records import State
from stockpot.watching.picture import picture_of
from tests.harness.terminal import HIDDEN, Terminal
from tests.stockpot.cluster.answering import Answering, answering
from tests.stockpot.cluster.test_logs_by_access import LOG, entry, stream
from tests.stockpot.cluster.workflows import NAME, attempt, exit_code, pod, retry, workflow

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
WATCH = [STOCKPOT, "watch", NAME, "--on", "cluster", "--namespace", "kitchen"]
PLACE = f"/api/v1/workflows/kitchen/{NAME}"
FIRST = pod("cook", id=f"{NAME}-1")


def standing(server: Answering, *nodes: dict[str, Any], **how: str) -> None:
    """Have the run stand so; with what Hera insists on."""
    server.answers[PLACE] = (200, {**workflow(*nodes, **how), "spec": {"entrypoint": "kitchen"}})


def test_the_screen_follows_the_run_and_reads_its_logs() -> None:
    """Steps as they begin, the log of one, and the end; by a cluster that does not answer at once, too."""
    with answering() as server:
        standing(server, FIRST, pod("serve", "Running", id=f"{NAME}-2"))
        server.answers[LOG] = stream(entry("2026-01-15T00:00:01Z soup"))
        where = {"ARGO_SERVER": f"127.0.0.1:{server.server_port}", "ARGO_SECURE": "false", "ARGO_TOKEN": "sesame"}
        shown = Terminal(WATCH, **where)
        try:
            shown.read_until("▸ serve")
            assert "✓ cook".encode() in shown.said
            shown.press(b"k\x1b[Al")
            shown.read_until("soup")
            shown.press(b"l")
            server.answers[PLACE] = (503, {"code": 14, "message": "away"})
            shown.read_until("l log")
            burnt = pod("serve", "Failed", message="main: Error (exit code 1): burnt", outputs=exit_code(1))
            standing(server, FIRST, burnt, phase="Failed")
            shown.read_until("exit code 1: burnt")
            shown.press(b"q")
            assert shown.end() == 0
            assert f"Run {NAME} failed: serve: burnt".encode() in shown.said.partition(HIDDEN)[2]
            assert shown.is_as_it_was
        finally:
            shown.close()


def test_without_a_terminal_it_says_what_to_use() -> None:
    """The logs of that run, there."""
    done = subprocess.run(WATCH, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (11, "")
    assert f"try: stockpot logs {NAME} -f --on cluster --namespace kitchen" in done.stderr


@pytest.mark.parametrize(
    ("node", "state", "said"),
    [
        (pod("cook"), State.SUCCEEDED, ""),
        (pod("cook", "Pending", message="Unschedulable: no memory"), State.PENDING, "Unschedulable: no memory"),
        (pod("cook", "Pending", message="ContainerCreating"), State.PENDING, ""),
        (pod("cook", "Failed", message="main: Error (exit code 10): raw", outputs=exit_code(10)), State.FAILED,
         "exit code 10: raw"),
        (pod("cook", "Error", message="pod deleted"), State.FAILED, "exit code 75: pod deleted"),
        (pod("cook", "Skipped", type="Skipped", message="when 'false'"), State.SKIPPED, "when 'false'"),
        (pod("cook", "Omitted", type="Skipped", message="omitted: depends"), State.OMITTED, "omitted: depends"),
    ],
)  # fmt: skip
def test_each_phase_of_a_step_has_its_state(node: dict[str, Any], state: State, said: str) -> None:
    """With what there is to say of it."""
    (row,) = picture_of(run_of(workflow(node))).rows
    assert (row.id, row.state, row.said, row.is_step) == ("cook", state, said, True)


@pytest.mark.parametrize("before", [(), (attempt("cook", 0, "Failed"),)])
def test_a_step_whose_last_try_waits_does(before: tuple[dict[str, Any], ...]) -> None:
    """Though Argo calls it running, as any that may be tried again."""
    waits = attempt("cook", len(before), "Pending", message="Unschedulable: no memory")
    (row,) = picture_of(run_of(workflow(retry("cook", "Running"), *before, waits))).rows
    assert (row.id, row.state, row.said) == ("cook", State.PENDING, "Unschedulable: no memory")


def test_tries_and_exit_handlers_are_told() -> None:
    """A run is over once its exit handlers are; why it failed is said then."""
    tries = [attempt("serve", 0, "Failed"), attempt("serve", 1, "Running")]
    going = run_of(workflow(retry("serve", "Running"), *tries, pod("onExit.end-run", "Pending")))
    assert (going.state, going.error) == (State.RUNNING, "")
    serve, end = sorted(picture_of(going).rows, key=lambda row: row.exits)
    assert (serve.said, end.id, end.exits, end.said) == ("attempt 2", "end-run", True, "at the end")
    over = run_of(workflow(pod("serve", "Failed", message="main: Error (exit code 1): burnt"), phase="Failed"))
    assert (over.state, over.error) == (State.FAILED, "serve: burnt")
    assert run_of(workflow(pod("serve"), phase="Succeeded")).state is State.SUCCEEDED
