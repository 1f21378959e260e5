"""Plain text in columns, and JSON documents, for stdout."""

import json
import sys
from collections.abc import Sequence
from typing import Any

_GAP = "  "


def columns(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows under their heads, as wide as they need; an empty last column leaves no blanks behind."""
    cells = [list(heads), *([" ".join(str(cell).split()) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def print_json(document: Any) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n")
