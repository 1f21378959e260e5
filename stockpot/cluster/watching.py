"""Following a workflow until it ends, as the events that a local run tells as well."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.status import ENDED, Attempt, Step, ended, steps_of, verdict
from stockpot.local.events import (
    Event,
    Listener,
    TaskFinished,
    TaskProgress,
    TaskRetry,
    TaskSkipped,
    TaskStarted,
    TaskWaiting,
)
from stockpot.local.records import Run, State, TaskRecord
from stockpot.polling import last_look

_EVERY = 1.0
# What every pod says while it starts.
_USUAL = ("PodInitializing", "ContainerCreating", "")
_STATES = {"Succeeded": State.SUCCEEDED, "Failed": State.FAILED, "Error": State.FAILED}


def follow(cluster: Cluster, name: str, listener: Listener, wait: Callable[[float], None] = time.sleep) -> Document:
    """The workflow once it has ended; the listener hears of every change on the way.

    Raises:
        ConfigurationError: the workflow, or the right to look at it, is gone.
        TransientError: the cluster has not answered for five minutes.
    """
    known: Mapping[str, Step] = {}

    def is_last(workflow: Document) -> bool:
        nonlocal known
        steps = steps_of(workflow)
        for event in changes(known, steps):
            listener(event)
        known = steps
        return ended(workflow)

    return last_look(lambda: cluster.workflow(name), is_last, every=_EVERY, wait=wait)


def changes(before: Mapping[str, Step], after: Mapping[str, Step]) -> Iterator[Event]:
    """What happened between two looks at the steps."""
    for name, step in after.items():
        old = before.get(name)
        yield from _pods(step, old.attempts if old else ())
        if step.phase in ENDED and (old is None or old.phase not in ENDED):
            yield _end(step)


def _pods(step: Step, before: tuple[Attempt, ...]) -> Iterator[Event]:
    for number, pod in enumerate(step.attempts):
        old = before[number] if number < len(before) else None
        if pod.phase == "Pending" and pod.message not in _USUAL and (old is None or old.message != pod.message):
            yield TaskWaiting(step.name, pod.message)
        if pod.phase != "Pending" and (old is None or old.phase == "Pending"):
            if number:
                last = step.attempts[number - 1]
                yield TaskRetry(step.name, number, _seconds(last.ended, pod.started), _reason(last))
            yield TaskStarted(step.name, number + 1)
        if pod.progress[1] > 1 and (old is None or old.progress != pod.progress):
            yield TaskProgress(step.name, *pod.progress)


def _reason(pod: Attempt) -> str:
    return pod.message or f"exit code {pod.exit_code}"


def _end(step: Step) -> Event:
    state = _STATES.get(step.phase)
    if state is None:
        return TaskSkipped(step.name, step.message or step.phase.lower())
    return TaskFinished(_record(step, state), _seconds(step.started, step.ended), None, Path())


def _record(step: Step, state: State) -> TaskRecord:
    """The step as the record of a run of this machine has it."""
    failed = state is State.FAILED
    waits = step.attempts[-1].message if _waits(step) else ""
    return TaskRecord(
        id=step.name,
        name=step.name,
        kind="container",
        exits=step.exits,
        state=state,
        started=step.started,
        ended=step.ended,
        attempts=len(step.attempts),
        exit_code=step.exit_code if failed else 0,
        error=step.error if failed else "",
        reason=step.message if state in (State.SKIPPED, State.OMITTED) else "" if waits in _USUAL else waits,
    )


def _waits(step: Step) -> bool:
    return bool(step.attempts) and step.attempts[-1].phase == "Pending"


def run_of(workflow: Document) -> Run:
    """The workflow as the record of a run of this machine has it, as far as it is known; steps yet to begin are not."""
    steps = steps_of(workflow).values()
    state = _STATES.get(workflow["status"].get("phase", "")) if ended(workflow) else None
    return Run(
        id=workflow["metadata"]["name"],
        pipeline=workflow.get("spec", {}).get("workflowTemplateRef", {}).get("name", ""),
        description="",
        reference="",
        plan="",
        as_of="",
        created=workflow["metadata"].get("creationTimestamp", ""),
        parameters={},
        state=state or State.RUNNING,
        error=verdict(workflow)[1] if state else "",
        tasks=tuple(_record(step, _state(step)) for step in steps),
    )


def _state(step: Step) -> State:
    if step.phase not in ENDED and _waits(step):
        # Argo calls a step that may be tried again running, though its pod waits.
        return State.PENDING
    return _STATES.get(step.phase) or State(step.phase.lower())


def _seconds(start: str, end: str) -> float:
    if not start or not end:
        return 0.0
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
