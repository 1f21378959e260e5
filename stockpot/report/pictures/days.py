"""Values by day: the busiest of a table's series, and the sum of all."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from components.pages import figures
from components.shell.counts import counted
from components.shell.schema.pictures import MIDDLE, Series, Total
from stockpot.report.pictures import arrow
from stockpot.report.pictures.model import Days, Drawn, Nothing
from stockpot.report.pictures.source import Source, Wanted

_NO_ROWS = "there are no rows"


def series(picture: Series, title: str, rows: Any, source: Source, table: str) -> Drawn:
    """One series of the run's rows, as far back as the picture goes."""
    value = {"sum": (arrow.number(picture.value), "sum")}
    key = arrow.field(picture.key)
    busy = arrow.grouped(rows, picture.columns, {"key": key}, value, key.is_valid())
    if not busy:
        return Nothing(title, _NO_ROWS)
    order = sorted(busy, key=lambda row: (-(row["sum"] or 0), row["key"]))
    chosen = order[len(order) // 2 if picture.which == MIDDLE else 0]["key"]
    by_day = _by_day(picture, arrow.listed(rows, picture.columns, key == chosen))
    first, last = _span(by_day, picture.days)
    wanted = Wanted(
        picture.columns, picture.day, _start(first), _start(last + timedelta(days=1)), {picture.key: chosen}
    )
    # A daily run fills few days: what was before them, the table knows.
    if min(by_day) > first and (earlier := source.history(table, wanted)) is not None:
        by_day = _by_day(picture, arrow.listed(earlier, picture.columns, None)) or by_day
    days = _every(max(first, min(by_day)), last)
    return Days(
        f"{title}: {chosen}",
        days[0],
        picture.value,
        [_number(by_day.get(day, {}).get(picture.value)) for day in days],
        {name: [_number(by_day.get(day, {}).get(name)) for day in days] for name in picture.lines},
        {name: [bool(by_day.get(day, {}).get(name)) for day in days] for name in picture.shaded},
        {name: [bool(by_day.get(day, {}).get(name)) for day in days] for name in picture.named("marked")},
    )


def total(picture: Total, title: str, rows: Any, source: Source, table: str) -> Drawn:
    """The sum over all series by day, as far back as the picture goes."""
    by_day = _summed(picture, rows)
    if not by_day:
        return Nothing(title, _NO_ROWS)
    first, last = _span(by_day, picture.days)
    wanted = Wanted(picture.columns, picture.day, _start(first), _start(last + timedelta(days=1)))
    if min(by_day) > first and (earlier := source.history(table, wanted)) is not None:
        by_day = _summed(picture, earlier) or by_day
    days = _every(max(first, min(by_day)), last)
    return Days(
        title,
        days[0],
        picture.value,
        [_number(by_day.get(day, {}).get(picture.value)) for day in days],
        shaded={name: [bool(by_day.get(day, {}).get(name)) for day in days] for name in picture.shaded},
    )


def _summed(picture: Total, rows: Any) -> Mapping[date, Mapping[str, Any]]:
    measures = {picture.value: (arrow.number(picture.value), "sum")}
    measures |= {name: (arrow.field(name), "any") for name in picture.shaded}
    day = arrow.field(picture.day)
    return {row["day"]: row for row in arrow.grouped(rows, picture.columns, {"day": day}, measures, day.is_valid())}


def _by_day(picture: Series, rows: arrow.Rows) -> Mapping[date, Mapping[str, Any]]:
    return {row[picture.day]: row for row in rows if row[picture.day] is not None}


def _span(by_day: Mapping[date, Any], days: int) -> tuple[date, date]:
    """The first and the last day of a picture of so many days that ends with the last one."""
    last = max(by_day)
    return last - timedelta(days=min(days - 1, last.toordinal() - 1)), last


def _every(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def summary(drawn: Days) -> str:
    """The days in one sentence, for whoever does not see them."""
    known = [value for value in drawn.values if value is not None]
    last = drawn.first + timedelta(days=len(drawn.values) - 1)
    most = max(known, default=0)
    parts = [
        f"{drawn.first} to {last}",
        f"{figures.number(sum(known))} {drawn.value.replace('_', ' ')} in all",
        f"at most {figures.number(most)} a day, on {drawn.first + timedelta(days=drawn.values.index(most))}"
        if known
        else "",
        f"{counted(sum(value == 0 for value in known), 'day')} without any",
        f"{counted(len(drawn.values) - len(known), 'day')} without a row",
    ]
    return "; ".join(part for part in parts if part)
