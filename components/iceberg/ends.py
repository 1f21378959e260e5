"""Where the intervals of runs begin and end: at any instant, or with local days and weeks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from components.iceberg.cuts import DAY, RUN, cut_of
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, is_utc, local_midnight, zone_of

_NO_TIME = timedelta()


@dataclass(frozen=True)
class Ends:
    """How an interval follows from the instant of its run.

    It ends the label delay before it; where there is one for `each` day, with the day before that. The run fills its
    last `late_days` anew, and where it goes by `whole_weeks`, all days from a Monday on.

    Attributes:
        by_days: Whether the table's intervals are whole days in UTC, for its interval column is a date; the day that
            is not over is left to a later run.
    """

    label_delay: timedelta = _NO_TIME
    each: str = RUN
    timezone: str = "UTC"
    late_days: int = 0
    whole_weeks: bool = False
    by_days: bool = False

    def __post_init__(self) -> None:
        """Refuse days of a zone that are to be whole days in UTC.

        Raises:
            ConfigurationError: they are not UTC's, or there is no such zone.
        """
        if self.by_days and self.local and not is_utc(self.timezone):
            raise ConfigurationError(
                f"the interval column is a date, whose days are UTC's and not those of {self.timezone}",
                "make it a timestamptz!, or give timezone UTC",
            )

    @property
    def local(self) -> bool:
        """Whether intervals are made of local days."""
        return self.each == DAY

    @property
    def of_days(self) -> bool:
        """Whether intervals are made of days, so that they end before the instant of their run."""
        return self.local or self.by_days

    @property
    def _zone(self) -> str:
        return "UTC" if self.by_days else self.timezone

    def end(self, as_of: datetime) -> datetime:
        """Where the interval of a run at that instant ends.

        Raises:
            ConfigurationError: there is no such zone.
            OverflowError: it would end before all time.
        """
        end = cut_of(as_of.astimezone(UTC) - self.label_delay, self.each, self.timezone)
        return self._midnight(self._day(end)) if self.by_days else end

    def begin(self, start: datetime) -> datetime:
        """Where the interval begins of a run that has to fill the time from `start` on.

        Of runs that follow each other daily each fills its `late_days`. Where ticks were missed, the first run after
        them goes back as far behind them: what became known meanwhile is no older than what each would have filled.
        """
        if not self.local or start <= EPOCH:
            return start
        first = self._day(start) - timedelta(days=max(self.late_days - 1, 0))
        return max(self._midnight(_monday(first) if self.whole_weeks else first), EPOCH)

    def after(self, end: datetime) -> datetime:
        """The last instant of which a run would fill nothing behind `end`."""
        return (self._midnight(self._day(end) + timedelta(days=1)) if self.of_days else end) + self.label_delay

    def from_when(self, first: datetime) -> datetime:
        """An instant of which the tick before it ends an interval at `first` or before."""
        return first + self.label_delay

    def whole_end(self, as_of: datetime) -> datetime:
        """Where a backfill's interval ends whose run is at that instant: with whole weeks, at no day but a Monday."""
        end = self.end(as_of)
        return self._midnight(_monday(self._day(end))) if self.whole_weeks else end

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(zone_of(self._zone)).date()

    def _midnight(self, day: date) -> datetime:
        return local_midnight(day, self._zone)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
