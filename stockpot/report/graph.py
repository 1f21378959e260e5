"""The DAG as SVG: boxes in layers, coloured by state, with the time each took."""

from collections.abc import Sequence
from itertools import pairwise

from components.pages import figures
from components.pages.markup import Markup, tag
from components.pages.model import StepOutcome
from components.shell.counts import counted
from stockpot.display.layout import Bend, Layout, Slot, layout

_BOX_WIDTH, _BOX_HEIGHT = 172, 46
_STEP_X, _STEP_Y = 190, 76
_MARGIN = 10
_LONGEST_NAME = 22


def draw(steps: Sequence[StepOutcome]) -> Markup:
    """The drawing of the steps; its description says in words what the colours show."""
    plan = layout({outcome.step.path: outcome.step.needs for outcome in steps})
    by_path = {outcome.step.path: outcome for outcome in steps}
    width = round(plan.width * _STEP_X + 2 * _MARGIN)
    height = (len(plan.layers) - 1) * _STEP_Y + _BOX_HEIGHT + 2 * _MARGIN
    boxes = [
        _box(by_path[slot], *_position(plan, slot, depth))
        for depth, layer in enumerate(plan.layers)
        for slot in layer
        if not isinstance(slot, Bend)
    ]
    description = "; ".join(f"{outcome.name} {outcome.state}" for outcome in steps)
    return tag(
        "svg",
        tag("title", "Graph of the steps"),
        tag("desc", description),
        [_edge(plan, edge) for edge in plan.edges],
        boxes,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        class_="graph",
    )


def _position(plan: Layout, slot: Slot, depth: int) -> tuple[float, float]:
    """Middle of the slot's upper edge."""
    return _MARGIN + plan.x[slot] * _STEP_X, _MARGIN + depth * _STEP_Y


def _box(outcome: StepOutcome, x: float, y: float) -> Markup:
    left = x - _BOX_WIDTH / 2
    again = f" · {counted(outcome.attempts, 'attempt')}" if outcome.attempts > 1 else ""
    rounds = f" · {counted(outcome.rounds, 'round')}" if outcome.rounds > 1 else ""
    status = outcome.state if outcome.seconds is None else f"{outcome.state} · {figures.duration(outcome.seconds)}"
    return tag(
        "g",
        tag("title", f"{outcome.name}: {status}{again}{rounds}"),
        tag("rect", x=f"{left:.1f}", y=y, width=_BOX_WIDTH, height=_BOX_HEIGHT, rx=9, class_="box"),
        tag("rect", x=f"{left:.1f}", y=y, width=5, height=_BOX_HEIGHT, rx=2.5, class_="edge-mark"),
        tag("text", short(outcome.name), x=f"{left + 16:.1f}", y=y + 19, class_="name"),
        tag("text", status + again + rounds, x=f"{left + 16:.1f}", y=y + 35, class_="detail"),
        class_=f"step {outcome.state}" + (" at-exit" if outcome.step.at_exit else ""),
    )


def short(name: str) -> str:
    """The name, cut where it is longer than a box."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _edge(plan: Layout, edge: Sequence[Slot]) -> Markup:
    depth = {slot: index for index, layer in enumerate(plan.layers) for slot in layer}
    points: list[tuple[float, float]] = []
    for slot in edge:
        x, y = _position(plan, slot, depth[slot])
        points += [(x, y), (x, y + _BOX_HEIGHT)]
    points = points[1:-1]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for index, ((from_x, from_y), (x, y)) in enumerate(pairwise(points)):
        middle = (from_y + y) / 2
        curve = f"C{from_x:.1f} {middle:.1f} {x:.1f} {middle:.1f} {x:.1f} {y:.1f}"
        path += curve if index % 2 == 0 else f"L{x:.1f} {y:.1f}"
    return tag("path", d=path, class_="wire")
