"""The shop's days: local dates of its zone, whose beginnings are instants."""

import calendar
from datetime import date, datetime

from components.shell.instants import zone_of


def cut_day(as_of: datetime, timezone: str) -> date:
    """The local day that `as_of` falls on: days before it are over, and it is not."""
    return as_of.astimezone(zone_of(timezone)).date()


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last of that month where it is shorter."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
