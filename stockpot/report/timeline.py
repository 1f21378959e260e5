"""When each step ran, as bars over a common axis."""

from collections.abc import Sequence
from datetime import datetime

from components.pages import figures
from components.pages.markup import Markup, tag
from components.pages.model import StepOutcome
from stockpot.report.graph import short

_NAME_WIDTH, _CHART_WIDTH, _TIME_WIDTH = 190, 300, 62
_ROW, _BAR, _AXIS = 26, 14, 26
_TICKS = 5
_SMALLEST_BAR = 2.0


def draw(steps: Sequence[StepOutcome]) -> Markup:
    """The bars in order of their begin; nothing where no step has begun."""
    begun = sorted((step for step in steps if step.started), key=lambda step: (step.started, step.step.path))
    if not begun:
        return Markup()
    start = min(step.started for step in begun if step.started)
    # A step from the cache takes a microsecond, of which no axis can be drawn.
    total = max(0.001, *((_until(step) - start).total_seconds() for step in begun))
    height = len(begun) * _ROW + _AXIS
    return tag(
        "svg",
        tag("title", "Timeline of the steps"),
        tag("desc", "; ".join(f"{step.name} {figures.duration(step.seconds)}" for step in begun)),
        _axis(total, height),
        [_row(step, index, start, total) for index, step in enumerate(begun)],
        viewBox=f"0 0 {_NAME_WIDTH + _CHART_WIDTH + _TIME_WIDTH} {height}",
        role="img",
        class_="timeline",
    )


def _until(step: StepOutcome) -> datetime:
    until = step.finished or step.started
    assert until is not None  # noqa: S101 - only steps that have begun come here
    return until


def _row(step: StepOutcome, index: int, start: datetime, total: float) -> Markup:
    assert step.started is not None  # noqa: S101 - only steps that have begun come here
    scale = _CHART_WIDTH / total
    x = _NAME_WIDTH + (step.started - start).total_seconds() * scale
    width = max((_until(step) - step.started).total_seconds() * scale, _SMALLEST_BAR)
    y = index * _ROW
    return tag(
        "g",
        tag("title", f"{step.name}: {step.state}, {figures.duration(step.seconds)}"),
        tag("text", short(step.name), x=_NAME_WIDTH - 10, y=y + 17, text_anchor="end", class_="name"),
        tag("rect", x=f"{x:.1f}", y=y + (_ROW - _BAR) / 2, width=f"{width:.1f}", height=_BAR, rx=3, class_="bar"),
        tag("text", figures.duration(step.seconds), x=f"{x + width + 6:.1f}", y=y + 17, class_="detail"),
        class_=f"step {step.state}",
    )


def _axis(total: float, height: int) -> list[Markup]:
    step = figures.nice_step(total / _TICKS)
    marks = []
    at = 0.0
    while at <= total * 1.0001:
        x = f"{_NAME_WIDTH + at / total * _CHART_WIDTH:.1f}"
        marks.append(tag("line", x1=x, x2=x, y1=0, y2=height - _AXIS + 4, class_="grid"))
        marks.append(tag("text", f"{at:g} s", x=x, y=height - 6, text_anchor="middle", class_="tick"))
        at = round(at + step, 6)
    return marks
