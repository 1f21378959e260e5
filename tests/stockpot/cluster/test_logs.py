"""What the pods of a run say: in order, once, and what remains of pods that are gone. The workflows are as Argo's."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot.cluster.log_lines import LogLine, LogQuery, mark
from stockpot.cluster.logs import follow_logs, show_logs, steps_named
from stockpot.cluster.status import nodes_of
from tests.stockpot.cluster.workflows import NAME, attempt, pod, retry, workflow

AT = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass
class Answers:
    """A cluster that gives these states of a workflow, and lines with each, one after the other; the last one stays.

    Among the lines an error breaks off, and a text is why a pod could not be read.
    """

    given: list[Any]
    namespace: str = "stockpot"
    asked: list[LogQuery] = field(default_factory=list)
    was_read: bool = False

    def workflow(self, name: str) -> Any:
        """The workflow as it stands; since the last one was read, time has gone on."""
        if self.was_read and len(self.given) > 1:
            self.given.pop(0)
        self.was_read = False
        answer = self.given[0]
        if isinstance(answer, Exception):
            self.was_read = True
            raise answer
        return answer[0]

    def pods(self, workflow: Any) -> Collection[str]:
        """All that there ever were."""
        self.was_read = True
        return [f"{NAME}-some-template-{mark(node['id'])}" for node in nodes_of(workflow).values()]

    def log_lines(self, name: str, asked: LogQuery, unread: Callable[[str], None]) -> Iterator[LogLine]:
        """What its pods say."""
        self.was_read = True
        self.asked.append(asked)
        for each in self.given[0][1]:
            if isinstance(each, Exception):
                raise each
            if isinstance(each, str):
                unread(each)
            elif asked.pod in ("", each.pod):
                yield each

    template = create = workflow


@dataclass
class Heard:
    """What was said and noted."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, name: str, line: str) -> None:
        """Hear of a line."""
        self.lines.append((name, line))


def line(node: str, text: str, seconds: float = 0) -> LogLine:
    """A line of the pod of a node, which Argo names after the run, the template and the node's number."""
    return LogLine(f"{NAME}-some-template-{_number(node)}", AT + timedelta(seconds=seconds), text)


def numbered(node: dict[str, Any]) -> dict[str, Any]:
    """The node with an id as Argo gives them."""
    return {**node, "id": f"{NAME}-{_number(node['name'].partition('.')[2])}"}


def _number(path: str) -> int:
    return sum(ord(letter) * place for place, letter in enumerate(path, 1))


def state(*nodes: dict[str, Any], phase: str = "Running", **more: Any) -> dict[str, Any]:
    """A workflow of these nodes."""
    return {**workflow(*map(numbered, nodes), phase=phase), **more}


def shown(told: Any, *lines: LogLine | str, step: str = "") -> Heard:
    """What is shown of this workflow."""
    heard = Heard()
    show_logs(Answers([(told, lines)]), NAME, step, heard.say, heard.notes.append)
    return heard


RETRIED = (
    pod("write", startedAt="2026-01-15T00:00:03Z"),
    retry("read", startedAt="2026-01-15T00:00:01Z"),
    attempt("read", 0, "Failed", startedAt="2026-01-15T00:00:01Z"),
    attempt("read", 1, startedAt="2026-01-15T00:00:02Z"),
)
LINES = (line("write", "wrote"), line("read(1)", "second", 2), line("read(0)", "first", 9))


def test_steps_come_in_the_order_of_their_start_and_tries_in_theirs() -> None:
    """Whatever the clocks of their machines say."""
    heard = shown(state(*RETRIED, phase="Succeeded"), *LINES)
    assert heard.lines == [("read", "first"), ("read", "second"), ("write", "wrote")]
    assert heard.notes == []


def test_one_step_alone_is_shown() -> None:
    """By its name, or the last part of it."""
    told = state(*RETRIED, pod("guarded.leave"), phase="Succeeded")
    assert shown(told, *LINES, line("guarded.leave", "left"), step="leave").lines == [("guarded.leave", "left")]
    assert shown(told, *LINES, step="write").lines == [("write", "wrote")]


def test_a_workflow_of_kubeflow_pipelines_is_read_like_any() -> None:
    """Its steps are the nodes `executor` of their tasks, and go by their whole paths; its drivers are steps too."""
    step = "root.exit-handler-1.check-quality.executor"
    driver = pod("root.exit-handler-1.check-quality-driver", startedAt="2026-01-15T00:00:00Z")
    told = state(driver, retry(step, startedAt="2026-01-15T00:00:01Z"), attempt(step, 0), phase="Succeeded")
    lines = (line("root.exit-handler-1.check-quality-driver", "driven"), line(f"{step}(0)", "85 met"))
    assert shown(told, *lines).lines == [("root.exit-handler-1.check-quality-driver", "driven"), (step, "85 met")]
    assert shown(told, *lines, step=step).lines == [(step, "85 met")]


