"""What the steps of a run have said, and say while it goes on."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.redaction import redact
from stockpot.local.records import Run, State, TaskRecord, load_run, run_directory

_EVERY = 0.3
_CHUNK = 1 << 16
_TAIL = 1 << 14
_FEW_LINES, _MOST_LINES = 20, 200
_MOST_RECENT = 2000
_LONGEST = 1 << 20
"""So many bytes of one line are held at most."""
_HELD_BACK = 1 << 12
_TRACEBACK = "Traceback (most recent call last)"
Say = Callable[[str, str], None]
"""Hears of a line: which step has said it, and the line."""


def show_logs(home: Path, run: Run, step: str, say: Say) -> None:
    """Say what the steps of that name have said, in the order of their start: earlier tries, log, words for people.

    Without a name these are all steps.
    """
    reader = _Reader(run_directory(home, run.id), say)
    reader.read(_begun(run, step))
    reader.end()


def follow_logs(home: Path, run_id: str, step: str, say: Say, wait: Callable[[float], None] = time.sleep) -> Run:
    """The run once it has ended; until then each line is said that its steps say, first those from before."""
    reader = _Reader(run_directory(home, run_id), say)
    while True:
        # What was said before the end is there once the end is known.
        run = load_run(home, run_id)
        reader.read(_begun(run, step))
        if run.state is not State.RUNNING:
            reader.end()
            return run
        wait(_EVERY)


def steps_named(run: Run, name: str) -> list[str]:
    """The ids of the steps of that id, name or title; all of them where no name is given.

    Raises:
        ConfigurationError: the run has no such step; near matches are named.
    """
    tasks = [task for task in run.tasks if task.kind == "container"]
    ids = [task.id for task in tasks if _is_called(task, name)]
    if name and not ids:
        known = [task.id for task in tasks]
        near = get_close_matches(name, known, 3) or known
        raise ConfigurationError(f"run {run.id} has no step '{name}'", f"name one of: {', '.join(near) or 'none'}")
    return ids


def _is_called(task: TaskRecord, name: str) -> bool:
    return not name or name in (task.id, task.name, task.title)


def _begun(run: Run, name: str) -> list[TaskRecord]:
    """The steps of that name that have begun, in the order in which they did."""
    begun = (task for task in run.tasks if task.kind == "container" and task.started and _is_called(task, name))
    return sorted(begun, key=lambda task: task.started)


def _files(directory: Path, step: str) -> list[Path]:
    """The logs of earlier tries, that of the last, and what the step has said to people."""
    folder = directory / "steps" / step
    numbered = (path for path in folder.glob("stderr.*") if path.suffix[1:].isdecimal())
    tries = sorted(numbered, key=lambda path: int(path.suffix[1:]))
    return [path for path in (*tries, folder / "stderr", folder / "stdout") if path.is_file()]


@dataclass
class _Read:
    """How much of a file was read, and the line of which no end was seen yet."""

    step: str
    offset: int = 0
    rest: bytearray = field(default_factory=bytearray)


def ended_lines(rest: bytearray, chunk: bytes, longest: int = _LONGEST) -> Iterator[bytes]:
    """The lines that end within the chunk, the first of which begins with `rest`; what has no end yet is put there.

    A progress bar may draw for hours on a line that has no end: of each line there is so much at most.
    """
    first, *others = chunk.split(b"\n")
    rest += first[: longest - len(rest)]
    for other in others:
        yield bytes(rest)
        rest[:] = other[:longest]


def text_of(line: bytes | bytearray) -> str:
    """The line as a text; one that was cut is without secrets and its own end, for half a secret is known to nobody."""
    text = line.decode(errors="replace").removesuffix("\r")
    return text if len(line) < _LONGEST else f"{redact(text)[:-_HELD_BACK]} … (the rest of the line is left out)"


class _Reader:
    """Reads logs as they grow, and says whole lines, without secrets that can be known here."""

    def __init__(self, directory: Path, say: Say) -> None:
        self._directory = directory
        self._say = say
        # A log that is renamed, for the step is tried again, is the same file.
        self._known: dict[tuple[int, int], _Read] = {}

    def read(self, tasks: Sequence[TaskRecord]) -> None:
        """Say what is new of these steps."""
        for task in tasks:
            for path in _files(self._directory, task.id):
                self._read(task.id, path)

    def end(self) -> None:
        """Say what stands at the end of files without the end of a line."""
        for read in self._known.values():
            if read.rest:
                self._line(read.step, read.rest)
                read.rest = bytearray()

    def _read(self, step: str, path: Path) -> None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return  # It was renamed just now, and is read under its new name next time.
        with file:
            known = os.fstat(file.fileno())
            read = self._known.setdefault((known.st_dev, known.st_ino), _Read(step))
            if known.st_size < read.offset:
                read.offset, read.rest = 0, bytearray()
            file.seek(read.offset)
            while chunk := file.read(_CHUNK):
                read.offset += len(chunk)
                for line in ended_lines(read.rest, chunk):
                    self._line(step, line)

    def _line(self, step: str, line: bytes | bytearray) -> None:
        self._say(step, redact(text_of(line)))


def recent_lines(directory: Path, step: str) -> list[str]:
    """The last lines of what a step of the run in that directory has said, all tries together."""
    lines = [redact(line) for path in _files(directory, step) for line in tail(path).splitlines()]
    return lines[-_MOST_RECENT:]


def last_lines(log: Path, most: int) -> Iterator[str]:
    """The last lines of a log, at `most` so many, that are not empty; nothing of a log that is not there."""
    if log.is_file():
        yield from [line.rstrip() for line in tail(log, _TAIL).splitlines() if line.strip()][-most:]


def last_words(log: Path) -> list[str]:
    """The end of the log of a step that failed: its last lines, and all of the last traceback that is among more."""
    lines = list(last_lines(log, _MOST_LINES))
    traces = [index for index, line in enumerate(lines) if line.startswith(_TRACEBACK)]
    return lines[min(traces[-1] if traces else len(lines), max(len(lines) - _FEW_LINES, 0)) :]


def tail(log: Path, length: int = 1 << 16) -> str:
    """The end of a log, of so many bytes at most; it begins with a line, for half a secret would not be known."""
    with log.open("rb") as file:
        before = log.stat().st_size - length
        file.seek(max(0, before - 1))
        if before > 0:
            file.readline()
        return file.read().decode(errors="replace")
