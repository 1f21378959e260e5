"""A run on the whole screen of a terminal, drawn anew a few times a second until somebody leaves it."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from components.shell.errors import ConfigurationError
from components.shell.legible import as_it_is
from stockpot.watching.keys import Key, keyboard
from stockpot.watching.picture import Picture

if TYPE_CHECKING:
    from rich.console import Console

_EVERY = 0.25
_STDIN = 0
_LEAST_WIDTH, _LEAST_HEIGHT = 24, 5


def console_on(stream: TextIO, instead: str) -> "Console":
    """The terminal that a stream writes to.

    Raises:
        ConfigurationError: it is none that can be drawn on; `instead` says what to do.
    """
    from rich.console import Console

    if not stream.isatty():
        raise ConfigurationError("there is no terminal to draw on", instead)
    console = Console(file=as_it_is(stream), highlight=False)
    if console.is_dumb_terminal:
        raise ConfigurationError("this terminal cannot be drawn on (TERM)", instead)
    if hasattr(stream, "reconfigure"):
        # A terminal that cannot show a sign is no reason to fail.
        stream.reconfigure(errors="replace")
    return console


def show(
    console: "Console",
    look: Callable[[], Picture],
    log_of: Callable[[str], Sequence[str]],
    *,
    note: Callable[[], str] = str,
    is_over: Callable[[], bool] = lambda: False,
) -> Picture:
    """The run as it was when somebody left it, or when it `is_over`; without keys, when it has ended.

    `log_of` gives the lines of a step's log, `note` a line that stands below the run.
    """
    from rich.live import Live

    from stockpot.watching.drawing import View, drawn_log, drawn_run, page

    view, drawn = View(), None
    live = Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    with _put_back_on_signals(), keyboard(_STDIN) as keys, live:
        while True:
            picture = look()
            size = (max(console.width, _LEAST_WIDTH), max(console.height, _LEAST_HEIGHT))
            if view.log:
                lines, view = drawn_log(view.log, log_of(view.log), view, size)
            else:
                lines = drawn_run(picture, view, size, datetime.now(UTC), note())
            if drawn != (lines, size):
                live.update(_Frame(lines), refresh=True)
                drawn = (lines, size)
            if is_over() or (picture.is_over and keys.source is None):
                return picture
            for key in keys.wait(_EVERY):
                if key is Key.QUIT:
                    return picture
                view = view.after(key, picture, page(size[1]))


class _Frame:
    """Lines as rich draws them: none is wrapped, and nothing in them is markup."""

    def __init__(self, lines: Sequence[Any]) -> None:
        self._lines = lines

    def __rich__(self) -> Any:
        from rich.text import Text

        lines = [Text(line.text, style=line.style) for line in self._lines]
        return Text("\n", no_wrap=True, overflow="crop", end="").join(lines)


@contextmanager
def _put_back_on_signals() -> Iterator[None]:
    """Have signals that end a process do so in order, so that the terminal is put back; Ctrl-Z would leave it as it is.

    A thread beside a run gets no signals; the run does.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    wanted: dict[signal.Signals, Any] = {signal.SIGTERM: leave, signal.SIGHUP: leave, signal.SIGTSTP: signal.SIG_IGN}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
