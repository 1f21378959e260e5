"""What a benchmark tells of a work: a row of `make bench`'s table, with the targets that it holds or misses."""

import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.bench.cost import Cost

Figure = Literal["seconds", "cpu", "memory", "sent"]
# What a target is said of: a figure of ours, or ours beside another.
Of = Literal["seconds", "cpu", "memory", "peer", "limit", "growth"]
COLUMNS = ("work", "ours", "peer", "ratio", "of limit", "peak", "target", "verdict", "slope")
HELD, MISSED, FAILED, NOT_JUDGED, NOT_HERE = "held", "MISSED", "FAILED", "not judged", "not here"
# The whole size.
WHOLE = 1.0


@dataclass(frozen=True)
class Target:
    """A bound of the row's work, judged from `scale` on: the size that it is said of; 0 where it holds for any."""

    bound: float
    of: Of
    is_most: bool
    scale: float

    @property
    def text(self) -> str:
        """The target in words."""
        beside = {"growth": f"{self.bound:g} x from first size to last"}
        if self.of in {"peer", "limit"}:
            beside[self.of] = f"{self.bound:g} x as {'long' if self.is_most else 'fast'} as the {self.of}"
        said = beside.get(self.of) or written(self.bound, self.of)
        return f"at {'most' if self.is_most else 'least'} {said}"

    def verdict(self, row: "Row", scale: float) -> str:
        """Whether the row, measured at this scale, holds it; failed where it lacks what was to be measured."""
        if row.is_absent(self.of):
            return NOT_HERE
        figure = row.figure(self.of)
        if figure is None:
            return FAILED
        if scale < self.scale:
            return NOT_JUDGED
        if self.of in {"peer", "limit"} and self.is_most:
            figure = 1 / figure
        return HELD if (figure <= self.bound if self.is_most else figure >= self.bound) else MISSED


def most(bound: float, of: Of, *, scale: float = WHOLE) -> Target:
    """At most so many seconds or MiB; so many times as long as the peer or the limit; so much growth."""
    return Target(bound, of, is_most=True, scale=scale)


def least(bound: float, of: Of, *, scale: float = WHOLE) -> Target:
    """At least so many times as fast as the peer or the limit."""
    return Target(bound, of, is_most=False, scale=scale)


@dataclass(frozen=True)
class Other:
    """What ours is measured beside; without a cost where it is not here."""

    name: str
    cost: Cost | None = None


@dataclass(frozen=True)
class Row:
    """A work, what it cost us, a peer, and the limit that no program can pass; without a cost where it is not here.

    `by` is the figure that is compared. `sizes` are costs of the same work by size, from the smallest to the largest.
    """

    work: str
    ours: Cost | None = None
    peer: Other | None = None
    limit: Other | None = None
    targets: tuple[Target, ...] = ()
    by: Figure = "seconds"
    sizes: Mapping[int, Cost] = field(default_factory=dict)

    def is_absent(self, of: Of) -> bool:
        """Whether this machine lacks what a target is said of: what the work needs, or whom it is measured beside."""
        other = self._beside(of)
        return self.ours is None or (other is not None and other.cost is None)

    def figure(self, of: Of) -> float | None:
        """What a target is said of: beside another how many times as fast ours is; None where that is not known."""
        if of == "growth":
            values = [_figure(cost, self.by) for cost in self.sizes.values()]
            return values[-1] / values[0] if values and min(values) > 0 else None
        if of in {"peer", "limit"}:
            other = self._beside(of)
            theirs, ours = _figure(other and other.cost, self.by), _figure(self.ours, self.by)
            return theirs / ours if theirs > 0 and ours > 0 else None
        return getattr(self.ours, of) if self.ours else None

    def lines(self, scale: float) -> Iterator[dict[str, str]]:
        """The lines of the table, by column: one with all figures, and one more for each further target.

        `scale` is the one at which the row was measured.
        """
        verdicts = [(target.text, target.verdict(self, scale)) for target in self.targets]
        (target, verdict), *others = verdicts or [("", "" if self.ours else NOT_HERE)]
        yield {
            "work": self.work,
            "ours": self._cost(self.ours),
            "peer": self._other(self.peer),
            "ratio": _times(self.figure("peer")),
            "of limit": "\n".join(filter(None, (_times(self.figure("limit")), self.limit and self.limit.name))),
            "peak": written(self.ours.memory, "memory") if self.ours and self.ours.memory else "",
            "target": target,
            "verdict": verdict,
            "slope": "\n".join((f"{self._slope():.2f}", *(f"{size:,}" for size in self.sizes))) if self.sizes else "",
        }
        for target, verdict in others:
            yield dict.fromkeys(COLUMNS, "") | {"target": target, "verdict": verdict}

    def _beside(self, of: Of) -> Other | None:
        return {"peer": self.peer, "limit": self.limit}.get(of)

    def _cost(self, cost: Cost | None) -> str:
        """The figure that is compared, and below it the other time."""
        names: dict[Figure, None] = dict.fromkeys((self.by, "seconds", "cpu"))
        found = [(getattr(cost, name), name) for name in names] if cost else []
        return "\n".join(written(value, name) for value, name in found if value is not None)

    def _other(self, other: Other | None) -> str:
        return f"{other.name}\n{self._cost(other.cost) or NOT_HERE}" if other else ""

    def _slope(self) -> float:
        """By which power of the size the cost grows: 0 where it does not, 1 where it doubles with the size."""
        sizes, costs = zip(*((size, _figure(cost, self.by)) for size, cost in self.sizes.items()), strict=True)
        return statistics.linear_regression([*map(math.log, sizes)], [*map(math.log, costs)]).slope


def _figure(cost: Cost | None, name: Figure) -> float:
    return (getattr(cost, name) if cost else None) or 0.0


def written(value: float, of: str) -> str:
    """A figure with its unit."""
    if of == "memory":
        return f"{value:,.0f} MiB"
    if of == "sent":
        return f"{value * 1000:.0f} kB" if value < 1 else f"{_three(value)} MB"
    unit = " CPU" if of == "cpu" else ""
    return f"{value * 1000:.0f} ms{unit}" if abs(value) < 1 else f"{_three(value)} s{unit}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{_three(ratio)} x"


def _three(value: float) -> str:
    """About three digits."""
    return f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"
