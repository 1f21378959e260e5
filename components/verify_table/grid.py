"""Rows as a plain text table that fits a terminal."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from components.shell.counts import counted
from components.shell.instants import format_instant

_GAP = "  "
_CELL = 40


def grid(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], width: int = 120) -> str:
    """The rows under their column names, numbers to the right, with as many telling columns as fit.

    The first column and the last (the label, in a training table) come first, then those whose values differ between
    the rows, then the rest; they are shown in the table's order. A line below says so where any were left out.
    """
    cells = {name: [_spell(row[name]) for row in rows] for name in columns}
    widths = {name: max(len(name), *map(len, cells[name])) if rows else len(name) for name in columns}
    shown = _fitting(columns, cells, widths, width)
    right = {name for name in shown if rows and all(_is_number(row[name]) for row in rows)}
    lines = [
        _GAP.join(_aligned(name, widths[name], name in right) for name in shown),
        _GAP.join("-" * widths[name] for name in shown),
    ]
    for index in range(len(rows)):
        lines += [_GAP.join(_aligned(cells[name][index], widths[name], name in right) for name in shown)]
    if len(shown) < len(columns):
        lines.append(f"({len(shown)} of {counted(len(columns), 'column')})")
    return "\n".join(line.rstrip() for line in lines)


def _fitting(
    columns: Sequence[str], cells: Mapping[str, Sequence[str]], widths: Mapping[str, int], width: int
) -> list[str]:
    differing = [name for name in columns if len(set(cells[name])) > 1]
    ranked = list(dict.fromkeys([*columns[:1], *columns[-1:], *differing, *columns]))
    chosen: list[str] = []
    left = width + len(_GAP)
    for name in ranked:
        if widths[name] + len(_GAP) <= left or not chosen:
            chosen.append(name)
            left -= widths[name] + len(_GAP)
    return [name for name in columns if name in chosen]


def _spell(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return format_instant(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _aligned(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
