"""One training row as an SVG: its events on an axis of time, what its decision makes of each, and the row itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from components.pages.figures import instant
from components.pages.markup import Markup, join, tag
from components.shell.counts import counted

COUNTED, LATER, UNKNOWN, LEFT_OUT = "counted", "later", "unknown", "left-out"
KINDS = ("views", "comments", "flags")
_WIDTH, _HEIGHT = 1080, 622
# Of the axis: where the upload, the bend and the end of the label's time stand, and what lies before the bend.
_LEFT, _BEND, _RIGHT, _NEAR = 118, 760, 1046, timedelta(minutes=40)
_FAR = timedelta(hours=24)
_TOP, _AXIS = 100, 402
# The middle of each kind's lane, and over how many lines its marks are spread, for many stand close to each other.
_LANES: Mapping[str, tuple[int, int]] = {"views": (200, 9), "comments": (296, 1), "flags": (346, 1)}
_RULES = {
    COUNTED: ("counted", "happened by the decision, and was known by then"),
    LATER: (
        "later than the decision",
        "no feature sees it; only the label looks ahead: a flag within 24 hours makes it true",
    ),
    UNKNOWN: (
        "known too late",
        "happened by the decision and became known after it, where the dashed line ends",
    ),
    LEFT_OUT: (
        "left out",
        "made by a test account, deleted by the decision, or a row that comes once more",
    ),
}
_COLUMNS = (
    ("views_5min", "views_1hr", "comments_5min", "comments_1hr"),
    ("flags_5min", "flags_1hr", "total_flags", "label_needs_moderation_24h"),
)
_STYLE = """
  text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
  text { fill: #23262b; }
  .h { font: 600 17px Georgia, "Liberation Serif", "DejaVu Serif", serif; }
  .b { font-weight: 600; } .s { fill: #5b636c; } .m { text-anchor: middle; } .e { text-anchor: end; }
  .paper { fill: #f7f4ee; } .hour { fill: #efe8db; } .minutes { fill: #e6d9bf; } .label { fill: #dfe3ee; }
  .line { stroke: #8b8170; stroke-width: 1.2; } .other { stroke-dasharray: 3 4; }
  .decision { stroke: #a94f22; stroke-width: 2.4; }
  .counted { fill: #2c7a4b; } .later { fill: none; stroke: #7d858e; stroke-width: 1.2; }
  .unknown { fill: #b97a12; } .until { stroke: #b97a12; stroke-width: 1.2; stroke-dasharray: 4 3; }
  .left-out { stroke: #b3261e; stroke-width: 2.2; fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8e6e1; } .s { fill: #a9aeb4; }
    .paper { fill: #16181b; } .hour { fill: #24282d; } .minutes { fill: #3a352b; } .label { fill: #262d3d; }
    .line { stroke: #9c9384; } .decision { stroke: #e59a6b; }
    .counted { fill: #6cc28d; } .later { stroke: #959da6; } .unknown { fill: #e6b35a; } .until { stroke: #e6b35a; }
    .left-out { stroke: #f28b82; }
  }
"""  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """An event of an image, and what a decision makes of it; `why` is the rule by which it is left out."""

    kind: str
    at: datetime
    known_at: datetime
    verdict: str
    why: str = ""


def drawing(row: Mapping[str, Any], marks: Sequence[Mark]) -> str:
    """The picture of the row as the step wrote it, with the events of its image."""
    body = (
        tag("title", "One training row: what was known when", id="title"),
        tag("desc", said(row, marks), id="desc"),
        tag("style", Markup(_STYLE)),
        tag("rect", class_="paper", width=_WIDTH, height=_HEIGHT, rx=18),
        _head(row),
        _windows(row),
        _axis(row),
        [_lane(row, kind, [mark for mark in marks if mark.kind == kind]) for kind in KINDS],
        _legend(marks),
        _answer(row),
    )
    about = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "width": _WIDTH, "height": _HEIGHT}
    svg = tag("svg", *body, xmlns="http://www.w3.org/2000/svg", **about, role="img", aria_labelledby="title desc")
    # A line for each element, so that a change is seen.
    return svg.replace("><", ">\n<") + "\n"


def said(row: Mapping[str, Any], marks: Sequence[Mark]) -> str:
    """What the picture shows, in words."""
    decision = f"the decision {row['decision_point_minutes']} minutes after it"
    told = "; ".join(f"{_RULES[verdict][0]}: {_number(marks, verdict)}" for verdict in _RULES)
    wrote = ", ".join(f"{name} {_text(row[name])}" for line in _COLUMNS for name in line)
    return f"On an axis of time from the upload of an image over {decision} to 24 hours after it, {told}. Row: {wrote}."


def _number(marks: Sequence[Mark], verdict: str) -> str:
    """How many events of each kind have that verdict, as `45 views, 3 comments`."""
    numbers = {kind: sum((mark.kind, mark.verdict) == (kind, verdict) for mark in marks) for kind in KINDS}
    return ", ".join(counted(number, kind.removesuffix("s")) for kind, number in numbers.items() if number) or "none"


def _text(value: object) -> str:
    return str(value).lower()


def _x(row: Mapping[str, Any], at: datetime) -> float:
    """Where an instant stands: up to the bend minutes have room, behind it hours, and nothing is beyond the end."""
    since = at - row["uploaded_at"]
    if since <= _NEAR:
        return round(_LEFT + (_BEND - _LEFT) * (since / _NEAR), 1)
    return round(_BEND + (_RIGHT - _BEND) * (min(since, _FAR) - _NEAR) / (_FAR - _NEAR), 1)


def _at(row: Mapping[str, Any], **after: float) -> float:
    """Where the instant stands that is so long after the upload."""
    return _x(row, row["uploaded_at"] + timedelta(**after))


def _head(row: Mapping[str, Any]) -> Markup:
    told = (
        f"Image {row['image_id'][:8]}… of the sample data, uploaded {instant(row['uploaded_at'])}; the row of the "
        f"decision {row['decision_point_minutes']} minutes later. Views are those of its topic."
    )
    return join([
        tag("text", "One row of moderation.training_data: what was known when", x=24, y=34, class_="h"),
        tag("text", told, x=24, y=56, class_="s"),
    ])  # fmt: skip


def _windows(row: Mapping[str, Any]) -> Markup:
    """The time that the two windows and the label look at."""
    right = _x(row, row["decision_at"])
    minutes = _x(row, row["decision_at"] - timedelta(minutes=5))
    end = _at(row, hours=24)
    return join([
        tag("rect", x=_LEFT, y=_TOP, width=round(right - _LEFT, 1), height=_AXIS - _TOP, class_="hour"),
        tag("rect", x=minutes, y=_TOP, width=round(right - minutes, 1), height=_AXIS - _TOP, class_="minutes"),
        tag("text", "_1hr: the hour before, not beyond the upload", x=_LEFT + 8, y=_TOP + 18, class_="s"),
        tag("text", "_5min", x=minutes + 8, y=_TOP + 18, class_="s"),
        tag("rect", x=_LEFT, y=372, width=round(end - _LEFT, 1), height=18, class_="label"),
        tag("text", "the label: a flag in these 24 hours that is known at as_of", x=_LEFT + 8, y=385, class_="s"),
    ])  # fmt: skip


def _axis(row: Mapping[str, Any]) -> Markup:
    point = row["decision_point_minutes"]
    ticks = {0: "upload", **{at: f"{at} min" for at in (5, 10, 15, 20, 25, 30, 35)}}
    ticks |= {60 * hours: f"{hours} h" for hours in (6, 12, 18, 24)}
    drawn = [tag("line", x1=_LEFT, x2=_RIGHT, y1=_AXIS, y2=_AXIS, class_="line")]
    for minutes, told in ticks.items():
        x = _at(row, minutes=minutes)
        drawn += [tag("line", x1=x, x2=x, y1=_AXIS, y2=_AXIS + 5, class_="line")]
        drawn += [tag("text", told, x=x, y=_AXIS + 19, class_="s m")]
    bend = f"M{_BEND - 4} {_AXIS + 6} l4 -12 m4 12 l4 -12"
    drawn += [tag("path", d=bend, class_="line", fill="none")]
    for other in (0, 5, 30):
        x, own = _at(row, minutes=other), other == point
        drawn += [tag("line", x1=x, x2=x, y1=_TOP - 8, y2=_AXIS, class_="line decision" if own else "line other")]
    drawn += [tag("text", "the decision of this row", x=_x(row, row["decision_at"]), y=_TOP - 14, class_="b m")]
    return join([*drawn, tag("text", "dotted: those of its image's other rows", x=_LEFT, y=_TOP - 14, class_="s")])


def _lane(row: Mapping[str, Any], kind: str, marks: Sequence[Mark]) -> Markup:
    middle, lines = _LANES[kind]
    drawn = [tag("text", kind, x=_LEFT - 14, y=middle + 4, class_="b e")]
    for place, mark in zip(count(), sorted(marks, key=lambda mark: mark.at)):
        # By a step that is prime to their number neighbours stand far apart.
        y = middle + (4 * place % lines - lines // 2) * 12
        drawn += [_mark(row, mark, y)]
    return tag("g", drawn, id=kind)


def _mark(row: Mapping[str, Any], mark: Mark, y: float) -> Markup:
    x = _x(row, mark.at)
    told = f"{mark.at - row['uploaded_at']} after the upload: {mark.why or _RULES[mark.verdict][0]}"
    beside = tag("text", mark.why, x=x + 9, y=y + 4, class_="s") if mark.why else None
    if mark.verdict == UNKNOWN:
        known = _x(row, mark.known_at)
        beside = join([
            tag("line", x1=x, x2=known, y1=y, y2=y, class_="until"),
            tag("line", x1=known, x2=known, y1=y - 5, y2=y + 5, class_="until"),
        ])  # fmt: skip
    return join([beside, _sign(mark.verdict, x, y, tag("title", told))])


def _sign(verdict: str, x: float, y: float, title: Markup | None = None) -> Markup:
    """The sign of a verdict: each has its own form, for colors are not seen by all."""
    if verdict in (COUNTED, LATER):
        return tag("circle", title, cx=x, cy=y, r=3.6, class_=verdict)
    form = "m-5 0 l5 -5 l5 5 l-5 5 z" if verdict == UNKNOWN else "m-4 -4 l8 8 m0 -8 l-8 8"
    return tag("path", title, d=f"M{x} {y} {form}", class_=verdict)


def _legend(marks: Sequence[Mark]) -> Markup:
    drawn = []
    for place, (verdict, (name, rule)) in enumerate(_RULES.items()):
        y = 456 + 22 * place
        drawn += [_sign(verdict, 36, y - 4), tag("text", name, x=52, y=y, class_="b")]
        drawn += [tag("text", _number(marks, verdict), x=226, y=y), tag("text", rule, x=410, y=y, class_="s")]
    return tag("g", drawn, id="legend")


def _answer(row: Mapping[str, Any]) -> Markup:
    """What the step wrote in the row."""
    drawn = [tag("text", "In the row stands:", x=24, y=566, class_="b")]
    for line, names in enumerate(_COLUMNS):
        for place, name in enumerate(names):
            told = [tag("tspan", f"{name} ", class_="s"), tag("tspan", _text(row[name]), class_="b")]
            drawn += [tag("text", told, x=(226, 380, 534, 720)[place], y=566 + 24 * line, id=name)]
    return tag("g", drawn, id="row")
