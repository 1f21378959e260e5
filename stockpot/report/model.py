"""What a report shows of a run of this machine, beside what a page shows of any run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from components.pages.model import Rejected, RunPage, Sample

if TYPE_CHECKING:
    from stockpot.report.pictures.model import Drawn


@dataclass(frozen=True)
class Bars:
    """A distribution: how many rows lie in each bin, split by group; `note` says what the numbers are of.

    `moments` are mean and standard deviation, where the values are numbers.
    """

    title: str
    labels: Sequence[str]
    groups: Sequence[str]
    counts: Sequence[Sequence[int]]
    note: str = ""
    moments: tuple[float, float] | None = None

    @property
    def totals(self) -> list[int]:
        """Rows per bin over all groups."""
        return [sum(column) for column in zip(*self.counts, strict=True)]


@dataclass(frozen=True)
class Share:
    """A part of a whole, such as the flagged rows at one decision point."""

    label: str
    part: int
    whole: int


@dataclass(frozen=True)
class Distributions:
    """What the rows look like: bars per feature, the label's share per group, the share of true per yes-no feature.

    `rows` were counted, out of `of`.
    """

    source: str = ""
    rows: int = 0
    of: int = 0
    label: str = ""
    label_shares: Sequence[Share] = ()
    shares: Sequence[Share] = ()
    bars: Sequence[Bars] = ()
    categories: Sequence[Bars] = ()


@dataclass(frozen=True)
class Report(RunPage):
    """A run of this machine; `pages` are whole HTML documents that steps have left, by step.

    `further_pages` are the paths, below the run's directory, of those for which there is no room. `rows` are those
    that it has committed, None where it commits nothing at all. `command` is what was called, in full; `last_words` are
    the ends of the logs of the steps that failed, by step.
    """

    pages: Mapping[str, str] = field(default_factory=dict)
    further_pages: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    pictures: "Sequence[Drawn]" = ()
    distributions: Distributions = field(default_factory=Distributions)
    rejected: Sequence[Rejected] = ()
    sample: Sample | None = None
    command: str = ""
    last_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