def test_what_looks_like_a_login_is_left_out() -> None:
    """As everywhere."""
    assert shown(state(pod("a")), line("a", "at postgres://me:pass@host")).lines == [("a", "at postgres://***@host")]


def test_a_step_of_another_name_is_refused() -> None:
    """With those that there are; one that waits for others is there, a group of steps is none."""
    tasks = [{"name": "write", "template": "t"}, {"name": "later", "template": "t"}, {"name": "group", "template": "d"}]
    spec = {"templates": [{"name": "d", "dag": {"tasks": tasks}}, {"name": "t", "container": {}}]}
    told = state(pod("write"), spec=spec)
    with pytest.raises(ConfigurationError, match=f"run {NAME} has no step 'group' - name one of: write, later"):
        steps_named(told, "group")
    assert steps_named(told, "later") == ["later"]
    del told["spec"]
    told["status"]["storedWorkflowTemplateSpec"] = spec
    assert steps_named(told, "") == ["write", "later"]


def test_a_run_is_followed_to_its_end() -> None:
    """Each line once, also of a pod that began between two looks, and though the cluster is away for a while."""
    begun = state(pod("read", "Running"))
    both = state(pod("read", "Running"), pod("write", "Running", startedAt="2026-01-15T00:00:01Z"))
    over = state(pod("read"), pod("write", startedAt="2026-01-15T00:00:01Z"), phase="Succeeded")
    cluster = Answers(
        [
            (begun, [line("read", "one"), line("write", "early", 1)]),
            (both, [line("read", "one"), line("write", "early", 1), line("read", "two", 2)]),
            TransientError("the cluster does not answer", "try again"),
            (over, [line("read", "two", 2), line("read", "three", 3)]),
        ]
    )
    heard = Heard()
    ended = follow_logs(cluster, NAME, "", heard.say, heard.notes.append, wait=lambda _: None)
    assert ended["status"]["phase"] == "Succeeded"
    assert heard.lines == [("read", "one"), ("write", "early"), ("read", "two"), ("read", "three")]
    assert heard.notes == []
    assert [each.since for each in cluster.asked] == [None, AT - timedelta(seconds=60), AT - timedelta(seconds=58)]


def test_a_look_that_breaks_off_loses_nothing_and_says_nothing_twice() -> None:
    """The lines that had come are known; those of a pod of which the workflow tells later are waited for."""
    begun = state(pod("read", "Running"))
    both = state(pod("read", "Running"), pod("write", "Running", startedAt="2026-01-15T00:00:01Z"))
    over = state(pod("read"), pod("write", startedAt="2026-01-15T00:00:01Z"), phase="Succeeded")
    one, early, two = line("read", "one"), line("write", "early", 1), line("read", "two", 2)
    away = TransientError("the cluster has said nothing for a minute", "try again")
    cluster = Answers(
        [
            (begun, [one]),
            (begun, [one, early, two, away]),
            (begun, [one, early, two, line("read", "far on", 900)]),
            (both, [one, early, two, line("read", "far on", 900)]),
            (over, [line("write", "late", 901)]),
        ]
    )
    heard = Heard()
    follow_logs(cluster, NAME, "", heard.say, heard.notes.append, wait=lambda _: None)
    assert heard.lines == [("read", "one"), ("read", "two"), ("read", "far on"), ("write", "early"), ("write", "late")]
    since = [each.since for each in cluster.asked]
    assert since == [None, *[AT - timedelta(seconds=60)] * 3, AT + timedelta(seconds=840)]


def test_a_pod_that_is_nobodys_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each look would read more of everybody's logs."""
    monkeypatch.setattr("stockpot.cluster.logs._PATIENCE", 2)
    begun = state(pod("read", "Running"))
    looks = [(begun, [line("read", str(number), number), line("stranger", "psst")]) for number in range(100, 106)]
    over = state(pod("read"), phase="Succeeded")
    cluster, heard = Answers([*looks, (over, [])]), Heard()
    follow_logs(cluster, NAME, "", heard.say, heard.notes.append, wait=lambda _: None)
    assert [text for _, text in heard.lines] == ["100", "101", "102", "103", "104", "105"]
    since = [each.since and (each.since - AT).total_seconds() for each in cluster.asked]
    assert since == [None, 40, 40, 40, 43, 44, 45]


def test_one_step_alone_is_followed_by_its_own_pods() -> None:
    """The logs of the others are not read."""
    told = state(*RETRIED, phase="Running")
    over = state(*RETRIED, phase="Succeeded")
    cluster, heard = Answers([(told, LINES), (over, [*LINES, line("read(1)", "third", 10)])]), Heard()
    follow_logs(cluster, NAME, "read", heard.say, heard.notes.append, wait=lambda _: None)
    assert [text for _, text in heard.lines] == ["first", "second", "third"]
    assert {each.pod for each in cluster.asked} == {line("read(0)", "").pod, line("read(1)", "").pod}
    assert cluster.asked[-1].since == AT - timedelta(seconds=51)


