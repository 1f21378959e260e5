"""Two ways to show a run as it goes on: a live table on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from components.shell.counts import counted
from components.shell.legible import as_it_is, legible
from components.shell.redaction import redact
from stockpot.local.events import (
    EnvironmentBuilding,
    EnvironmentReady,
    Event,
    Listener,
    NotificationFailed,
    NotStopped,
    RunFinished,
    RunStarted,
    ServicesReady,
    Stopping,
    TaskFinished,
    TaskProgress,
    TaskRetry,
    TaskSkipped,
    TaskStarted,
    TaskWaiting,
)
from stockpot.local.logs import last_lines
from stockpot.local.records import Run, State, TaskRecord
from stockpot.local.recovery import next_command, typed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_MARKS = {State.SUCCEEDED: "✓", State.FAILED: "✗", State.CANCELLED: "■"}
_CHUNK = 1 << 16
# So many lines tell where a step was when it failed; all are in its log.
LAST_LINES = 8


@contextmanager
def listening(stream: TextIO | None = None) -> Iterator[Listener]:
    """A listener for the stream (stdout): live on a terminal, plain lines elsewhere."""
    stream = stream or sys.stdout
    if isinstance(stream, TextIOWrapper):
        # A terminal that cannot show a sign is no reason to fail.
        stream.reconfigure(errors="replace")
    if not stream.isatty():
        yield plain(stream)
        return
    from rich.console import Console

    with live(Console(file=as_it_is(stream))) as listener:
        yield listener


def plain(stream: TextIO) -> Listener:
    """A listener that writes one line per event, and what a step has to say as it is."""

    def listen(event: Event) -> None:
        line = line_of(event)
        if line:
            print(line, file=stream)
        if isinstance(event, TaskFinished) and event.stdout:
            _copy(event.stdout, stream.write)
        stream.flush()

    return listen


def line_of(event: Event) -> str:
    """One line for an event, legible and without secrets; empty where nothing needs to be said."""
    say = _LINES.get(type(event))
    return legible(redact(say(event))) if say else ""


def _started(event: RunStarted) -> str:
    again = f", resumed for the {event.run.resumed}. time" if event.run.resumed else ""
    return f"Run {event.run.id} of {event.run.pipeline}, as of {event.run.as_of}{again}"


def _stopping(event: Stopping) -> str:
    return "Killing all steps" if event.immediately else "Stopping; exit handlers still run. Ctrl-C again kills all"


def _task_started(event: TaskStarted) -> str:
    return f"  ▸ {event.task}" + (f", attempt {event.attempt}" if event.attempt > 1 else "")


def _task_finished(event: TaskFinished) -> str:
    summary = f"  {_MARKS.get(event.record.state, ' ')} {event.record.id}  {_outcome(event.record, event.seconds)}"
    warned = [f"  ⚠ {event.record.id} warns: {line}" for line in event.record.warnings]
    return "\n".join((summary, *warned, *_last_words_of(event)))


def _last_words_of(event: TaskFinished) -> list[str]:
    """The end of the log of a step that failed, where that says more than the line of its failure."""
    if event.record.state is not State.FAILED:
        return []
    return last_words(list(last_lines(event.log, LAST_LINES)))


def last_words(lines: Sequence[str]) -> list[str]:
    """The last lines of a step that failed as they stand below it; none where they say no more than its failure."""
    says_more = [line for line in lines if not line.startswith("error: ")]
    return [f"    │ {line}" for line in lines] if says_more else []


def _outcome(record: TaskRecord, seconds: float) -> str:
    """Time and rows, or the error."""
    if record.state is State.FAILED:
        return f"{seconds:.1f} s  exit code {record.exit_code}: {record.error}"
    if record.state is State.CANCELLED:
        return "stopped"
    how = "cached" if record.cached else "kept" if record.reason.startswith("kept") else f"{seconds:.1f} s"
    return "  ".join([how, *rows_text(record)])


def rows_text(record: TaskRecord) -> list[str]:
    """The rows that a step has read and written, as text, where it has reported them."""
    if record.rows_by_table:
        counts = ", ".join(f"{table} {rows:,}" for table, rows in record.rows_by_table.items())
        return [f"rows: {counts}"]
    if record.rows_in is None or record.rows_out is None:
        return []
    rejected = f", {record.rows_rejected:,} rejected" if record.rows_rejected else ""
    return (
        [f"{record.rows_in:,} → {counted(record.rows_out, 'row')}{rejected}"]
        if record.rows_in or record.rows_out
        else []
    )


def warnings_text(run: Run) -> str:
    """How many warnings a run has, as text."""
    return counted(len(run.warnings), "warning")


def _last_words(event: RunFinished) -> str:
    run = event.run
    counts = f"{sum(task.cached for task in run.tasks)} cached"
    done = sum(task.state is State.SUCCEEDED and task.kind == "container" for task in run.tasks)
    if run.state is State.SUCCEEDED:
        warned = f", {warnings_text(run)}" if run.warnings else ""
        return f"Run {run.id} succeeded in {event.seconds:.1f} s ({counted(done, 'step')}, {counts}{warned})"
    following = typed(next_command(run))
    todo = f"Logs: {event.directory / 'steps'}" + (f"\nNext: {following}" if following else "")
    return f"Run {run.id} {run.state} after {event.seconds:.1f} s: {run.error}\n{todo}"


_LINES: Mapping[type[Any], Callable[[Any], str]] = {
    RunStarted: _started,
    ServicesReady: lambda event: "\n".join(f"  {line}" for line in event.described),
    EnvironmentBuilding: lambda event: (
        f"  … building the environment of {event.step} ({counted(event.packages, 'package')})"
    ),
    EnvironmentReady: lambda event: f"  ✓ environment of {event.step} built in {event.seconds:.1f} s",
    TaskWaiting: lambda event: f"  … {event.task} waits: {event.reason}",
    TaskStarted: _task_started,
    TaskRetry: lambda event: f"  ↻ {event.task} failed: {event.reason}; trying again in {event.delay:g} s",
    TaskSkipped: lambda event: f"  - {event.task} is not run: {event.reason}",
    TaskFinished: _task_finished,
    Stopping: _stopping,
    NotificationFailed: lambda event: f"  ! {event.reason}",
    NotStopped: lambda event: f"  ! what served the run may go on: {event.reason}; stockpot services down stops it",
    RunFinished: _last_words,
}


def _copy(path: Path, write: Callable[[str], object]) -> None:
    """Write a file's text, legible and whole lines at a time, and end its last line."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while lines := file.readlines(_CHUNK):
            text = legible("".join(lines))
            write(text if text.endswith("\n") else f"{text}\n")


