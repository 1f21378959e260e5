"""The calendar: what is known of each local day before it begins, whatever is sold on it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import holidays
import ibis.expr.types as ir
import pyarrow as pa

from components.daily_sales.period import day_of, number
from components.shell.engine import Backend
from components.shell.errors import ConfigurationError
from components.shell.instants import local_midnight

_SATURDAY = 5
_ENGLISH = "en_US"
DAYS = pa.schema(
    [
        ("day", pa.int32()), ("date", pa.date32()), ("day_at", pa.timestamp("us", "UTC")), ("weekday", pa.int32()),
        ("is_weekend", pa.bool_()), ("day_of_month", pa.int32()), ("month", pa.int32()), ("year", pa.int32()),
        ("iso_year", pa.int32()), ("iso_week", pa.int32()), ("holiday_flag", pa.bool_()), ("holiday_name", pa.string()),
        ("week", pa.int32()),
    ]
)  # fmt: skip
"""`week` is the number of the week's Monday."""


def days(backend: Backend, first: int, last: int, timezone: str, country: str) -> ir.Table:
    """The days from `first` to before `last` that there were in the zone, which the engine knows from now on."""
    years = range(day_of(first).year, day_of(last).year + 1)
    named = _holidays(country, years) if country else None
    rows = [_row(day_of(each), timezone, named) for each in range(first, last) if _was(day_of(each), timezone)]
    return backend.given("calendar", pa.Table.from_pylist(rows, DAYS))


def _was(day: date, timezone: str) -> bool:
    """Whether the day has a length: a zone that moves across the date line leaves one out, as Samoa did in 2011."""
    return local_midnight(day, timezone) < local_midnight(day + timedelta(days=1), timezone)


def _row(day: date, timezone: str, named: Mapping[date, str] | None) -> dict[str, Any]:
    iso_year, iso_week, iso_day = day.isocalendar()
    return {
        "day": number(day),
        "date": day,
        "day_at": local_midnight(day, timezone),
        "weekday": iso_day - 1,
        "is_weekend": iso_day > _SATURDAY,
        "day_of_month": day.day,
        "month": day.month,
        "year": day.year,
        "iso_year": iso_year,
        "iso_week": iso_week,
        "holiday_flag": None if named is None else day in named,
        "holiday_name": None if named is None else named.get(day),
        "week": number(day - timedelta(days=iso_day - 1)),
    }


def _holidays(country: str, years: range) -> Mapping[date, str]:
    """The public holidays of a country (`SE`), or a part of one (`DE-BY`), by day.

    In English where the package has that, for else the language would be that of the machine.

    Raises:
        ConfigurationError: the package knows no such country or part.
    """
    code, _, part = country.partition("-")
    known = holidays.list_supported_countries()
    if code not in known or (part and part not in known[code]):
        raise ConfigurationError(
            f"no holidays are known of '{country}'", "give an ISO 3166 code such as SE or DE-BY, or leave it empty"
        )
    kind = getattr(holidays, code)
    language = _ENGLISH if _ENGLISH in kind.supported_languages else kind.default_language
    return dict(holidays.country_holidays(code, subdiv=part or None, years=years, language=language))
