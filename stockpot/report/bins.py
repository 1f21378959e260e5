"""Bins for the numbers of a distribution, of round width or, for a long tail, growing by 1, 2, 5."""

import math
from collections.abc import Sequence
from itertools import pairwise

from components.pages import figures

_BINS = 20
_POWERS = 1e5
_LONG = 10_000
# With a count over each there is room for fewer.
_COUNTED = 14
SKEWED = 12
"""How many times the middle the highest number is at least where a distribution has a long tail."""


def long_tail(high: float) -> list[float]:
    """Lower ends 0, 1, 2, 5, 10, 20, 50 … of bins for counts that are mostly small and sometimes large."""
    return [0.0, *steps(1.0, high)]


def steps(first: float, high: float) -> list[float]:
    """1, 2, 5, 10 … times `first`, a power of ten, as far as `high`."""
    edges, power = [], first
    while power <= high:
        edges += [power, 2 * power, 5 * power]
        power *= 10
    return [edge for edge in edges if edge <= high]


def ranges(edges: Sequence[float]) -> list[str]:
    """What bins of whole numbers are called: `2-4`, and `5+` for the last."""
    return [_range(edge, following) for edge, following in pairwise([*edges, float("inf")])]


def even(low: float, high: float, most: int = _BINS) -> list[float]:
    """The lower ends of bins of round width, `most` of them or a few less."""
    width = figures.nice_step(high / most - low / most)
    return [(low // width + index) * width for index in range(int((high - low // width * width) // width) + 1)]


def fitting(low: float, middle: float, high: float, *, whole: bool) -> tuple[list[float], list[str]]:
    """The lower ends of bins that fit numbers of this range, and what the bins are called."""
    if whole and high - low < _COUNTED:
        edges = [low + offset for offset in range(int(high - low) + 1)]
        return edges, [figures.number(edge) for edge in edges]
    if low >= 0 and high > SKEWED * max(middle, 1.0 if whole else 0.0):
        # A power of ten below the middle there is hardly anything left to tell apart; nor is there room for many.
        first = 1.0 if whole else 10.0 ** (math.floor(math.log10(max(middle, high / _POWERS))) - 1)
        edges = [*([0.0] if low < first else []), *steps(first, high)]
        return edges, ranges(edges) if whole else [figures.short(edge) for edge in edges]
    edges = even(low, high, _COUNTED)
    return edges, [figures.number(round(edge, 9)) for edge in edges]


def _range(first: float, following: float) -> str:
    if following == first + 1:
        return figures.number(first)
    if following == float("inf"):
        return f"{figures.short(first)}+"
    is_short = following <= _LONG
    return f"{first:.0f}-{following - 1:.0f}" if is_short else f"{figures.short(first)}-{figures.short(following)}"
