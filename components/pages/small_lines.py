"""One figure of a pipeline over its runs, as a small line."""

from collections.abc import Callable, Sequence

from components.pages.markup import Markup, tag
from components.shell.counts import counted

_WIDTH, _HEIGHT, _EDGE = 300, 54, 6
Point = tuple[float, float]


def small_line(
    title: str, values: Sequence[float | None], failed: Sequence[bool], as_text: Callable[[float], str]
) -> Markup:
    """A card with the values of runs in their order, oldest first; nothing where fewer than two are known.

    A run without a value leaves a gap, and one that failed a mark at the bottom. `as_text` writes a value for people.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - of one there is no line
        return Markup()
    low, high = min(known), max(known)
    points = [
        (_x(index, len(values)), None if value is None else _y(value, low, high)) for index, value in enumerate(values)
    ]
    description = ", ".join("none" if value is None else as_text(value) for value in values)
    drawing = tag(
        "svg",
        tag("title", f"{title} over {counted(len(values), 'run')}"),
        tag("desc", f"Oldest first: {description}"),
        tag("line", x1=0, x2=_WIDTH, y1=_HEIGHT, y2=_HEIGHT, class_="base"),
        [_piece(piece) for piece in _pieces(points)],
        [_mark(points[index][0]) for index, bad in enumerate(failed) if bad],
        viewBox=f"0 0 {_WIDTH} {_HEIGHT + 1}",
        role="img",
        class_="small-line",
    )
    note = f"{as_text(low)} … {as_text(high)}" if low != high else "always the same"
    caption = tag("figcaption", tag("b", f"{title} {as_text(known[-1])}"), tag("span", note))
    return tag("figure", caption, drawing, class_="chart")


def _x(index: int, number: int) -> float:
    return _EDGE + index * (_WIDTH - 2 * _EDGE) / (number - 1)


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)


def _pieces(points: Sequence[tuple[float, float | None]]) -> list[list[Point]]:
    """The points in stretches without a gap."""
    pieces: list[list[Point]] = [[]]
    for x, y in points:
        if y is not None:
            pieces[-1].append((x, y))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _piece(points: Sequence[Point]) -> list[Markup]:
    """The line through the points, and a dot on the last of them, for one alone is no line."""
    (x, y) = points[-1]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return [
        tag("polyline", points=path, class_="line"),
        tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=2.6, class_="dot-mark"),
    ]


def _mark(x: float) -> Markup:
    return tag("rect", tag("title", "failed"), x=f"{x - 2:.1f}", y=_HEIGHT - 7, width=4, height=7, class_="bad")
