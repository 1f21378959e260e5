"""A graph as text: boxes joined by lines, drawn on a canvas of characters."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise

from components.pages.model import Step
from stockpot.display.columns import fitted
from stockpot.display.layout import Bend, Layout, Slot, layout

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES = dict(zip(range(16), " ╵╷│╴╯╮┤╶╰╭├─┴┬┼", strict=True))
_GAP = 3
_BOX_ROWS = 3


class _Canvas:
    """Characters by row and column; lines that meet are joined."""

    def __init__(self) -> None:
        self._texts: dict[tuple[int, int], str] = {}
        self._lines: dict[tuple[int, int], int] = {}

    def text(self, row: int, column: int, text: str) -> None:
        self._texts.update({(row, column + offset): character for offset, character in enumerate(text)})

    def vertical(self, column: int, top: int, bottom: int) -> None:
        for row in range(top, bottom + 1):
            self._join(row, column, (_UP if row > top else 0) | (_DOWN if row < bottom else 0))

    def horizontal(self, row: int, one: int, two: int) -> None:
        left, right = sorted((one, two))
        for column in range(left, right + 1):
            self._join(row, column, (_LEFT if column > left else 0) | (_RIGHT if column < right else 0))

    def _join(self, row: int, column: int, directions: int) -> None:
        self._lines[row, column] = self._lines.get((row, column), 0) | directions

    def rows(self) -> list[str]:
        cells = {position: _LINES[directions] for position, directions in self._lines.items()} | self._texts
        height = 1 + max((row for row, _ in cells), default=-1)
        width = 1 + max((column for _, column in cells), default=-1)
        return ["".join(cells.get((row, column), " ") for column in range(width)).rstrip() for row in range(height)]


def draw(steps: Sequence[Step]) -> str:
    """The steps as boxes in layers, joined to those they wait for; `◆` marks what runs at the end in any case."""
    labels = {step.path: _label(step) for step in steps}
    width = 4 + max(max(map(len, lines)) for lines in labels.values())
    plan = layout({step.path: step.needs for step in steps})
    canvas = _Canvas()
    columns = {slot: round(plan.x[slot] * (width + _GAP)) for layer in plan.layers for slot in layer}
    top = 0
    for index, layer in enumerate(plan.layers):
        height = _BOX_ROWS - 1 + max((len(labels[slot]) for slot in layer if not isinstance(slot, Bend)), default=1)
        for slot in layer:
            if isinstance(slot, Bend):
                canvas.vertical(columns[slot], top, top + height - 1)
            else:
                _draw_box(canvas, columns[slot], top, top + height - 1, labels[slot])
        top = _join_layers(canvas, plan, index, columns, top + height)
    return textwrap.dedent("\n".join(canvas.rows()))


def _label(step: Step) -> list[str]:
    return [f"◆ {step.name}" if step.at_exit else step.name, *step.notes]


def _draw_box(canvas: _Canvas, column: int, top: int, bottom: int, lines: Sequence[str]) -> None:
    inner = 2 + max(map(len, lines))
    left = column - (inner + 2) // 2
    for row in (top, bottom):
        canvas.horizontal(row, left, left + inner + 1)
    for side in (left, left + inner + 1):
        canvas.vertical(side, top, bottom)
    for row, text in enumerate(lines, top + 1):
        canvas.text(row, left + 1, f"{text:^{inner}}")


def _join_layers(canvas: _Canvas, plan: Layout, index: int, columns: Mapping[Slot, int], top: int) -> int:
    """Draw the lines from this layer to the next and give back the row where the next begins."""
    pairs = [
        (columns[upper], columns[lower])
        for edge in plan.edges
        for upper, lower in pairwise(edge)
        if upper in plan.layers[index]
    ]
    # Each start has its own row for its level lines, so lines of different starts cross but never run in one another.
    bent = sorted({start for start, end in pairs if start != end}, reverse=True)
    bottom = top + len(bent) + (1 if pairs else 0)
    for start, end in pairs:
        level = top + (bent.index(start) if start in bent else 0)
        canvas.vertical(start, top - 1, level)
        canvas.horizontal(level, start, end)
        canvas.vertical(end, level, bottom)
    return bottom


def listing(steps: Sequence[Step]) -> str:
    """The steps one a line with what they wait for, where boxes would be wider than the terminal."""
    numbers = {step.path: str(number) for number, step in enumerate(steps, 1)}
    rows = [
        (numbers[step.path], _label(step)[0], ", ".join(numbers[need] for need in step.needs), ", ".join(step.notes))
        for step in steps
    ]
    return fitted(("NO", "STEP", "AFTER", "WHEN"), rows)
