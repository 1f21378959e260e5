"""When each step ran, and waited for what it runs in, as bars over a common axis."""

from collections.abc import Sequence
from datetime import datetime

from components.pages import figures
from components.pages.markup import Markup, join, tag
from components.pages.model import StepOutcome
from stockpot.report.graph import short

_NAME_WIDTH, _CHART_WIDTH, _TIME_WIDTH = 190, 300, 62
_ROW, _BAR, _AXIS = 26, 14, 26
_TICKS = 5
_SMALLEST_BAR = 2.0
Span = tuple[datetime, datetime]


def draw(steps: Sequence[StepOutcome]) -> Markup:
    """The bars in order of their begin, with what light ones are; nothing where no step has begun or waited."""
    begun = sorted((step for step in steps if _spans(step)), key=lambda step: (_begin(step), step.step.path))
    if not begun:
        return Markup()
    start = min(_begin(step) for step in begun)
    # A step from the cache takes a microsecond, of which no axis can be drawn.
    total = max(0.001, *((_end(step) - start).total_seconds() for step in begun))
    height = len(begun) * _ROW + _AXIS
    drawing = tag(
        "svg",
        tag("title", "Timeline of the steps"),
        tag("desc", "; ".join(f"{step.name} {_took(step)}" for step in begun)),
        _axis(total, height),
        [_row(step, index, start, total) for index, step in enumerate(begun)],
        viewBox=f"0 0 {_NAME_WIDTH + _CHART_WIDTH + _TIME_WIDTH} {height}",
        role="img",
        class_="timeline",
    )
    return join([drawing, _legend() if any(step.waited for step in begun) else None])


def _legend() -> Markup:
    text = "waits until its environment is built or its image is fetched"
    return tag("p", tag("span", tag("i", class_="key wait"), text), class_="legend")


def _spans(step: StepOutcome) -> dict[str, Span]:
    """What is drawn of the step, by its class: what lies over another comes later."""
    spans = {} if step.waited is None else {"wait": step.waited}
    return spans | ({"bar": (step.started, step.finished or step.started)} if step.started else {})


def _begin(step: StepOutcome) -> datetime:
    return min(begin for begin, _ in _spans(step).values())


def _end(step: StepOutcome) -> datetime:
    return max(end for _, end in _spans(step).values())


def _took(step: StepOutcome) -> str:
    """How long the step took, and how long it had to wait before."""
    if step.waited is None:
        return figures.duration(step.seconds)
    asked, ready = step.waited
    waited = f"waited {figures.duration((ready - asked).total_seconds())} for its environment or image"
    return f"{figures.duration(step.seconds)}, {waited}"


def _row(step: StepOutcome, index: int, start: datetime, total: float) -> Markup:
    scale = _CHART_WIDTH / total
    y = index * _ROW
    bars: list[Markup] = []
    right = 0.0
    for class_, (begin, end) in _spans(step).items():
        x = _NAME_WIDTH + (begin - start).total_seconds() * scale
        width = max((end - begin).total_seconds() * scale, _SMALLEST_BAR)
        geometry = {"x": f"{x:.1f}", "y": y + (_ROW - _BAR) / 2, "width": f"{width:.1f}", "height": _BAR}
        bars.append(tag("rect", **geometry, rx=3, class_=class_))
        right = max(right, x + width)
    return tag(
        "g",
        tag("title", f"{step.name}: {step.state}, {_took(step)}"),
        tag("text", short(step.name), x=_NAME_WIDTH - 10, y=y + 17, text_anchor="end", class_="name"),
        bars,
        tag("text", figures.duration(step.seconds), x=f"{right + 6:.1f}", y=y + 17, class_="detail"),
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
