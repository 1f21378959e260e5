"""Looking at something on a cluster again and again, until it has ended."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from components.shell.errors import TransientError

T = TypeVar("T")
# A cluster that is being restarted comes back; a laptop that sleeps wakes.
_PATIENCE = 300.0


def last_look(
    look: Callable[[], T], is_last: Callable[[T], bool], *, every: float, wait: Callable[[float], object]
) -> T:
    """What `look` gives once `is_last`, which is handed all that it gives, says so; `every` is in seconds.

    Raises:
        TransientError: there has been no answer for five minutes.
    """
    # Since the first failure of those in a row: a look at much may take longer than that, and break off once.
    away: float | None = None
    while True:
        try:
            answer = look()
        except TransientError:
            away = time.monotonic() if away is None else away
            if time.monotonic() - away > _PATIENCE:
                raise
        else:
            away = None
            if is_last(answer):
                return answer
        wait(every)


class _LeftError(Exception):
    """Nobody wants to know any more."""


class Latest(Generic[T]):
    """What `look` has given last. A thread looks again `every` so many seconds, so that nobody who asks waits.

    It goes on until `is_last` says so of what it has found, or nobody wants to know any more. Until the first look has
    an answer, there is what was given as `meanwhile`; where that is None, it is waited for.

    Raises:
        StepError: the first look, which was waited for, fails.
    """

    def __init__(
        self, look: Callable[[], T], is_last: Callable[[T], bool], *, every: float, meanwhile: T | None = None
    ) -> None:
        self._latest = look() if meanwhile is None else meanwhile
        self._error: Exception | None = None
        self._left = threading.Event()
        about = {"look": look, "is_last": is_last, "every": every}
        threading.Thread(target=self._go_on, kwargs=about, daemon=True).start()

    def __call__(self) -> T:
        """The latest answer.

        Raises:
            StepError: there has been no answer for five minutes, or there will be none.
        """
        if self._error:
            raise self._error
        return self._latest

    def leave(self) -> None:
        """Look no more."""
        self._left.set()

    def _go_on(self, look: Callable[[], T], is_last: Callable[[T], bool], every: float) -> None:
        def taken(answer: T) -> bool:
            self._latest = answer
            return is_last(answer)

        def wait(seconds: float) -> None:
            if self._left.wait(seconds):
                raise _LeftError

        try:
            last_look(look, taken, every=every, wait=wait)
        except _LeftError:
            return
        except Exception as error:  # noqa: BLE001 - whoever asks next is told
            self._error = error
