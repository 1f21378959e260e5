"""Plain text in columns, and JSON documents, for stdout."""

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from components.shell.legible import UNSEEN, as_it_is, on_one_line

_GAP = "  "
# In less room a text is no longer read with ease.
_NARROWEST = 20


def columns(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows under their heads, as wide as they need; an empty last column leaves no blanks behind."""
    cells = [list(heads), *([on_one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(heads))]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def fitted(heads: Sequence[str], rows: Sequence[Sequence[object]], spare: Sequence[str] = ()) -> str:
    """The same for stdout: where that is a terminal, no line is longer than it is wide.

    Of the columns that are `spare`, as many are left out as have no room, the first named first; then the last column
    is folded. In a file or a pipe each row is a line, whole.
    """
    if not sys.stdout.isatty():
        return columns(heads, rows)
    width = shutil.get_terminal_size().columns
    left = list(spare)
    shown = list(range(len(heads)))
    while (text := _folded(heads, rows, shown, width)) is None and left:
        shown.remove(heads.index(left.pop(0)))
    return text or columns([heads[index] for index in shown], [[row[index] for index in shown] for row in rows])


def _folded(heads: Sequence[str], rows: Sequence[Sequence[object]], shown: Sequence[int], width: int) -> str | None:
    """The shown columns, the last of them folded where need be; None where the others leave too little room for it."""
    cells = [[on_one_line(str(row[index])) for index in shown] for row in (heads, *rows)]
    first = sum(max(len(row[index]) for row in cells) + len(_GAP) for index in range(len(shown) - 1))
    longest = max(len(row[-1]) for row in cells)
    if longest > (room := width - first) and room < _NARROWEST:
        return None
    folded = [_lines(row, min(room, longest)) for row in cells[1:]]
    return columns(cells[0], [line for lines in folded for line in lines])


def _lines(row: Sequence[str], room: int) -> list[list[str]]:
    """The row, with as many lines below it as its last cell needs; a word that is too long stays whole."""
    parts = textwrap.wrap(row[-1], room, break_long_words=False, break_on_hyphens=False) or [""]
    others = [""] * (len(row) - 1)
    return [[*(others if index else row[:-1]), part] for index, part in enumerate(parts)]


def folded(text: str, indent: int = 0) -> str:
    """The text for stdout: where that is a terminal, folded between words, further lines behind `indent` blanks."""
    if not sys.stdout.isatty():
        return text
    width, blanks = shutil.get_terminal_size().columns, " " * indent
    return textwrap.fill(text, width, subsequent_indent=blanks, break_long_words=False, break_on_hyphens=False)


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, with what is unseen in JSON's own writing."""
    print_part(json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n")


def print_part(text: str) -> None:
    """Print a part of a JSON document on stdout likewise, for whoever reads it as it comes."""
    as_it_is(sys.stdout).write(UNSEEN.sub(_escaped, text))
    sys.stdout.flush()


def _escaped(match: re.Match[str]) -> str:
    # A document holds line ends between its parts, and no other control in the open.
    return match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1]