@contextmanager
def live(console: "Console") -> Iterator[Listener]:
    """A listener that keeps a table of running steps at the bottom; what has ended scrolls up above it."""
    from rich.live import Live
    from rich.text import Text

    board = _Board()
    # Rows change with time alone, so the table is drawn anew a few times a second.
    with Live(get_renderable=board.table, console=console, refresh_per_second=8, transient=True) as shown:

        def listen(event: Event) -> None:
            board.take(event)
            line = "" if isinstance(event, TaskStarted | EnvironmentBuilding) else line_of(event)
            if line:
                shown.console.print(Text(line, style=_style(event)), soft_wrap=True)
            if isinstance(event, TaskFinished) and event.stdout:
                # Through the console, which makes room above the table; `out` neither wraps nor colours.
                _copy(event.stdout, lambda text: shown.console.out(text, end="", highlight=False))

        yield listen


def _style(event: Event) -> str:
    match event:
        case TaskFinished(record):
            styles = {State.SUCCEEDED: "green", State.FAILED: "bold red"}
            return "cyan" if record.cached else styles.get(record.state, "yellow")
        case RunFinished(run):
            return "bold green" if run.state is State.SUCCEEDED else "bold red"
        case TaskRetry() | TaskWaiting() | Stopping() | NotificationFailed() | NotStopped():
            return "yellow"
        case TaskSkipped():
            return "dim"
        case _:
            return ""


class _Board:
    """The steps that run now, with their time and progress."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._ended, self._all = 0, 0

    def take(self, event: Event) -> None:
        """Note what the event says of running steps."""
        with self._lock:
            match event:
                case RunStarted(_, _, containers):
                    self._all = containers
                case TaskStarted(task):
                    self._since.setdefault(task, time.monotonic())
                case EnvironmentBuilding(step):
                    self._since[f"building {step}"] = time.monotonic()
                case EnvironmentReady(step):
                    self._forget(f"building {step}")
                case TaskProgress(task, done, total):
                    self._progress[task] = (done, total)
                case TaskFinished(record):
                    self._forget(record.id)
                    self._ended += 1
                case TaskSkipped():
                    self._ended += 1
                case RunFinished():
                    self._since.clear()
                case _:
                    pass

    def _forget(self, name: str) -> None:
        self._since.pop(name, None)
        self._progress.pop(name, None)

    def table(self) -> "Table":
        """One row per running step: a spinner, its name, a bar where it reports progress, its time."""
        from rich.progress_bar import ProgressBar
        from rich.spinner import Spinner
        from rich.table import Table

        grid = Table.grid(padding=(0, 1))
        with self._lock:
            for name, since in self._since.items():
                done, total = self._progress.get(name, (0, 0))
                bar = ProgressBar(total=total, completed=done, width=24) if total else ""
                grid.add_row(Spinner("dots"), name, bar, f"{time.monotonic() - since:.0f} s")
            if self._since:
                grid.add_row("", f"{self._ended} of {counted(max(self._all, self._ended), 'step')} done", "", "")
        return grid
