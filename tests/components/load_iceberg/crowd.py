"""Processes that stand ready with everything imported and all begin at once."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from components.begin_run.migrate import migrate
from components.shell.errors import StepError
from tests.components.load_iceberg.scene import DEFINITION, Job, append_naively

# Forked from a server that has imported everything and started nothing, since threads do not survive a fork.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "tests.components.load_iceberg.crowd",
        "tests.components.load_iceberg.kills",
        "tests.components.event_tables.test_kills",
        "tests.components.event_tables.test_twins",
    ]
)


def migrate_and_load(job: Job, rows: Path) -> str:
    """What a pod does: migrate, then load."""
    migrate([DEFINITION])
    return "already" if job.load(rows).already else "loaded"


def migrate_only(_job: Job, _rows: Path) -> str:
    """Migrate alone."""
    return "changed" if migrate([DEFINITION]) else "nothing to do"


def create_and_append(job: Job, _rows: Path) -> str:
    """What the original does."""
    append_naively(job)
    return "loaded"


@dataclass(frozen=True)
class Crowd:
    """Processes behind pipes, one barrier before the work."""

    members: Sequence[Connection]

    def all_at_once(
        self, work: Callable[[Job, Path], str], job: Job, rows: Path, environ: Mapping[str, str]
    ) -> list[str]:
        """What each member answers: the work's word, or the error that ended it."""
        for member in self.members:
            member.send((work, job, rows, dict(environ)))
        return [member.recv() for member in self.members]


@contextlib.contextmanager
def crowd(size: int) -> Iterator[Crowd]:
    """A crowd of `size` processes for the time of a block."""
    barrier = CONTEXT.Barrier(size)
    pipes = [CONTEXT.Pipe() for _ in range(size)]
    processes = [CONTEXT.Process(target=_member, args=(theirs, barrier), daemon=True) for _, theirs in pipes]
    for process in processes:
        process.start()
    try:
        yield Crowd([ours for ours, _ in pipes])
    finally:
        for process in processes:
            process.kill()
            process.join()


def _member(pipe: Connection, barrier: Any) -> None:
    while True:
        work, job, rows, environ = pipe.recv()
        os.environ.update(environ)
        barrier.wait(120)
        try:
            pipe.send(work(job, rows))
        except StepError as error:
            pipe.send(f"exit {error.exit_code}: {error}")
        except Exception as error:  # noqa: BLE001 - the naive writer fails in many ways
            pipe.send(f"{type(error).__name__}: {error}")
