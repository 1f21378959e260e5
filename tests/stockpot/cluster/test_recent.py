"""What one step of a run on a cluster has said last, as the screen asks for it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from components.shell.errors import ConfigurationError
from stockpot.cluster.log_lines import LogLine, LogQuery
from stockpot.cluster.recent import RecentLog
from tests.stockpot.cluster.test_logs import Answers, line, state
from tests.stockpot.cluster.workflows import NAME, pod

COOK, PART, SERVE = (pod(name, "Running") for name in ("cook", "part.cook", "serve"))
SAID = (line("cook", "soup"), line("part.cook", "salad"), line("serve", "table 4"))


@dataclass
class Cluster(Answers):
    """One that knows who has asked."""

    askers: list[threading.Thread] = field(default_factory=list)

    def workflow(self, name: str) -> Any:
        """The workflow as it stands."""
        self.askers.append(threading.current_thread())
        return super().workflow(name)


def _told(log: RecentLog, step: str, is_enough: Callable[[str], bool]) -> list[str]:
    """The lines of the step once there are enough."""
    deadline = time.monotonic() + 60
    while not is_enough(" ".join(lines := log(step))):
        assert time.monotonic() < deadline, lines
        time.sleep(0.01)
    return list(lines)


def test_one_log_is_followed_at_a_time() -> None:
    """That of the step before is left; a step of the same last name is another one."""
    cluster = Cluster([(state(COOK, PART, SERVE), SAID)])
    log = RecentLog(cluster, NAME, lambda _: False, every=0.01)
    try:
        assert _told(log, "cook", lambda text: "soup" in text) == ["soup"]
        former = cluster.askers[0]
        assert _told(log, "part.cook", lambda text: "salad" in text) == ["salad"]
        former.join(20)
        assert not former.is_alive()
        last = cluster.askers[-1]
    finally:
        log.leave()
    last.join(20)
    assert not last.is_alive()


def test_why_a_log_cannot_be_read_stands_in_its_place() -> None:
    """The screen goes on; secrets are left out."""

    class Refusing(Cluster):
        def log_lines(self, name: str, asked: LogQuery, unread: Callable[[str], None]) -> Iterator[LogLine]:
            raise ConfigurationError("no right to pods/log at postgres://me:pass@host", "ask")

    log = RecentLog(Refusing([(state(COOK), ())]), NAME, lambda _: False, every=0.01)
    try:
        lines = _told(log, "cook", lambda text: "no right" in text)
    finally:
        log.leave()
    assert lines == ["no right to pods/log at postgres://***@host - ask"]


def test_what_a_pod_has_said_stays_when_it_is_taken_away() -> None:
    """Why no more is there stands below it."""
    cluster = Cluster([(state(COOK), (line("cook", "soup"),)), (state(pod("cook", "Succeeded")), ())])
    log = RecentLog(cluster, NAME, lambda _: False, every=0.01)
    try:
        lines = _told(log, "cook", lambda text: "nothing is left" in text)
    finally:
        log.leave()
    assert lines[0] == "soup"


def test_the_end_of_one_steps_log_is_asked_for_until_the_step_is_over() -> None:
    """Not the logs of others, nor what stands before, nor again what will not change; a line is cut for the screen."""
    cluster = Cluster([(state(COOK, PART, SERVE), (*SAID, line("cook", "x" * 9000)))])
    over: list[str] = []
    log = RecentLog(cluster, NAME, lambda step: over.append(step) is None, every=0.01)
    try:
        assert [len(each) for each in _told(log, "cook", lambda text: "soup" in text)] == [4, 4000]
        (asker,) = cluster.askers
        asker.join(20)
        assert not asker.is_alive()
    finally:
        log.leave()
    assert cluster.asked == [LogQuery(line("cook", "").pod, None, 2000)]
    assert over == ["cook"]
