"""Distributions as small bar charts, and shares as horizontal bars."""

from collections.abc import Sequence

from components.pages import figures
from components.pages.markup import Markup, join, tag
from components.shell.counts import counted
from stockpot.report.model import Bars, Share

_WIDTH, _HEIGHT, _BASE = 300, 96, 18
_MOST_LABELS = 8


def bars(chart: Bars, width: int = _WIDTH, *, counted: bool = False) -> Markup:
    """A card with the chart: bins side by side, groups stacked; `counted` writes its rows over each bin."""
    totals = chart.totals
    highest = max(totals, default=0) or 1
    pitch = width / max(len(totals), 1)
    stacks = [_stack(chart, index, pitch, highest) for index in range(len(totals))]
    description = ", ".join(f"{label}: {total}" for label, total in zip(chart.labels, totals, strict=True))
    drawing = tag(
        "svg",
        tag("title", f"Distribution of {chart.title}"),
        tag("desc", description),
        tag("line", x1=0, x2=width, y1=_HEIGHT, y2=_HEIGHT, class_="base"),
        stacks,
        [_count(total, (index + 0.5) * pitch, highest) for index, total in enumerate(totals)] if counted else None,
        _labels(chart.labels, pitch),
        viewBox=f"0 {-_BASE if counted else 0} {width} {_HEIGHT + _BASE * (2 if counted else 1)}",
        role="img",
    )
    return tag("figure", tag("figcaption", tag("b", chart.title), tag("span", chart.note)), drawing, class_="chart")


def _stack(chart: Bars, index: int, pitch: float, highest: int) -> list[Markup]:
    drawn = []
    top = float(_HEIGHT)
    width = max(min(pitch - 2, 34), 1)
    for group, counts in enumerate(chart.counts):
        if counts[index] == 0:
            continue
        height = counts[index] / highest * (_HEIGHT - 6)
        top -= height
        title = tag("title", f"{chart.labels[index]}{_of_group(chart, group)}: {counted(counts[index], 'row')}")
        x = f"{index * pitch + (pitch - width) / 2:.1f}"
        drawn.append(
            tag(
                "rect",
                title,
                x=x,
                y=f"{top:.1f}",
                width=f"{width:.1f}",
                height=f"{height:.1f}",
                class_=f"group-{group}",
            )
        )
    return drawn


def _count(total: int, x: float, highest: int) -> Markup:
    """The count over a bar, which says all of it; nothing over none."""
    y = f"{_HEIGHT - total / highest * (_HEIGHT - 6) - 4:.1f}"
    return (
        tag("text", figures.short(total), x=f"{x:.1f}", y=y, text_anchor="middle", class_="tick") if total else Markup()
    )


def _of_group(chart: Bars, group: int) -> str:
    return f", {chart.groups[group]}" if chart.groups[group] else ""


def _labels(labels: Sequence[str], pitch: float) -> list[Markup]:
    every = -(-len(labels) // _MOST_LABELS)
    return [
        tag("text", label, x=f"{(index + 0.5) * pitch:.1f}", y=_HEIGHT + 13, text_anchor="middle", class_="tick")
        for index, label in enumerate(labels)
        if index % every == 0
    ]


def lines(chart: Bars) -> Markup:
    """The distribution of a text column: a line per value, groups side by side in one bar."""
    return join([tag("h3", tag("code", chart.title), f" {chart.note}"), ranked(chart)])


def ranked(chart: Bars) -> Markup:
    """The same without its title."""
    totals = chart.totals
    most, whole = max(totals, default=0) or 1, sum(totals)
    rows = []
    for index, (label, total) in enumerate(zip(chart.labels, totals, strict=True)):
        pieces = [
            tag("i", style=f"width:{100 * counts[index] / most:.2f}%", class_=f"fill group-{group}")
            for group, counts in enumerate(chart.counts)
        ]
        rows.append(
            tag(
                "tr",
                tag("th", label, scope="row"),
                tag("td", tag("div", pieces, class_="track"), class_="wide"),
                tag("td", figures.share(total, whole), class_="num"),
                tag("td", f"{figures.count(total)} of {figures.count(whole)}", class_="num muted"),
            )
        )
    return tag("table", tag("tbody", rows), class_="shares")


def shares(parts: Sequence[Share], *, relative_to: float | None = None) -> Markup:
    """A table of horizontal bars; each is full at `relative_to`, by default at the whole."""
    rows = []
    for part in parts:
        full = relative_to or part.whole or 1
        width = min(100 * part.part / full, 100)
        rows.append(
            tag(
                "tr",
                tag("th", part.label, scope="row"),
                tag("td", tag("div", tag("i", style=f"width:{width:.1f}%"), class_="track"), class_="wide"),
                tag("td", figures.share(part.part, part.whole), class_="num"),
                tag("td", f"{figures.count(part.part)} of {figures.count(part.whole)}", class_="num muted"),
            )
        )
    return tag("table", tag("tbody", rows), class_="shares")
