"""What the steps of a run on a cluster have said, and say while it goes on."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from components.shell.errors import ConfigurationError, StepError
from components.shell.redaction import redact
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.artifacts import bucket_of
from stockpot.cluster.kept_logs import kept_lines
from stockpot.cluster.log_lines import Heard, LogLine, LogQuery, mark
from stockpot.cluster.status import ENDED, Attempt, Step, ended, steps_of, templates_of
from stockpot.local.logs import Say
from stockpot.polling import last_look

if TYPE_CHECKING:
    from datetime import datetime

_EVERY = 1.0
# So many lines at the end of a log may be Argo's own, or empty.
_SPARE = 40
# So much of a line is more than a terminal shows.
_LETTERS = 2000
# A pod of which the workflow says nothing after so many looks is nobody's.
_PATIENCE = 30
Note = Callable[[str], None]
"""Hears of what cannot be said, and why."""


def show_logs(
    cluster: Cluster, run: str, step: str, say: Say, note: Note, *, is_whole: bool = False, last: int = 0
) -> None:
    """Say what the steps of that name have said, in the order of their start, earlier tries first.

    Without a name these are all steps. A name that `is_whole` is not the last part of another one's. Of each pod that
    is there only so many `last` lines are read, where that is given.

    Raises:
        ConfigurationError: there is no such run or step, or no right to see it.
        TransientError: the cluster does not answer.
    """
    workflow = cluster.workflow(run)
    steps_named(workflow, step)
    printer = _LogPrinter(cluster, step, say, is_whole=is_whole, last=last)
    printer.take(workflow)
    printer.end(workflow, note)


def follow_logs(
    cluster: Cluster, run: str, step: str, say: Say, note: Note, *, wait: Callable[[float], None] = time.sleep
) -> Document:
    """The workflow once it has ended; until then each line is said that its steps say, first those from before.

    Raises:
        ConfigurationError: there is no such run or step, or no right to see it.
        TransientError: the cluster has not answered for five minutes.
    """
    printer = _LogPrinter(cluster, step, say)
    steps_named(cluster.workflow(run), step)

    def look() -> Document:
        # What was said before the end is there once the end is known.
        workflow = cluster.workflow(run)
        printer.take(workflow)
        return workflow

    workflow = last_look(look, ended, every=_EVERY, wait=wait)
    printer.end(workflow, note)
    return workflow


def last_said(cluster: Cluster, workflow: Document, step: Step, most: int) -> list[str]:
    """The last lines, at `most` so many, that are not empty of what the last try of a step has said.

    Raises:
        ConfigurationError: there is no right to see it.
        TransientError: the cluster does not answer.
    """
    lines = deque[str](maxlen=most)

    def say(_: str, line: str) -> None:
        if line.strip():
            lines.append(line[:_LETTERS])

    printer = _LogPrinter(cluster, step.name, say, is_whole=True, last=most + _SPARE)
    printer.pod_by_pod(workflow, [(step, pod) for pod in step.attempts[-1:]])
    return [*lines]


def steps_named(workflow: Document, name: str) -> list[str]:
    """The names of the steps of that name, of those too that have not begun; all of them where no name is given.

    Raises:
        ConfigurationError: the run has no such step; near matches are named.
    """
    known = [*steps_of(workflow)]
    begun = {each.rpartition(".")[2] for each in known}
    known += sorted(_tasks(workflow) - begun)
    matches = [each for each in known if _is_called(each, name)]
    if name and not matches:
        run, near = workflow["metadata"]["name"], get_close_matches(name, known, 3) or known
        raise ConfigurationError(f"run {run} has no step '{name}'", f"name one of: {', '.join(near) or 'none'}")
    return matches


def _tasks(workflow: Document) -> set[str]:
    """The names of all tasks that stand for steps, whether they have begun or not."""
    templates = templates_of(workflow)
    nested = {each["name"] for each in templates if "dag" in each or "steps" in each}
    dags = (task for each in templates for task in (each.get("dag") or {}).get("tasks") or ())
    return {str(task["name"]) for task in dags if task.get("template") not in nested}


def _is_called(step: str, name: str, *, is_whole: bool = False) -> bool:
    return not name or name == step or (not is_whole and name == step.rpartition(".")[2])


class _LogPrinter:
    """Says lines under their steps' names, each once, and what remains of pods that are gone; it holds one."""

    def __init__(self, cluster: Cluster, step: str, say: Say, *, is_whole: bool = False, last: int = 0) -> None:
        self._cluster, self._step, self._is_whole, self._last = cluster, step, is_whole, last
        self._say: Say = lambda name, line: say(name, redact(line))
        self._heard = Heard()
        self._spoke: set[str] = set()
        self._kept = _KeptLogs(self._say)
        self._unread: list[str] = []
        self._since: datetime | None = None
        self._silent: dict[str, None] = {}
        self._strange = Counter[str]()
        self._has_begun = False

    def take(self, workflow: Document) -> None:
        """Say what is new: at first pod by pod, in the order of the steps, and from then on as it comes.

        Of one step alone the other pods' logs are not read at all.
        """
        begun = time.monotonic()
        self._unread, self._silent = [], {}
        if self._step or not self._has_begun:
            self.pod_by_pod(workflow, _pods(workflow))
        else:
            self._as_it_comes(workflow)
        self._has_begun = True
        # Not beyond a look at which a pod could not be read, or was not known yet.
        if not self._unread and all(looks > _PATIENCE for looks in self._strange.values()):
            self._since = self._heard.since(time.monotonic() - begun)

    def pod_by_pod(self, workflow: Document, pods: Iterable[tuple[Step, Attempt]]) -> None:
        """Say what is new of these pods, one after the other."""
        names = {mark(name): name for name in self._cluster.pods(workflow)}
        for step, pod in pods:
            if self._is_asked(step):
                name = names.get(mark(pod.node), "")
                if name:
                    # A pod that becomes known late may have spoken before others did last.
                    since = self._since if mark(name) in self._spoke else None
                    self._print_new(workflow, LogQuery(name, since, self._last), {mark(name): step.name})
                self._remains(workflow, step, pod)

    def _as_it_comes(self, workflow: Document) -> None:
        pods = list(_pods(workflow))
        strange = self._print_new(
            workflow, LogQuery(since=self._since), {mark(pod.node): step.name for step, pod in pods}
        )
        self._strange = Counter({each: self._strange[each] + 1 for each in strange})
        for step, pod in pods:
            if self._is_asked(step):
                self._remains(workflow, step, pod)

    def _print_new(self, workflow: Document, query: LogQuery, names: Mapping[str, str]) -> set[str]:
        """Say what is new of these pods, and which others have spoken, of which the workflow knows nothing yet."""
        strange: set[str] = set()

        def known(lines: Iterable[LogLine]) -> Iterator[LogLine]:
            for line in lines:
                if mark(line.pod) in names:
                    self._spoke.add(mark(line.pod))
                    yield line
                else:
                    strange.add(mark(line.pod))

        new_lines = self._cluster.log_lines(workflow["metadata"]["name"], query, self._unread.append)
        for line in self._heard.new(known(new_lines)):
            name = names[mark(line.pod)]
            if _is_called(name, self._step, is_whole=self._is_whole) and not line.is_of_argo:
                self._say(name, line.text)
        return strange

    def _is_asked(self, step: Step) -> bool:
        return _is_called(step.name, self._step, is_whole=self._is_whole)

    def _remains(self, workflow: Document, step: Step, pod: Attempt) -> None:
        """Say what Argo has kept of a pod that has ended and was never heard."""
        is_heard = mark(pod.node) in self._spoke
        if pod.phase in ENDED and not is_heard and not self._kept.print_once(workflow, step, pod):
            self._silent[step.name] = None

    def end(self, workflow: Document, note: Note) -> None:
        """Note what could not be said."""
        for problem in (*self._unread, *self._kept.problems(bucket_of(workflow))):
            note(redact(problem))
        if self._silent:
            why = "their pods are gone or have said nothing, and no log was kept: see archiveLogs in docs/cluster.md"
            note(f"nothing is left of {', '.join(self._silent)}: {why}")


