"""What a run does when somebody has it stop, or closes the terminal that it was started from."""

import asyncio
import contextlib
import os
import signal
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stockpot.local.events import Stopping

if TYPE_CHECKING:
    from stockpot.local.context import Context


@contextlib.contextmanager
def heard(context: "Context") -> Iterator[None]:
    """Let Ctrl-C and TERM stop the run in order, and a second one at once; a terminal that is closed stops it too."""

    def asked() -> None:
        context.stop.ask()
        context.emit(Stopping(immediately=context.stop.insisted.is_set()))

    def hung_up() -> None:
        leave_terminal()
        # Both the kernel and a shell may say so of one terminal.
        if not context.stop.asked.is_set():
            asked()

    wanted = {signal.SIGINT: asked, signal.SIGTERM: asked}
    if hears_of_terminal():
        wanted[signal.SIGHUP] = hung_up
    loop = asyncio.get_running_loop()
    caught = []
    # Only the main thread gets signals; a run in another thread is stopped by whoever started it.
    with contextlib.suppress(ValueError, RuntimeError):
        for number, answer in wanted.items():
            loop.add_signal_handler(number, answer)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def hears_of_terminal() -> bool:
    """Whether it is wanted that a terminal that is closed stops what was started from it: not so under nohup."""
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def leave_terminal() -> None:
    """Have what is still said go nowhere where the terminal is gone, so that the end is as it would have been."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        if stat.S_ISCHR(os.fstat(number).st_mode) and not os.isatty(number):
            os.dup2(nowhere, number)
    os.close(nowhere)
