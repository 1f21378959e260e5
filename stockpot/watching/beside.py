"""The screen of a run in the very process that carries it out, beside its work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from components.shell.redaction import brief
from stockpot.local.display import line_of, plain
from stockpot.local.events import Event, Listener, RunFinished, RunStarted, unfailing
from stockpot.local.logs import recent_lines
from stockpot.local.records import load_run, run_directory
from stockpot.watching.picture import picture_of
from stockpot.watching.screen import console_on, show

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
_INSTEAD = "leave --tui out: every event is a line then"


@contextmanager
def beside(home: Path, stream: TextIO) -> Iterator[Listener]:
    """A listener that shows the run on the screen until somebody leaves that, or the run ends; lines follow then.

    Raises:
        ConfigurationError: the stream writes to no terminal.
    """
    screen = _Beside(home, console_on(stream, _INSTEAD), unfailing(plain(stream)))
    try:
        yield screen.listen
    finally:
        screen.close()


class _Beside:
    """Keeps what there is to say while the screen is in use, and says it afterwards."""

    def __init__(self, home: Path, console: "Console", say: Listener) -> None:
        self._home, self._console, self._say = home, console, say
        self._lock = threading.Lock()
        self._kept: list[Event] = []
        self._over = threading.Event()
        self._latest = ""
        self._thread: threading.Thread | None = None
        self._is_open = False
        # What the run knows of secrets is its own thread's, and the screen must know it too.
        self._knowledge = copy_context()

    def listen(self, event: Event) -> None:
        """Hear of an event."""
        if isinstance(event, RunFinished):
            self.close()
        with self._lock:
            self._knowledge = copy_context()
            self._kept.append(event)
            self._latest = (line_of(event).splitlines() or [self._latest])[0]
            if isinstance(event, RunStarted) and self._thread is None:
                self._is_open = True
                self._thread = threading.Thread(target=self._show, args=(event.run.id,), name="screen")
                self._thread.start()
            if not self._is_open:
                self._say_kept()

    def close(self) -> None:
        """Leave the screen and say what was kept."""
        self._over.set()
        if self._thread:
            self._thread.join()
        with self._lock:
            self._say_kept()

    def _note(self) -> str:
        """What happened last: of environments that are built, and of pauses, the record of the run knows nothing."""
        return self._latest.strip()

    def _say_kept(self) -> None:
        while self._kept:
            self._say(self._kept.pop(0))

    def _knowing(self, work: Callable[[], T]) -> T:
        # A copy, for the run may be in its own.
        return self._knowledge.copy().run(work)

    def _show(self, run: str) -> None:
        directory, wrong = run_directory(self._home, run), ""
        try:
            show(
                self._console,
                lambda: self._knowing(lambda: picture_of(load_run(self._home, run))),
                lambda step: self._knowing(lambda: recent_lines(directory, step)),
                note=self._note,
                is_over=self._over.is_set,
            )
        except Exception as error:  # noqa: BLE001 - whatever befalls the screen, the run goes on
            problem = f"{type(error).__name__}: {error}"
            wrong = f"  ! the screen is closed: {self._knowing(lambda: brief(problem, 300))}"
        with self._lock:
            self._is_open = False
            # The terminal itself may be gone.
            with suppress(OSError):
                if wrong:
                    self._console.out(wrong, highlight=False)
            self._say_kept()