class _KeptLogs:
    """Says what Argo has kept of the logs of pods that are gone."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lines: dict[str, int] = {}
        self._error: StepError | None = None
        self._unreadable: dict[str, None] = {}

    def print_once(self, workflow: Document, step: Step, pod: Attempt) -> bool:
        """Whether a log was kept, in which there is something; its lines are printed once."""
        if pod.node in self._lines or not pod.log_key:
            return self._lines.get(pod.node, 0) > 0
        if self._error is None:
            self._lines[pod.node] = 0
            try:
                for line in kept_lines(bucket_of(workflow), pod.log_key):
                    self._say(step.name, line)
                    self._lines[pod.node] += 1
            except StepError as error:
                self._error = error
        if self._error:
            # A store that refuses once need not be asked for each step.
            self._lines[pod.node] = 1
            self._unreadable[step.name] = None
        return self._lines[pod.node] > 0

    def problems(self, bucket: str) -> Iterator[str]:
        """Why logs that were kept could not be read."""
        if self._unreadable:
            yield f"the logs of {', '.join(self._unreadable)} lie in bucket {bucket}: {self._error}"


def _pods(workflow: Document) -> Iterator[tuple[Step, Attempt]]:
    """The pods of all steps, in the order in which the steps and their tries began."""
    return ((step, pod) for step in steps_of(workflow).values() for pod in step.attempts)
