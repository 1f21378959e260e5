"""Steps that many take one after the other: how many get so far, and how many stay behind."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from components.pages import figures
from components.pages.markup import Markup, tag
from components.shell.schema.pictures import Steps
from stockpot.report.pictures import arrow
from stockpot.report.pictures.model import Drawn, Nothing, Stairs, Step

MOST = 6
"""So many are drawn of one picture."""
_WIDTH, _LEFT, _ROW, _BAR, _TEXT = 500, 92, 46, 26, 18


def stairs(picture: Steps, title: str, rows: Any, *_: Any) -> list[Drawn]:
    """The steps of each key, of those that most enter; of as many, the first by name."""
    named = {name: arrow.field(getattr(picture, name)) for name in ("key", "step", "label")}
    number, took = arrow.number(picture.number), arrow.number(picture.took)
    known = {"number": (number, "sum"), "spent": (number * took, "sum")}
    groups = arrow.grouped(rows, picture.columns, named, known, named["step"].is_valid() & named["key"].is_valid())
    if not groups:
        return [Nothing(title, "there are no rows")]
    by_key: dict[Any, list[Mapping[str, Any]]] = {}
    for row in sorted(groups, key=lambda row: (row["step"], str(row["label"]))):
        by_key.setdefault(row["key"], []).append(row)
    ordered = sorted(by_key, key=lambda key: (-(by_key[key][0]["number"] or 0), str(key)))
    drawn = [Stairs(f"{title}: {key}", [_step(row) for row in by_key[key]]) for key in ordered[:MOST]]
    further = len(ordered) - MOST
    return [*drawn[:-1], replace(drawn[-1], note=f"{further} more are not drawn") if further > 0 else drawn[-1]]


def _step(row: Mapping[str, Any]) -> Step:
    number = int(row["number"] or 0)
    spent = math.nan if row["spent"] is None or not number else row["spent"] / number
    return Step(str(row["label"]), number, spent if math.isfinite(spent) else None)


def draw(drawn: Stairs) -> Markup:
    """A bar per step, as wide as it has takers, with its share of all and of the step before."""
    most = max((step.number for step in drawn.steps), default=0) or 1
    height = len(drawn.steps) * _ROW
    bars = [_bar(drawn.steps, index, most) for index in range(len(drawn.steps))]
    drawing = tag(
        "svg",
        tag("title", drawn.title),
        tag("desc", summary(drawn)),
        bars,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
    )
    return tag("figure", tag("figcaption", tag("b", drawn.title), tag("span", drawn.note)), drawing, class_="chart")


def _bar(steps: Sequence[Step], index: int, most: int) -> list[Markup]:
    step, top = steps[index], index * _ROW
    width = max(step.number / most * (_WIDTH - _LEFT - 100), 1)
    return [
        tag("text", step.label, x=_LEFT - 10, y=top + _TEXT, text_anchor="end", class_="name"),
        tag("rect", x=_LEFT, y=top, width=f"{width:.1f}", height=_BAR, rx=3, class_="group-0"),
        tag("text", figures.count(step.number), x=f"{_LEFT + width + 8:.1f}", y=top + _TEXT, class_="name"),
        tag("text", _description(steps, index), x=_LEFT, y=top + _BAR + 13, class_="detail"),
    ]


def _description(steps: Sequence[Step], index: int) -> str:
    """What is said below a step: who goes on and who does not, their share of all, and the time."""
    if not index:
        return "all who enter"
    step, before = steps[index], steps[index - 1]
    transition = (
        f"{figures.share(step.number, before.number)} go on, {figures.count(before.number - step.number)} do not"
    )
    whole = f"{figures.share(step.number, steps[0].number)} of all"
    return f"{transition}; {whole}" + ("" if step.seconds is None else f", after {figures.duration(step.seconds)}")


def summary(drawn: Stairs) -> str:
    """The steps in words, for whoever does not see them."""
    return "; ".join(
        f"{step.label}: {figures.count(step.number)}, {_description(drawn.steps, index)}"
        for index, step in enumerate(drawn.steps)
    )
