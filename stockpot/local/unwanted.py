"""What is being made in threads for a run ends with the run: nobody waits for it any more."""

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from components.shell.errors import TransientError

_ENDED: ContextVar[threading.Event | None] = ContextVar("ended", default=None)


@contextlib.contextmanager
def until_the_end() -> Iterator[None]:
    """For the block, its tasks and their threads: once it is over, `refuse_unwanted` refuses there."""
    ended = threading.Event()
    before = _ENDED.set(ended)
    try:
        yield
    finally:
        _ENDED.reset(before)
        ended.set()


def refuse_unwanted() -> None:
    """Nothing, as long as somebody waits for what is being made.

    Raises:
        TransientError: the run that needed it has ended.
    """
    if (ended := _ENDED.get()) is not None and ended.is_set():
        raise TransientError("the run that needed it has ended", "run again")
