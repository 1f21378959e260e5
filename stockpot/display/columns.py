"""Plain text in columns, and JSON documents, for stdout."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from components.shell.legible import UNSEEN, as_it_is, on_one_line

_GAP = "  "


def columns(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows under their heads, as wide as they need; an empty last column leaves no blanks behind."""
    cells = [list(heads), *([on_one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, with what is unseen in JSON's own writing."""
    text = json.dumps(document, indent=2, default=str, ensure_ascii=False)
    as_it_is(sys.stdout).write(UNSEEN.sub(_escaped, text) + "\n")


def _escaped(found: re.Match[str]) -> str:
    # A document holds line ends between its parts, and no other control in the open.
    return found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1]
