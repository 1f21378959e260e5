"""What pictures show, measured before anything is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from stockpot.report.model import Bars


@dataclass(frozen=True)
class Columns:
    """Bars side by side: how numbers are spread."""

    bars: Bars


@dataclass(frozen=True)
class Ranked:
    """A line per value, the most frequent first."""

    bars: Bars


@dataclass(frozen=True)
class Cells:
    """How many rows each pair of values has, and the mean of a third column; None where a pair has no rows."""

    title: str
    down: str
    across: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: Sequence[Sequence[int]]
    means: Sequence[Sequence[float | None]] = ()
    mean: str = ""
    note: str = ""


@dataclass(frozen=True)
class Days:
    """A value per day from `first` on, None where there is no row, with lines over it and days that are told apart."""

    title: str
    first: date
    value: str
    values: Sequence[float | None]
    lines: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    shaded: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    marked: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Step:
    """A step, how many took it, and how many seconds that took them; None where nobody did."""

    label: str
    number: int
    seconds: float | None


@dataclass(frozen=True)
class Stairs:
    """The steps of something, the first one first; each is of those who took the one before."""

    title: str
    steps: Sequence[Step]
    note: str = ""


@dataclass(frozen=True)
class Turn:
    """What one run has changed: how many versions of each kind it has made."""

    as_of: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Turns:
    """What runs have changed, newest first; and of the newest, how often each column was another than before."""

    title: str
    turns: Sequence[Turn]
    columns: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Nothing:
    """No drawing, and why."""

    title: str
    reason: str


Drawn = Columns | Ranked | Cells | Stairs | Days | Turns | Nothing
