"""The days that a run fills, by their numbers: days since 1 January 1970."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir

from components.retail.time import cut_day
from components.shell.instants import local_midnight

EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    """The number of a day."""
    return (day - EPOCH).days


def day_of(day_number: int) -> date:
    """The day of that number."""
    return EPOCH + timedelta(days=day_number)


def numbered(days: ir.DateValue) -> ir.IntegerValue:
    """The numbers of days, in a table."""
    return days.delta(ibis.literal(EPOCH), unit="day").cast("int32")


@dataclass(frozen=True)
class Period:
    """The interval that a run fills, and what was known of it when."""

    start: datetime
    end: datetime
    as_of: datetime
    timezone: str

    @property
    def cut_day(self) -> date:
        """The day that is not over at `as_of`: no row is of it, or of a later one."""
        return cut_day(self.as_of, self.timezone)

    @property
    def first(self) -> int:
        """The first day that begins in the interval."""
        return number(self._first_from(self.start))

    @property
    def last(self) -> int:
        """The day after the last one that begins in the interval and is over."""
        return number(min(self._first_from(self.end), self.cut_day))

    def _first_from(self, instant: datetime) -> date:
        day = cut_day(instant, self.timezone)
        return day if local_midnight(day, self.timezone) >= instant else day + timedelta(days=1)


def months(first: int, last: int, days: int) -> Iterator[tuple[int, int]]:
    """The days from `first` to before `last`, oldest first, in parts that end with a month and have `days` or more."""
    while first < last:
        following = _next_month(first)
        while following < min(first + days, last):
            following = _next_month(following)
        yield first, min(following, last)
        first = following


def _next_month(day_number: int) -> int:
    day = day_of(day_number)
    return number(date(day.year + day.month // 12, day.month % 12 + 1, 1))
