"""Following a workflow: what is told on the way, and what an unsteady connection does to it."""

from dataclasses import dataclass, field

import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot.cluster.access import gone
from stockpot.cluster.status import steps_of
from stockpot.cluster.watching import changes, follow
from stockpot.local.display import line_of
from tests.stockpot.cluster.workflows import NAME, attempt, exit_code, pod, retry, workflow


@dataclass
class Answers:
    """A cluster that gives these answers, one after the other."""

    given: list
    namespace: str = "stockpot"
    asked: list = field(default_factory=list)

    def workflow(self, name):
        """The next answer."""
        self.asked.append(name)
        answer = self.given.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(*answers):
    """The lines that are told of these states of a workflow."""
    lines = []
    follow(Answers(list(answers)), NAME, lambda event: lines.append(line_of(event)), wait=lambda seconds: None)
    return [line for line in lines if line]


def test_a_run_is_told_from_start_to_end():
    """Waiting, start, failure, second attempt, end: each is said once."""
    waiting = attempt("read", 0, "Pending", message="Unschedulable: 0/1 nodes are available: Insufficient cpu.")
    lost = attempt("read", 0, "Error", message="pod deleted")
    again = {"startedAt": "2026-01-15T00:00:15Z", "finishedAt": "2026-01-15T00:00:20Z"}
    group = retry("read", "Running")
    lines = told(
        workflow(group, waiting),
        workflow(group, waiting),
        workflow(group, attempt("read", 0, "Running")),
        workflow(group, lost, attempt("read", 1, "Running", **again)),
        workflow(retry("read"), lost, attempt("read", 1, **again), phase="Succeeded"),
    )
    assert lines == [
        "  … read waits: Unschedulable: 0/1 nodes are available: Insufficient cpu.",
        "  ▸ read",
        "  ↻ read failed: pod deleted; trying again in 10 s",
        "  ▸ read, attempt 2",
        "  ✓ read  5.0 s",
    ]


def test_what_happened_between_two_looks_is_told_too():
    """A step that began and ended unseen is told of in full; one that is not run says why."""
    skipped = pod("never", "Skipped", type="Skipped", message="when 'false' evaluated false")
    failed = pod("leave", "Failed", message="main: Error (exit code 10): leaving", outputs=exit_code(10))
    assert told(workflow(skipped, failed, phase="Failed")) == [
        "  ▸ leave",
        "  ✗ leave  5.0 s  exit code 10: leaving",
        "  - never is not run: when 'false' evaluated false",
    ]


def test_how_every_pod_starts_is_not_worth_a_line():
    """ContainerCreating and its like are no reason to worry anybody."""
    nodes = workflow(pod("write", "Pending", message="PodInitializing"))
    assert [line_of(event) for event in changes({}, steps_of(nodes))] == []


def test_a_cluster_that_is_away_for_a_while_is_waited_for():
    """A lost connection does not end the watch."""
    away = TransientError("the cluster does not answer", "try again")
    assert told(away, away, workflow(pod("write"), phase="Succeeded")) == ["  ▸ write", "  ✓ write  5.0 s"]


def test_patience_ends(monkeypatch):
    """After five minutes without an answer the watch fails, and says so."""
    clock = iter(range(0, 10_000, 100))
    monkeypatch.setattr("stockpot.cluster.watching.time.monotonic", lambda: float(next(clock)))
    cluster = Answers([TransientError("the cluster does not answer", "try again")] * 9)
    with pytest.raises(TransientError):
        follow(cluster, NAME, lambda event: None, wait=lambda seconds: None)
    assert len(cluster.asked) == 4


def test_a_workflow_that_was_deleted_ends_the_watch():
    """Nobody waits for what is gone."""
    with pytest.raises(ConfigurationError, match="it was deleted"):
        told(workflow(pod("write", "Running")), gone(NAME, "stockpot"))
