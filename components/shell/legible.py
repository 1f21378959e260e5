r"""Text that somebody else has written, as people may see it: nothing in it is obeyed by a terminal, or hidden.

Sequences of escape move the cursor, clear the screen and name links; marks that turn the direction of writing show
another text than the one that is there. Both are written out, such as `\x1b` and `\u202e`.
"""

import io
import re
from typing import Any, TextIO

# Controls of both kinds, marks without width, what ends a line, turns the direction of writing, or is no character.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_KEPT = "\t\n"


def legible(text: str) -> str:
    """The text with all that is unseen written out, but for tabs and the ends of lines."""
    return text if text.isascii() and text.isprintable() else UNSEEN.sub(_written_out, text)


def on_one_line(text: str) -> str:
    """The same on one line, with single blanks for all white space."""
    return legible(" ".join(text.split()))


def _written_out(match: re.Match[str]) -> str:
    return match[0] if match[0] in _KEPT else ascii(match[0])[1:-1]


class LegibleStream(io.TextIOWrapper):
    """A stream of text for people: whatever is written to it arrives legible."""

    def write(self, text: str) -> int:
        """Write the text, and return its length."""
        super().write(legible(text))
        return len(text)


def guarded(stream: TextIO) -> TextIO:
    """The stream with everything that is written to it made legible; it takes the place of the one given.

    A stream that is no plain one, such as a test's, stays as it is.
    """
    if type(stream) is not io.TextIOWrapper:
        return stream
    encoding, errors, by_line, through = stream.encoding, stream.errors, stream.line_buffering, stream.write_through
    return LegibleStream(stream.detach(), encoding, errors, line_buffering=by_line, write_through=through)


class _AsItIs:
    """A guarded stream for who draws on a terminal, and makes legible by itself what others have written."""

    def __init__(self, stream: LegibleStream) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return io.TextIOWrapper.write(self._stream, text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def as_it_is(stream: Any) -> Any:
    """The stream, to which one can write what a terminal obeys."""
    return _AsItIs(stream) if isinstance(stream, LegibleStream) else stream
