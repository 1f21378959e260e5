"""Words of a command line, as somebody types them."""

import shlex

from components.shell.legible import UNSEEN

_ASCII, _PLANE = 0x80, 0x10000
# How Python reads bytes that are no text, such as those of an old file name.
_BYTES = range(0xDC80, 0xDD00)


def quoted(word: str) -> str:
    """The word for a shell; line ends and what a terminal would obey in bash's and zsh's own writing."""
    if not UNSEEN.search(word):
        return shlex.quote(word)
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + UNSEEN.sub(lambda match: _escaped(ord(match[0])), plain) + "'"


def _escaped(sign: int) -> str:
    if sign < _ASCII or sign in _BYTES:
        return f"\\x{sign & 0xFF:02x}"
    return f"\\u{sign:04x}" if sign < _PLANE else f"\\U{sign:08x}"


def as_value(text: str) -> str:
    """The text as the value of `--param`, where `@` in front names a file, and `@@` is one that belongs to the text."""
    return f"@{text}" if text.startswith("@") else text
