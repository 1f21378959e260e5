"""Keys that are pressed, read one by one from a terminal that is put back as it was."""

import os
import re
import select
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto

_CHUNK = 1024
# Where termios keeps which key does what, and the one that nobody can press.
_SIGNS, _NO_KEY = 6, b"\0"
# A key is one byte, or a sequence that begins with escape.
_KEY = re.compile(rb"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])?|.", re.DOTALL)


class Key(Enum):
    """What somebody wants."""

    UP = auto()
    DOWN = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    FIRST = auto()
    LAST = auto()
    LOG = auto()
    BACK = auto()
    QUIT = auto()


_MEANINGS = {
    **dict.fromkeys((b"\x1b[A", b"\x1bOA", b"k"), Key.UP),
    **dict.fromkeys((b"\x1b[B", b"\x1bOB", b"j"), Key.DOWN),
    **dict.fromkeys((b"\x1b[5~", b"b"), Key.PAGE_UP),
    **dict.fromkeys((b"\x1b[6~", b" "), Key.PAGE_DOWN),
    **dict.fromkeys((b"\x1b[H", b"\x1bOH", b"\x1b[1~", b"g"), Key.FIRST),
    **dict.fromkeys((b"\x1b[F", b"\x1bOF", b"\x1b[4~", b"G"), Key.LAST),
    **dict.fromkeys((b"l", b"\r", b"\n"), Key.LOG),
    b"\x1b": Key.BACK,
    b"q": Key.QUIT,
}


def keys_in(typed: bytes) -> Iterator[Key]:
    """The keys that mean something among what was typed."""
    for match in _KEY.finditer(typed):
        if key := _MEANINGS.get(match[0]):
            yield key


@dataclass(frozen=True)
class Keyboard:
    """Where keys come from; nowhere, where what is read is no terminal."""

    source: int | None

    def wait(self, seconds: float) -> list[Key]:
        """The keys that are pressed, at once when one is, none after that time."""
        sources = [] if self.source is None else [self.source]
        pressed, _, _ = select.select(sources, [], [], seconds)
        # A terminal that has gone away is read as its end: nobody is there to see anything.
        return [key for source in pressed for key in keys_in(os.read(source, _CHUNK) or b"q")]


@contextmanager
def keyboard(source: int) -> Iterator[Keyboard]:
    """The keys of a terminal, each as it is pressed and unseen; the terminal is put back however this ends."""
    if not os.isatty(source):
        yield Keyboard(None)
        return
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        # Nobody could see the shell behind the screen, and the run beside it would stop.
        now = termios.tcgetattr(source)
        now[_SIGNS][termios.VSUSP] = _NO_KEY
        termios.tcsetattr(source, termios.TCSADRAIN, now)
        yield Keyboard(source)
    finally:
        termios.tcsetattr(source, termios.TCSAFLUSH, before)
