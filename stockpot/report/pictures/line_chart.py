"""Days as bars with lines over them: shaded days behind, filled days and gaps told apart, marks on top."""

from collections.abc import Sequence
from datetime import date, timedelta

from components.pages import figures
from components.pages.markup import Markup, tag
from stockpot.report.pictures.days import summary
from stockpot.report.pictures.model import Days

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 880, 230, 48, 16, 34
_TICKS = 4
_MONTHS_LABELLED = 13
_PLOT = _WIDTH - _LEFT - 8


def draw(drawn: Days) -> Markup:
    """A card with the days."""
    known = [value for value in drawn.values if value is not None]
    highest = max([*known, *(value for line in drawn.lines.values() for value in line if value is not None)], default=0)
    scale = _Scale(len(drawn.values), highest)
    drawing = tag(
        "svg",
        tag("title", drawn.title),
        tag("desc", summary(drawn)),
        [_bands(scale, days, f"shade-{index}") for index, days in enumerate(drawn.shaded.values())],
        _bands(scale, [value is None for value in drawn.values], "gap"),
        _axis(scale),
        _dates(scale, drawn.first),
        [_bar(drawn, scale, index, value) for index, value in enumerate(drawn.values)],
        [_line(scale, line, f"line-{index}") for index, line in enumerate(drawn.lines.values())],
        [_marks(scale, days) for days in drawn.marked.values()],
        viewBox=f"0 0 {_WIDTH} {_TOP + _HEIGHT + _BOTTOM}",
        role="img",
        class_="days",
    )
    caption = tag("figcaption", tag("b", drawn.title), tag("span", drawn.note) if drawn.note else None)
    note = tag("p", f"{summary(drawn)}.", class_="muted")
    return tag(
        "figure",
        caption,
        tag("div", drawing, class_="scroll newest"),
        _legend(drawn),
        note,
        _values(drawn),
        class_="chart",
    )


class _Scale:
    """Where days and values lie in the drawing; the highest tick is at or above the highest value."""

    def __init__(self, days: int, highest: float) -> None:
        self.pitch = _PLOT / max(days, 1)
        self.step = figures.nice_step(highest / _TICKS) if highest > 0 else 1.0
        self.ticks = int(-(-highest // self.step)) or 1
        self.top = self.step * self.ticks

    def x(self, position: float) -> float:
        return _LEFT + position * self.pitch

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT * (1 - max(value, 0) / self.top)


def _axis(scale: _Scale) -> list[Markup]:
    marks = []
    for tick in range(scale.ticks + 1):
        y = f"{scale.y(tick * scale.step):.1f}"
        marks.append(tag("line", x1=_LEFT, x2=_LEFT + _PLOT, y1=y, y2=y, class_="grid"))
        label = figures.number(round(tick * scale.step, 9))
        marks.append(tag("text", label, x=_LEFT - 6, y=y, dy="0.32em", text_anchor="end", class_="tick"))
    return marks


def _dates(scale: _Scale, first: date) -> list[Markup]:
    """The first day of each month, of some where there are many; of a short picture the first day and each Monday."""
    days = [first + timedelta(days=index) for index in range(round(_PLOT / scale.pitch))]
    labelled = [index for index, day in enumerate(days) if day.day == 1]
    labelled = labelled[:: -(-len(labelled) // _MONTHS_LABELLED) or 1]
    if len(labelled) <= 1:
        labelled = sorted({0, *(index for index, day in enumerate(days) if day.weekday() == 0)})
        labelled = labelled[:: -(-len(labelled) // _MONTHS_LABELLED)]
    y = _TOP + _HEIGHT
    marks = []
    for index in labelled:
        x = f"{scale.x(index):.1f}"
        # What begins near the right edge would leave the drawing.
        anchor = "end" if scale.x(index) > _WIDTH - 60 else "start"
        marks.append(tag("line", x1=x, x2=x, y1=y, y2=y + 5, class_="base"))
        marks.append(tag("text", str(days[index]), x=x, y=y + 18, text_anchor=anchor, class_="tick"))
    return marks


def _bands(scale: _Scale, days: Sequence[bool], class_: str) -> list[Markup]:
    """A band behind each run of days that are so."""
    bands, start = [], None
    for index, is_so in enumerate([*days, False]):
        if is_so and start is None:
            start = index
        elif not is_so and start is not None:
            width = f"{(index - start) * scale.pitch:.1f}"
            bands.append(tag("rect", x=f"{scale.x(start):.1f}", y=_TOP, width=width, height=_HEIGHT, class_=class_))
            start = None
    return bands


def _bar(drawn: Days, scale: _Scale, index: int, value: float | None) -> Markup:
    if value is None:
        return Markup()
    width = max(scale.pitch * 0.76, 0.5)
    x = f"{scale.x(index) + (scale.pitch - width) / 2:.1f}"
    title = tag("title", _of_day(drawn, index))
    if value == 0:
        return tag("rect", title, x=x, y=_TOP + _HEIGHT - 3, width=f"{width:.1f}", height=3, class_="filled")
    y = scale.y(value)
    return tag(
        "rect", title, x=x, y=f"{y:.1f}", width=f"{width:.1f}", height=f"{_TOP + _HEIGHT - y:.1f}", class_="value"
    )


def _line(scale: _Scale, values: Sequence[float | None], class_: str) -> Markup:
    """The line, broken where a day has no value."""
    path, is_broken = [], True
    for index, value in enumerate(values):
        if value is not None:
            path.append(f"{'M' if is_broken else 'L'}{scale.x(index + 0.5):.1f} {scale.y(value):.1f}")
        is_broken = value is None
    return tag("path", d=" ".join(path), class_=f"line {class_}") if path else Markup()


def _marks(scale: _Scale, days: Sequence[bool]) -> list[Markup]:
    return [
        tag("path", d=f"M{scale.x(index + 0.5) - 3.5:.1f} 3 h7 l-3.5 7 z", class_="mark")
        for index, is_so in enumerate(days)
        if is_so
    ]


def _legend(drawn: Days) -> Markup:
    known = [value for value in drawn.values if value is not None]
    parts = [("value", drawn.value)]
    parts += [("filled", "filled: none on that day")] if 0 in known else []
    parts += [("gap", "no row")] if len(known) < len(drawn.values) else []
    parts += [(f"line-{index}", name) for index, name in enumerate(drawn.lines)]
    parts += [(f"shade-{index}", name) for index, (name, days) in enumerate(drawn.shaded.items()) if any(days)]
    parts += [("mark", name) for name, days in drawn.marked.items() if any(days)]
    return tag(
        "p", [tag("span", tag("i", class_=f"key {class_}"), name) for class_, name in parts], class_="legend keys"
    )


def _of_day(drawn: Days, index: int) -> str:
    """All that is known of a day, in one line."""
    value = drawn.values[index]
    parts = ["no row" if value is None else figures.number(value)]
    parts += [f"{name} {figures.number(line[index])}" for name, line in drawn.lines.items() if line[index] is not None]
    parts += [name for name, days in [*drawn.shaded.items(), *drawn.marked.items()] if days[index]]
    return f"{drawn.first + timedelta(days=index)}: {', '.join(parts)}"


def _values(drawn: Days) -> Markup:
    """Every day with its values, folded away until somebody asks."""
    lines = [tag("li", _of_day(drawn, index)) for index in range(len(drawn.values))]
    return tag("details", tag("summary", "Each day"), tag("ul", lines, class_="each"))
