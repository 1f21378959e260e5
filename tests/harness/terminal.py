"""A real terminal, in which a program draws and is sent keys."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable

SHOWN, HIDDEN, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"
"""What has a terminal show its other screen, hide it again, and show the cursor."""


class Terminal:
    """A terminal of a size in which a program runs."""

    def __init__(self, command: list[str], width: int = 80, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, width, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**plain, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        self.said = b""
        self._is_open = True

    def read_until(self, words: str) -> None:
        """Read until the program has said that since the last time."""
        self._read(lambda text: words.encode() in text)

    def press(self, keys: bytes) -> None:
        """Press keys; what was said before is forgotten."""
        self.said = b""
        os.write(self._ours, keys)

    def end(self) -> int:
        """The exit code, once the program has ended by itself and all is read."""
        self._read(lambda _: self.process.poll() is not None)
        while select.select([self._ours], [], [], 0)[0]:
            self.said += os.read(self._ours, 1 << 16)
        return self.process.returncode

    @property
    def is_as_it_was(self) -> bool:
        """Whether keys do again what they did before, and the cursor is there."""
        return termios.tcgetattr(self._theirs) == self.before and self.said.rfind(CURSOR) >= 0

    def hang_up(self) -> None:
        """Close the terminal, as somebody does who closes its window: the kernel tells those who run in it."""
        self._shut()
        os.killpg(self.process.pid, signal.SIGHUP)

    def close(self) -> None:
        """End what is left."""
        self.process.kill()
        self.process.wait(20)
        if self._is_open:
            self._shut()

    def _shut(self) -> None:
        os.close(self._theirs)
        os.close(self._ours)
        self._is_open = False

    def _read(self, is_enough: Callable[[bytes], bool]) -> None:
        deadline = time.monotonic() + 60
        while not is_enough(self.said):
            assert time.monotonic() < deadline, self.said[-2000:]
            if select.select([self._ours], [], [], 0.05)[0]:
                self.said += os.read(self._ours, 1 << 16)
