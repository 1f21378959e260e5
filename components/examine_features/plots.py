"""The drawings: inline SVG that follows the page's colours."""

from collections.abc import Sequence

from components.examine_features.figures import Bar, Feature, Group
from components.examine_features.markup import percent, short, tag, text
from components.shell.counts import counted

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WIDTH, _HEIGHT, _FOOT = 300, 110, 18
# Above the highest bar there is room for what it stands for.
_HIGHEST = _HEIGHT - 18
_UNITS = {"dwell_time": "seconds", "days": "days", "popularity": "log(1 + interactions)", "hour": "hour, UTC"}


def distribution(feature: Feature) -> str:
    """The histogram of a feature: the training rows as bars, test rows as a line, the last run as a dashed one."""
    bars = feature.bars
    highest = max((share or 0 for bar in bars for share in (bar.train, bar.test, bar.last)), default=0) or 1
    step = _WIDTH / max(len(bars), 1)
    drawn = [_bar(index * step, step, (bar.train or 0) / highest, _bar_title(bar)) for index, bar in enumerate(bars)]
    lines = [_steps([bar.test for bar in bars], step, highest, "test")]
    lines += [_steps([bar.last for bar in bars], step, highest, "last")]
    base = tag("line", x1=0, x2=_WIDTH, y1=_HEIGHT, y2=_HEIGHT, class_="base")
    ends = [_tick(0, "start", short(feature.least)), _tick(_WIDTH, "end", short(feature.greatest))]
    ends.append(_tick(0, "start", f"{percent(highest)} of rows", 9))
    if axis := _axis(feature):
        ends.append(_tick(_WIDTH / 2, "middle", axis))
    label = f"Distribution of {feature.name}"
    return tag(
        "svg", *drawn, *lines, base, *ends, viewBox=f"0 0 {_WIDTH} {_HEIGHT + _FOOT}", role="img", aria_label=label
    )


def _axis(feature: Feature) -> str:
    """What the values are, as far as the name tells, and on which scale they are drawn."""
    unit = next((unit for word, unit in _UNITS.items() if word in feature.name), "")
    return ", ".join(filter(None, (unit, "log scale" if feature.logarithmic else "")))


def _bar_title(bar: Bar) -> str:
    shares = {"train": bar.train, "test": bar.test, "last run": bar.last}
    shares_text = ", ".join(f"{name} {percent(share)}" for name, share in shares.items() if share is not None)
    return f"{short(bar.low)} to {short(bar.high)}: {shares_text}"


def _bar(x: float, width: float, share: float, title: str) -> str:
    height = max(share * _HIGHEST, 1.0 if share else 0.0)
    box = {"x": f"{x + 0.6:.1f}", "y": f"{_HEIGHT - height:.1f}", "width": f"{max(width - 1.2, 0.8):.1f}"}
    return tag("rect", tag("title", text(title)), **box, height=f"{height:.1f}", class_="bar")


def _steps(shares: Sequence[float | None], step: float, highest: float, name: str) -> str:
    """The outline of a histogram; nothing where a share is missing."""
    if not shares or any(share is None for share in shares):
        return ""
    points = [
        f"{x * step:.1f},{_HEIGHT - (share or 0) / highest * _HIGHEST:.1f}"
        for index, share in enumerate(shares)
        for x in (index, index + 1)
    ]
    return tag("polyline", points=" ".join(points), class_=f"outline {name}")


def _tick(x: float, anchor: str, label: str, y: float = _HEIGHT + 13) -> str:
    return tag("text", text(label), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_="tick")


def shares(groups: Sequence[Group]) -> str:
    """A line per group: its share of the label as a bar with a mark at that of all, and its rows."""
    highest = max((group.share for group in groups), default=0) or 1
    everyone = sum(group.labelled for group in groups) / max(sum(group.rows for group in groups), 1)
    height = 26 * len(groups)
    parts = [_share(index * 26, group, highest) for index, group in enumerate(groups)]
    mark = 92 + 270 * everyone / highest
    parts.append(tag("line", x1=f"{mark:.1f}", x2=f"{mark:.1f}", y1=0, y2=height + 2, class_="mark"))
    parts.append(_tick(mark, "middle", f"all rows {percent(everyone)}", height + 13))
    return tag("svg", *parts, viewBox=f"0 0 520 {height + 18}", role="img", aria_label="Share by group")


def _share(y: int, group: Group, highest: float) -> str:
    width = 270 * group.share / highest
    return "".join(
        (
            tag("text", text(group.name), x=84, y=y + 17, text_anchor="end", class_="name"),
            tag("rect", x=92, y=y + 5, width=f"{width:.1f}", height=16, rx=3, class_="bar"),
            tag("text", percent(group.share), x=414, y=y + 17, text_anchor="end", class_="value"),
            tag("text", counted(group.rows, "row"), x=520, y=y + 17, text_anchor="end", class_="tick"),
        )
    )


def profile(groups: Sequence[Group], labels: Sequence[str], label: str) -> str:
    """Rows by hour or weekday as pale columns, shares of the label as a line of dots, and the highest of both."""
    step = 520 / max(len(groups), 1)
    most = max((group.rows for group in groups), default=0) or 1
    highest = max((group.share for group in groups), default=0) or 1
    columns, points, dots = [], [], []
    for index, group in enumerate(groups):
        x, height = index * step, 110 * group.rows / most
        y = 150 - 130 * group.share / highest
        title = tag("title", text(f"{labels[index]}: {percent(group.share)} of {counted(group.rows, 'row')}"))
        box = {"x": f"{x + 2:.1f}", "y": f"{150 - height:.1f}", "width": f"{step - 4:.1f}", "height": f"{height:.1f}"}
        columns.append(tag("rect", title, **box, rx=2, class_="pale"))
        points.append(f"{x + step / 2:.1f},{y:.1f}")
        dots.append(tag("circle", title, cx=f"{x + step / 2:.1f}", cy=f"{y:.1f}", r=3, class_="dot"))
        if len(groups) <= len(WEEKDAYS) or index % 3 == 0:
            dots.append(_tick(x + step / 2, "middle", labels[index], 166))
    tops = [_tick(0, "start", f"share of {label}, highest {percent(highest)}", 12)]
    tops.append(_tick(520, "end", f"rows, most {most:,}", 12))
    line = tag("polyline", points=" ".join(points), class_="outline test")
    base = tag("line", x1=0, x2=520, y1=150, y2=150, class_="base")
    return tag(
        "svg", *columns, base, line, *dots, *tops, viewBox="0 0 520 170", role="img", aria_label="Rows and shares"
    )
