"""The record of a run while it goes on: kept in memory, written down at most every tenth of a second."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from components.shell.redaction import masked_in, redact
from stockpot.local.records import (
    Run,
    State,
    TaskRecord,
    forget_task,
    set_room_aside,
    write_end,
    write_run,
    write_task,
)

_PAUSE = 0.1
_NOT_REACHED = (State.PENDING, State.OMITTED)


class Journal:
    """Holds the run's record. A step's own record is written at once, the run's own soon after.

    `earlier` are tasks of an earlier try of the same run, of which `kept` has the steps that ended well: they hold as
    long as nothing that they come after is made anew.
    """

    def __init__(self, run: Run, directory: Path, earlier: Sequence[TaskRecord] = ()) -> None:
        self.directory = directory
        self.kept = {task.id: task for task in earlier if task.kind == "container" and task.state is State.SUCCEEDED}
        self._run = run
        self._tasks = {task.id: task for task in run.tasks}
        # What loops held is not known beforehand, and a run that is killed before it comes there must not forget it.
        self._iterations = {task.id: task.waiting for task in earlier if task.id not in self._tasks}
        self._later: asyncio.TimerHandle | None = None
        self._pause = _PAUSE

    @property
    def run(self) -> Run:
        """The run with its tasks as they are now."""
        return dataclasses.replace(self._run, tasks=(*self._tasks.values(), *self._iterations.values()))

    def change(self, **changes: Any) -> None:
        """Change the run's own record, which is not written yet."""
        self._run = dataclasses.replace(self._run, **changes)

    def task(self, task_id: str) -> TaskRecord | None:
        """The record of a task, None before it was first noted."""
        return self._tasks.get(task_id)

    def note(self, record: TaskRecord) -> TaskRecord:
        """Keep the latest record of a task, without secrets but in its parameters, which other steps may need."""
        said = {"error": redact(record.error), "reason": redact(record.reason), "details": masked_in(record.details)}
        record = dataclasses.replace(record, **said)
        self._tasks[record.id] = record
        self._iterations.pop(record.id, None)
        if record.kind == "container" and (self.directory / "steps" / record.id).is_dir():
            # On a full disk the run goes on to its end, which is written into room that was set aside.
            with contextlib.suppress(OSError):
                write_task(self.directory, record)
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(self._pause, self._write_in_time)
        return record

    def update(self, task_id: str, **changes: Any) -> TaskRecord:
        """Change a task's record."""
        return self.note(dataclasses.replace(self._tasks[task_id], **changes))

    def forget(self, task_ids: Iterable[str]) -> None:
        """Drop what an earlier try has recorded of tasks to which this one has not come: they are to run anew."""
        for task_id in task_ids:
            self.kept.pop(task_id, None)
            self._iterations.pop(task_id, None)
            # Who finds a killed run believes what its steps have recorded.
            forget_task(self.directory, task_id)

    def end_run(self, **changes: Any) -> Run:
        """Change the run's own record and write it for the last time; where that fails, the run has no end."""
        ended = dataclasses.replace(self.run, **changes)
        self._forget_later()
        write_end(self.directory, ended)
        self._run = ended
        return ended

    def _write_in_time(self) -> None:
        with contextlib.suppress(OSError):
            self.write()

    def write(self) -> None:
        """Write the run's record now, and see that its end will find room."""
        self._forget_later()
        begin = time.monotonic()
        write_run(self.directory, self.run)
        set_room_aside(self.directory)
        # A run of thousands of tasks must not spend its time on writing itself down.
        self._pause = max(_PAUSE, 10 * (time.monotonic() - begin))

    def _forget_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def close_open_tasks(self) -> None:
        """Mark what never came to run, after the run has ended; what was kept, it still has."""
        tasks = self._tasks | self._iterations
        tasks |= {name: task for name, task in self.kept.items() if tasks[name].state in _NOT_REACHED}
        self._tasks, self._iterations = {task.id: task for task in closed(list(tasks.values()))}, {}


def closed(tasks: Sequence[TaskRecord]) -> Iterator[TaskRecord]:
    """The tasks of a run that has ended: what still waits was skipped or left out, what still runs was stopped."""
    by_id = {task.id: task for task in tasks}
    for task in tasks:
        parent = by_id.get(task.parent)
        skipped = parent is not None and parent.state is State.SKIPPED
        ends = {State.PENDING: State.SKIPPED if skipped else State.OMITTED, State.RUNNING: State.CANCELLED}
        yield dataclasses.replace(task, state=ends.get(task.state, task.state))
