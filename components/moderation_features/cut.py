"""The instants that bound a run, the decision points and the windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant

POINTS = (0, 5, 30)
"""Decisions are taken this many minutes after the upload."""

WINDOWS = {"5min": 5, "1hr": 60}
"""Minutes that a window reaches back from a decision, by the suffix of its features."""

SETTLING = timedelta(hours=24)
"""How long after the upload a flag still makes the label true; only then the label is settled."""

SETTLING_MINUTES = SETTLING // timedelta(minutes=1)

UP_TO_LABEL, UP_TO_AS_OF = "label", "as_of"
"""Which deletions take an image out: those by the end of its label's time, or all by `as_of`."""


@dataclass(frozen=True)
class Cut:
    """Uploads of [start, end), seen with what was known at `as_of`; `deletions` says which of them take images out."""

    as_of: datetime
    start: datetime
    end: datetime
    deletions: str = UP_TO_LABEL

    def check(self) -> None:
        """Refuse an interval that runs backwards or holds labels that are not settled, and an unknown `deletions`.

        Raises:
            ConfigurationError: interval_end lies before interval_start, or less than 24 hours before as_of; or
                `deletions` is neither `label` nor `as_of`.
        """
        if self.deletions not in {UP_TO_LABEL, UP_TO_AS_OF}:
            raise ConfigurationError(f"deletions is '{self.deletions}'", f"give {UP_TO_LABEL} or {UP_TO_AS_OF}")
        if self.end < self.start:
            raise ConfigurationError(
                f"interval_end {format_instant(self.end)} lies before interval_start {format_instant(self.start)}",
                "exchange the two",
            )
        # Compared this way round because as_of - 24 h may not exist as a date.
        if self.as_of - self.end < SETTLING:
            raise ConfigurationError(
                f"interval_end {format_instant(self.end)} is less than 24 hours before "
                f"as_of {format_instant(self.as_of)}, so the last labels are not settled",
                "end the interval earlier or run later",
            )
