"""Looking at something on a cluster again and again, until it has ended."""

import time
from collections.abc import Callable
from typing import TypeVar

from components.shell.errors import TransientError

T = TypeVar("T")
# A cluster that is being restarted comes back; a laptop that sleeps wakes.
_PATIENCE = 300.0


def last_look(look: Callable[[], T], is_last: Callable[[T], bool], *, every: float, wait: Callable[[float], None]) -> T:
    """What `look` gives once `is_last`, which is handed all that it gives, says so; `every` is in seconds.

    Raises:
        TransientError: there has been no answer for five minutes.
    """
    answered = time.monotonic()
    while True:
        try:
            found = look()
        except TransientError:
            if time.monotonic() - answered > _PATIENCE:
                raise
        else:
            answered = time.monotonic()
            if is_last(found):
                return found
        wait(every)
