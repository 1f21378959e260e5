"""What there is to see of a run at a moment, read from its record."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from components.shell.instants import parse_instant
from components.shell.legible import on_one_line
from components.shell.redaction import redact
from stockpot.local.display import rows_text
from stockpot.local.records import Run, State, TaskRecord

_OVER = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.INTERRUPTED)


@dataclass(frozen=True)
class Row:
    """A step, or a part of the pipeline in which steps lie, and what there is to say of it. Times are UTC."""

    id: str
    depth: int
    is_step: bool
    exits: bool
    state: State
    started: datetime | None
    ended: datetime | None
    said: str


@dataclass(frozen=True)
class Picture:
    """A run as it stands: its rows in the order of the plan, each part before what lies in it."""

    id: str
    state: State
    rows: tuple[Row, ...]
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.state is not State.RUNNING

    @property
    def began(self) -> datetime | None:
        """When the first of its steps began."""
        return min((row.started for row in self.rows if row.started), default=None)

    @property
    def ended(self) -> datetime | None:
        """When the last of its steps ended, of a run that has."""
        return max((row.ended for row in self.rows if row.ended), default=None) if self.is_over else None


def picture_of(run: Run) -> Picture:
    """The run as its record has it, without secrets and without signs that a terminal would obey."""
    inside = defaultdict[str, list[TaskRecord]](list)
    for task in run.tasks:
        inside[task.parent].append(task)
    waiting = {task.id for task in run.tasks if task.state not in (State.SUCCEEDED, State.SKIPPED)}

    def rows(parent: str, depth: int) -> Iterator[Row]:
        for task in inside[parent]:
            yield _row(task, depth, waiting)
            yield from rows(task.id, depth + 1)

    return Picture(run.id, run.state, tuple(rows("", 0)), _plain(run.error))


def _row(task: TaskRecord, depth: int, waiting: set[str]) -> Row:
    return Row(
        id=_plain(task.id),
        depth=depth,
        is_step=task.kind == "container",
        exits=task.exits,
        state=task.state,
        started=parse_instant(task.started) if task.started else None,
        ended=parse_instant(task.ended) if task.ended and task.state in _OVER else None,
        said=_plain(_said(task, waiting)),
    )


def _said(task: TaskRecord, waiting: set[str]) -> str:
    """Rows, the error, or what a step waits for."""
    match task.state:
        case State.FAILED:
            return f"exit code {task.exit_code}: {task.error}" if task.kind == "container" else ""
        case State.PENDING:
            if task.reason:
                return task.reason
            before = [each for each in task.after if each in waiting]
            return f"after {', '.join(before)}" if before else "at the end" if task.exits else ""
        case State.RUNNING:
            return f"attempt {task.attempts}" if task.attempts > 1 else ""
        case State.SUCCEEDED:
            how = "cached" if task.cached else "kept" if task.reason.startswith("kept") else ""
            return "  ".join(filter(None, (how, *rows_text(task), *task.warnings)))
        case _:
            return task.reason


def _plain(text: str) -> str:
    return on_one_line(redact(text))