def test_a_pod_of_one_step_that_is_known_late_loses_nothing() -> None:
    """It is asked for all at first, though another pod of the step has spoken later than it began."""
    begun = state(*RETRIED[:3])
    over = state(*RETRIED, phase="Succeeded")
    late = [line("read(0)", "far on", 900), line("read(1)", "begun", 300)]
    cluster, heard = Answers([(begun, late[:1]), (begun, late[:1]), (over, late)]), Heard()
    follow_logs(cluster, NAME, "read", heard.say, heard.notes.append, wait=lambda _: None)
    assert [text for _, text in heard.lines] == ["far on", "begun"]
    asked = [each.since for each in cluster.asked if each.pod == line("read(1)", "").pod]
    assert asked == [None]


def test_a_pod_that_cannot_be_read_for_a_while_loses_nothing() -> None:
    """While others talk on, lines are asked for again from where it was read last; then nothing is left to note."""
    begun = state(pod("read", "Running"), pod("write", "Running", startedAt="2026-01-15T00:00:01Z"))
    over = state(pod("read"), pod("write", startedAt="2026-01-15T00:00:01Z"), phase="Succeeded")
    cluster = Answers(
        [
            (begun, [line("read", "one"), line("write", "a", 1)]),
            (begun, [line("read", "far on", 900), "dial tcp: refused"]),
            (over, [line("write", "b", 2), line("read", "far on", 900), line("write", "c", 901)]),
        ]
    )
    heard = Heard()
    follow_logs(cluster, NAME, "", heard.say, heard.notes.append, wait=lambda _: None)
    assert [each.since for each in cluster.asked] == [None, None, *[AT - timedelta(seconds=59)] * 2]
    assert heard.lines == [("read", "one"), ("write", "a"), ("read", "far on"), ("write", "b"), ("write", "c")]
    assert heard.notes == []


def test_pods_that_are_gone_are_named() -> None:
    """Without a word of those that run still, or of steps nobody asked for."""
    told = state(*RETRIED, pod("skip", "Skipped", type="Skipped"), pod("now", "Running"))
    (note,) = shown(told, *LINES[1:]).notes
    assert note.startswith("nothing is left of write: their pods are gone or have said nothing")
    assert shown(told, *LINES[1:], step="read").notes == []


def test_what_could_not_be_read_is_noted() -> None:
    """One machine of the cluster may be away."""
    assert shown(state(pod("a")), line("a", "x"), "dial tcp: refused").notes == ["dial tcp: refused"]


@pytest.fixture
def bucket(object_store: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket in which the log of a pod lies; the environment names its store."""
    monkeypatch.setenv("MINIO_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("MINIO_ACCESS_KEY", object_store.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", object_store.secret_key)
    content = b"long" * 30_000 + b"\nkept\r\nlast"
    object_store.client.put_object(object_store.bucket, "runs/a/main.log", BytesIO(content), len(content))
    return str(object_store.bucket)


def archived(bucket: str, *names: str) -> dict[str, Any]:
    """A workflow of which Argo has kept the logs of these pods."""
    kept = [
        pod(name, outputs={"artifacts": [{"name": "main-logs", "s3": {"key": f"runs/{name}/main.log"}}]})
        for name in names
    ]
    told = state(*kept, phase="Succeeded")
    told["status"]["artifactRepositoryRef"] = {"artifactRepository": {"s3": {"bucket": bucket}}}
    return told


def test_logs_that_argo_has_kept_are_shown(bucket: str) -> None:
    """Of pods that are gone; a log that has been removed from the bucket too is as if it had not been kept."""
    heard = shown(archived(bucket, "a", "b", "c"), line("c", "still there"))
    assert heard.lines == [("a", "long" * 30_000), ("a", "kept"), ("a", "last"), ("c", "still there")]
    (note,) = heard.notes
    assert note.startswith("nothing is left of b:")


def test_kept_logs_are_told_once_while_a_run_is_followed(bucket: str) -> None:
    """Though each look finds the pod gone."""
    over = archived(bucket, "a")
    going = {**over, "status": {**over["status"], "phase": "Running", "finishedAt": None}}
    heard = Heard()
    follow_logs(Answers([(going, []), (going, []), (over, [])]), NAME, "", heard.say, heard.notes.append, wait=print)
    assert [text for _, text in heard.lines[1:]] == ["kept", "last"]
    assert heard.notes == []


def test_a_store_that_is_not_named_keeps_nothing_else_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps, the bucket, and what to set; it is said once."""
    monkeypatch.delenv("MINIO_ENDPOINT", raising=False)
    heard = shown(archived("logs", "a", "b", "c"), line("c", "still there"))
    assert heard.lines == [("c", "still there")]
    (note,) = heard.notes
    assert note.startswith("the logs of a, b lie in bucket logs: MINIO_ENDPOINT is not set")
