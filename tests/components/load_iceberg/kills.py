"""Processes that die at a chosen moment: before or after the n-th call to the store or the catalog."""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine.default import DefaultDialect

from tests.components.load_iceberg.scene import Job

DIED = 137
_READS = ("open", "read")
_LOCK = threading.Lock()


@dataclass
class Calls:
    """Counts calls that change what is outside and ends the process at one of them; `at` is -1 where it is to live.

    Reads are heard of and not counted: threads that want the same file at once may or may not each open it.
    """

    at: int = -1
    after: bool = False
    count: int = 0
    names: list[str] = field(default_factory=list)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """The answer of the call, unless the process dies before or after it."""
        with _LOCK:
            self.names.append(name)
            number = -2 if name in _READS else self.count
            self.count += name not in _READS
        if number == self.at and not self.after:
            os._exit(DIED)
        try:
            return call()
        finally:
            if number == self.at and self.after:
                os._exit(DIED)


def moments(names: Sequence[str], only: Collection[str] = ()) -> list[tuple[int, bool]]:
    """The calls that change something to die at, by their number, and whether after it.

    There is one moment for each world that can be left behind.

    A call that only reads leaves the world as it is, so that after any call it is what it is before the next that
    writes. Commits, on which all depends, are met on both sides.
    """
    made = changes(names)
    after = [at for at, name in enumerate(made) if name == "do_commit" or at == len(made) - 1]
    found = sorted([(at, False) for at in range(len(made))] + [(at, True) for at in after])
    return [(at, later) for at, later in found if not only or made[at] in only]


def changes(names: Sequence[str]) -> list[str]:
    """The names of those calls that change something."""
    return [name for name in names if name not in _READS]


class _Stream:
    """An output stream whose closing, which completes the object in the store, counts as a call of its own."""

    def __init__(self, stream: Any, calls: Calls) -> None:
        self._stream, self._calls = stream, calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Complete the object."""
        if not self._stream.closed:
            self._calls.around("close", self._stream.close)


@contextmanager
def counted(calls: Calls) -> Iterator[None]:
    """Send every call to the store (create, close, open, delete) and the catalog past `calls`."""
    create, execute = PyArrowFile.create, DefaultDialect.do_execute
    wrapped = {
        (PyArrowFile, "open"): PyArrowFile.open,
        (PyArrowFileIO, "delete"): PyArrowFileIO.delete,
        (PGDialect_psycopg2, "do_commit"): PGDialect_psycopg2.do_commit,
    }

    def opening(self: PyArrowFile, overwrite: bool = False) -> _Stream:
        return _Stream(calls.around("create", lambda: create(self, overwrite)), calls)

    def executing(self: DefaultDialect, cursor: Any, statement: str, *rest: Any) -> None:
        name = "change" if statement.lstrip().startswith(("UPDATE", "INSERT", "DELETE")) else "read"
        calls.around(name, lambda: execute(self, cursor, statement, *rest))

    PyArrowFile.create = opening
    DefaultDialect.do_execute = executing
    for (owner, name), original in wrapped.items():
        setattr(owner, name, _counting(calls, name, original))
    try:
        yield
    finally:
        PyArrowFile.create, DefaultDialect.do_execute = create, execute
        for (owner, name), original in wrapped.items():
            setattr(owner, name, original)


def _counting(calls: Calls, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return calls.around(name, lambda: original(*args, **kwargs))

    return call


def run_until(
    work: Callable[[Job, Path], Any], job: Job, rows: Path, *, environ: dict[str, str], calls: Calls, heard: Path
) -> None:
    """Do the work in this process, which ends at the chosen call; if it lives, it lists the calls in `heard`."""
    os.environ.update(environ)
    with counted(calls):
        work(job, rows)
    heard.write_text("\n".join(calls.names))
