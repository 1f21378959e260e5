"""What the steps of a run on a cluster have said, and say while it goes on."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from difflib import get_close_matches

from components.shell.errors import ConfigurationError, StepError
from components.shell.redaction import redact
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.artifacts import bucket_of
from stockpot.cluster.kept_logs import kept_lines
from stockpot.cluster.log_lines import Heard, LogLine, Said
from stockpot.cluster.status import ENDED, Attempt, Step, ended, steps_of, templates_of
from stockpot.local.logs import Say
from stockpot.polling import last_look

_EVERY = 1.0
Note = Callable[[str], None]
"""Hears of what cannot be said, and why."""


def show_logs(cluster: Cluster, run: str, step: str, say: Say, note: Note, *, is_whole: bool = False) -> None:
    """Say what the steps of that name have said, in the order of their start, earlier tries first.

    Without a name these are all steps. A name that `is_whole` is not the last part of another one's.

    Raises:
        ConfigurationError: there is no such run or step, or no right to see it.
        TransientError: the cluster does not answer.
    """
    workflow = cluster.workflow(run)
    steps_named(workflow, step)
    teller = _Teller(step, say, is_whole=is_whole)
    teller.take(workflow, cluster.said(run, None))
    teller.end(workflow, note)


def follow_logs(
    cluster: Cluster, run: str, step: str, say: Say, note: Note, *, wait: Callable[[float], None] = time.sleep
) -> Document:
    """The workflow once it has ended; until then each line is said that its steps say, first those from before.

    Raises:
        ConfigurationError: there is no such run or step, or no right to see it.
        TransientError: the cluster has not answered for five minutes.
    """
    teller = _Teller(step, say)
    steps_named(cluster.workflow(run), step)

    def look() -> tuple[Document, Said]:
        # What was said before the end is there once the end is known.
        workflow = cluster.workflow(run)
        return workflow, cluster.said(run, teller.since)

    def is_last(found: tuple[Document, Said]) -> bool:
        teller.take(*found)
        return ended(found[0])

    workflow, _ = last_look(look, is_last, every=_EVERY, wait=wait)
    teller.end(workflow, note)
    return workflow


def steps_named(workflow: Document, name: str) -> list[str]:
    """The names of the steps of that name, of those too that have not begun; all of them where no name is given.

    Raises:
        ConfigurationError: the run has no such step; near matches are named.
    """
    known = [*steps_of(workflow)]
    begun = {each.rpartition(".")[2] for each in known}
    known += sorted(_tasks(workflow) - begun)
    found = [each for each in known if _is_called(each, name)]
    if name and not found:
        run, near = workflow["metadata"]["name"], get_close_matches(name, known, 3) or known
        raise ConfigurationError(f"run {run} has no step '{name}'", f"name one of: {', '.join(near) or 'none'}")
    return found


def _tasks(workflow: Document) -> set[str]:
    """The names of all tasks that stand for steps, whether they have begun or not."""
    templates = templates_of(workflow)
    nested = {each["name"] for each in templates if "dag" in each or "steps" in each}
    dags = (task for each in templates for task in (each.get("dag") or {}).get("tasks") or ())
    return {str(task["name"]) for task in dags if task.get("template") not in nested}


def _is_called(step: str, name: str, *, is_whole: bool = False) -> bool:
    return not name or name == step or (not is_whole and name == step.rpartition(".")[2])


def _mark(pod: str) -> str:
    """What the name of a pod and the id of its node have in common, however Argo names pods."""
    return pod.rpartition("-")[2]


class _Teller:
    """Says lines under their steps' names, each once, and what remains of pods that are gone."""

    def __init__(self, step: str, say: Say, *, is_whole: bool = False) -> None:
        self._step, self._is_whole = step, is_whole
        self._say: Say = lambda name, line: say(name, redact(line))
        self._heard = Heard()
        self._kept = _Kept(self._say)
        self._early: list[LogLine] = []
        self._unread: tuple[str, ...] = ()
        self._since: datetime | None = None
        self._silent: dict[str, None] = {}

    @property
    def since(self) -> datetime | None:
        """From when on lines are to be asked for: not beyond a look at which a pod could not be read."""
        return self._since

    def take(self, workflow: Document, said: Said) -> None:
        """Say what is new."""
        lines = defaultdict[str, list[LogLine]](list)
        for line in (*self._early, *self._heard.new(said.lines)):
            lines[_mark(line.pod)].append(line)
        heard = {_mark(pod) for pod in self._heard.pods}
        self._unread, self._silent = said.unread, {}
        self._since = self._since if said.unread else self._heard.since
        for step, pod in _pods(workflow):
            mine = lines.pop(_mark(pod.node), ())
            if not _is_called(step.name, self._step, is_whole=self._is_whole):
                continue
            for line in mine:
                self._say(step.name, line.text)
            if pod.phase in ENDED and _mark(pod.node) not in heard and not self._kept.tell(workflow, step, pod):
                self._silent[step.name] = None
        # Of pods that began between the two looks.
        self._early = [line for each in lines.values() for line in each]

    def end(self, workflow: Document, note: Note) -> None:
        """Note what could not be said."""
        for problem in (*self._unread, *self._kept.problems(bucket_of(workflow))):
            note(redact(problem))
        if self._silent:
            why = "their pods are gone or have said nothing, and no log was kept: see archiveLogs in docs/cluster.md"
            note(f"nothing is left of {', '.join(self._silent)}: {why}")


class _Kept:
    """Says what Argo has kept of the logs of pods that are gone."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lines: dict[str, int] = {}
        self._error: StepError | None = None
        self._unreadable: dict[str, None] = {}

    def tell(self, workflow: Document, step: Step, pod: Attempt) -> bool:
        """Whether a log was kept, in which there is something; its lines are said once."""
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
