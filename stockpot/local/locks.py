"""Locks between processes. The kernel gives them back when their holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_LOOK = 0.25


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Held alone until the end of the block; waits for whoever holds it."""
    with _locked(path, fcntl.LOCK_EX):
        yield


@contextmanager
def exclusive_while(path: Path, going_on: Callable[[], None]) -> Iterator[None]:
    """Held alone until the end of the block; `going_on` is called while somebody else holds it, and may raise."""
    while True:
        with if_free(path) as held:
            if held:
                yield
                return
        going_on()
        time.sleep(_LOOK)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Held beside other shared holders until the end of the block; waits for an exclusive one."""
    with _locked(path, fcntl.LOCK_SH):
        yield


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock at this moment."""
    if not path.exists():
        return True
    try:
        with _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return True
    except BlockingIOError:
        return False


@contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Held alone until the end of the block if nobody held the lock; the block gets whether it is held."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _locked(path: Path, operation: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)
