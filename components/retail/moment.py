"""The cut of a run, and what was known of it when."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from components.retail.time import cut_day
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, local_midnight


@dataclass(frozen=True)
class Moment:
    """A cut, which is the beginning of a local day, as it was known at `as_of`."""

    cut: datetime
    as_of: datetime
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse a cut that is none.

        Raises:
            ConfigurationError: no day of the zone begins at the cut, or it lies after `as_of`.
        """
        at = format_instant(self.cut)
        if local_midnight(self.day, self.timezone) != self.cut:
            raise ConfigurationError(f"no day of {self.timezone} begins at {at}", "give the cut of a local midnight")
        if self.cut > self.as_of:
            raise ConfigurationError(f"the cut {at} lies after {format_instant(self.as_of)}", "give a later as_of")

    @property
    def day(self) -> date:
        """The local day that begins at the cut."""
        return cut_day(self.cut, self.timezone)

    @property
    def current_at(self) -> datetime:
        """The instant whose values stand for what has no history: `as_of`, or the cut where `as_of` is of a later day.

        A cut that was given by hand may lie long before its run, which knows what came in between.
        """
        return self.as_of if cut_day(self.as_of, self.timezone) == self.day else self.cut

    def before(self, days: int) -> "Moment":
        """The cut so many local days earlier, as it is known now."""
        return replace(self, cut=local_midnight(self.day - timedelta(days=days), self.timezone))
