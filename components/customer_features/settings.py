"""The settings of a run, checked when they are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from components.customer_features.segments import Segment, segments_of
from components.retail.kinds import EVENT_TYPES, KINDS
from components.retail.known import refuse_unknown
from components.shell.counts import counted
from components.shell.errors import ConfigurationError

PERCENT_RANK, CUTS = "percent_rank", "cuts"
DAYS, LINES = "days", "lines"
CATEGORY_COLUMNS = ("category_id", "product_group_name", "index_group_name")
MEASURES = ("recency", "frequency", "monetary")
_LEAST_BINS, _MOST_BINS = 2, 5


@dataclass(frozen=True)
class Settings:
    """The parameters of the step beside its times; no `event_types` are the usual ones."""

    bins: int = _MOST_BINS
    score_by: str = PERCENT_RANK
    cuts: Mapping[str, Any] = field(default_factory=dict)
    frequency: str = DAYS
    segments: Sequence[str] = ()
    paid_statuses: Sequence[str] = ("paid",)
    event_types: Mapping[str, str] = field(default_factory=dict)
    category_column: str = CATEGORY_COLUMNS[0]
    allow_current_attributes: bool = False

    def __post_init__(self) -> None:
        """Put in what is left out, and refuse what makes no sense.

        Raises:
            ConfigurationError: something does not.
        """
        object.__setattr__(self, "event_types", self.event_types or EVENT_TYPES)
        if not _LEAST_BINS <= self.bins <= _MOST_BINS:
            raise ConfigurationError(f"bins is {self.bins}", f"give {_LEAST_BINS} to {_MOST_BINS}")
        refuse_unknown("score_by", self.score_by, (PERCENT_RANK, CUTS))
        refuse_unknown("frequency", self.frequency, (DAYS, LINES))
        refuse_unknown("category_column", self.category_column, CATEGORY_COLUMNS)
        for kind in self.event_types.values():
            refuse_unknown("event_types", kind, KINDS)
        if self.score_by == CUTS or self.cuts:
            self._refuse_cuts()
        self.table()

    def table(self) -> tuple[Segment, ...]:
        """The segments, first match first."""
        return segments_of(self.segments, self.bins)

    def _refuse_cuts(self) -> None:
        if self.score_by != CUTS:
            raise ConfigurationError("cuts are given and score_by is not cuts", "give score_by=cuts, or no cuts")
        if sorted(self.cuts) != sorted(MEASURES):
            raise ConfigurationError(f"cuts are of {', '.join(sorted(self.cuts)) or 'nothing'}",
                                     f"give those of {', '.join(MEASURES)}")  # fmt: skip
        for name, bounds in self.cuts.items():
            if not _rising(bounds) or len(bounds) != self.bins - 1:
                raise ConfigurationError(
                    f"cuts of {name} are {bounds}",
                    f"give {counted(self.bins - 1, 'number')}, each above the one before",
                )


def _rising(bounds: Any) -> bool:
    if not isinstance(bounds, list | tuple):
        return False
    numbers = all(isinstance(each, int | float) and math.isfinite(each) for each in bounds)
    return numbers and all(before < after for before, after in pairwise(bounds))
