"""How far the columns of a run's rows have moved since the run before, by the mean and spread of each."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

IS = " = "
"""What stands between a column and one of its values."""

# How far a column has moved from one value to another; and at most, for what hardly spreads may move without end.
_EXCHANGED, _FARTHEST = 2.0, 1e9
_ROUNDING = 1e-12
Moments = tuple[float, float]
"""Mean and standard deviation."""


class Measured(Protocol):
    """What is known of a run's rows.

    `moments` are those of each column of numbers, and of each value of a column of few texts; `categories` are these.
    """

    @property
    def rows(self) -> int | None:
        """How many there are, if known."""

    @property
    def rejected(self) -> int | None:
        """How many were rejected, if known."""

    @property
    def label(self) -> str:
        """The column of the label; empty where there is none."""

    @property
    def label_share(self) -> float | None:
        """The share of rows that have it, if known."""

    @property
    def moments(self) -> Mapping[str, Moments]:
        """Mean and standard deviation by name."""

    @property
    def categories(self) -> Sequence[str]:
        """The columns of few texts."""


def of_share(share: float) -> Moments:
    """The moments of a column of which that share is 1, and the rest 0."""
    return share, math.sqrt(max(share * (1 - share), 0.0))


def moments_of(rows: Measured, name: str) -> Moments:
    """The mean and standard deviation under that name; of a value that no row has, the share is 0.

    Of equal fractions rounding leaves a deviation that is none.
    """
    mean, spread = rows.moments.get(name, (0.0, 0.0))
    return mean, spread if spread > _ROUNDING * abs(mean) else 0.0


def drift(before: Measured, now: Measured) -> tuple[float, str] | None:
    """How far the column that moved most has moved, and which it is; None where two runs have no column in common."""
    return max(moves(before, now), default=None)


def moves(before: Measured, now: Measured) -> list[tuple[float, str]]:
    """How far each column has moved that both runs have.

    It is the difference of the means over the standard deviation (of both runs, as the root of the mean variance):
    below 0.1 it is little, above 0.25 much (Austin, Statistics in Medicine, 2009). Where all rows of one run have one
    value and all of the other another, it is that of both runs taken together, half the way between the two values.
    Columns with one and the same value in both runs are left out.
    """
    moved = []
    for name in in_common(before, now):
        (mean_before, spread_before), (mean, spread) = moments_of(before, name), moments_of(now, name)
        if is_exchanged(before, now, name):
            moved.append((_EXCHANGED, name))
        elif pooled := math.hypot(spread_before, spread) / math.sqrt(2):
            moved.append((min(abs(mean - mean_before) / pooled, _FARTHEST), name))
    return moved


def is_exchanged(before: Measured, now: Measured, name: str) -> bool:
    """Whether all rows of one run have one value of the column, and all of the other another."""
    (mean_before, spread_before), (mean, spread) = moments_of(before, name), moments_of(now, name)
    return spread_before == spread == 0 and not math.isclose(mean_before, mean, rel_tol=_ROUNDING)


def in_common(before: Measured, now: Measured) -> set[str]:
    """The columns that both runs have; of those of few texts each value, though only one of the runs has it."""
    either = before.moments.keys() | now.moments.keys()
    values = {name for name in either if name.startswith(_values_begin(before, now))}
    return values | (before.moments.keys() & now.moments.keys())


def _values_begin(before: Measured, now: Measured) -> tuple[str, ...]:
    """How the names begin of values of columns of few texts that both runs have."""
    return tuple(f"{title}{IS}" for title in {*before.categories} & {*now.categories})
