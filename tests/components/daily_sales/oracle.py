"""Days and weeks of articles and categories in plain loops over days, Decimals and fractions."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from components.daily_sales.settings import Settings
from tests.components.retail.oracle import judged

Row = Mapping[str, Any]
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Shop:
    """The rows of its tables."""

    transactions: Sequence[Row]
    articles: Sequence[Row] = ()
    versions: Sequence[Row] = ()
    promotions: Sequence[Row] | None = None


@dataclass
class Series:
    """What was sold of one thing: of each day pieces, money and customers."""

    pieces: Counter[date] = field(default_factory=Counter)
    money: dict[date, Decimal] = field(default_factory=dict)
    customers: dict[date, set[str]] = field(default_factory=dict)
    begun: date | None = None


@dataclass(frozen=True)
class Told:
    """What a run is told."""

    start: date
    end: date
    as_of: datetime
    zone: str
    settings: Settings

    @property
    def cut(self) -> date:
        """The day that is not over."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).date()

    def begins(self, day: date) -> datetime:
        """The first instant of a day."""
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


def category_on(shop: Shop, told: Told, article: str, day: date) -> str | None:
    """The category of an article on a day."""
    mine = sorted((row for row in shop.versions if row["article_id"] == article), key=lambda row: row["version"])
    if not mine:
        return next(row for row in shop.articles if row["article_id"] == article)[told.settings.category_column]
    valid = [row for row in mine if row["known_at"] <= told.begins(day)]
    return (valid or mine[:1])[-1][told.settings.category_column]


def lines_of(shop: Shop, told: Told) -> list[Row]:
    """The lines that count, each as often as it does."""
    usable, _ = judged(shop.transactions, told.cut, told.as_of, told.zone)
    names = ("transaction_id", "day", "customer", "article", "price", "quantity", "channel")
    lines = [dict(zip(names, line, strict=True)) for line in usable.elements()]
    known = {row["article_id"] for row in (*shop.articles, *shop.versions)}
    return [line for line in lines if not known or line["article"] in known]


def series_of(shop: Shop, told: Told, level: str) -> dict[str, Series]:
    """The series of all articles or categories."""
    found: dict[str, Series] = {}
    for line in lines_of(shop, told):
        name = line["article"] if level == "article" else category_on(shop, told, line["article"], line["day"])
        if name is None:
            continue
        one, day = found.setdefault(name, Series()), line["day"]
        one.pieces[day] += line["quantity"]
        one.money[day] = one.money.get(day, Decimal()) + line["price"] * line["quantity"]
        one.customers.setdefault(day, set()).add(line["customer"])
    if told.settings.first_day == "created_at" and not told.settings.retire_after_days:
        _begin(shop, told, level, found)
    return found


def _begin(shop: Shop, told: Told, level: str, found: dict[str, Series]) -> None:
    for row in (*shop.articles, *shop.versions):
        if row["created_at"] is None:
            continue
        day = row["created_at"].astimezone(ZoneInfo(told.zone)).date()
        name = row["article_id"] if level == "article" else category_on(shop, told, row["article_id"], day)
        if name is not None and day < told.cut:
            one = found.setdefault(name, Series())
            one.begun = min(day, one.begun or day)


def days_of(one: Series, told: Told) -> list[date]:
    """All days on which a series exists, until the cut."""
    first = min([*one.pieces, *([one.begun] if one.begun else [])])
    every = [first + timedelta(days=n) for n in range((told.cut - first).days)]
    retire = told.settings.retire_after_days
    return [day for day in every if not retire or any(day - timedelta(days=n) in one.pieces for n in range(retire + 1))]


def rows(shop: Shop, told: Told, level: str = "article") -> list[dict[str, Any]]:
    """The rows of days."""
    found = []
    for name, one in series_of(shop, told, level).items():
        existing = days_of(one, told)
        for day in existing:
            if told.start <= day < told.end:
                category = (
                    {"category_id": category_on(shop, told, name, day)} if level == "article" and _known(shop) else {}
                )
                row = {f"{level}_id": name, **_row(one, existing, day, told), **category}
                found.append(row | {"promo_flag": _promoted(shop, told, row, day)})
    return found


def _known(shop: Shop) -> bool:
    return bool(shop.articles or shop.versions)


def _row(one: Series, existing: Sequence[date], day: date, told: Told) -> dict[str, Any]:
    before = [other for other in one.pieces if other <= day]
    last = max(before, default=None)
    there = set(existing)

    def within(far: int, near: int) -> list[int]:
        wanted = [day - timedelta(days=n) for n in range(near, far + 1)]
        return [one.pieces[each] for each in wanted if each in there]

    year, week, weekday = day.isocalendar()
    return {
        "day_at": told.begins(day),
        "date": day,
        "daily_sales": one.pieces[day],
        "daily_revenue": one.money.get(day, Decimal()),
        "unique_customers": len(one.customers.get(day, ())),
        "avg_price": None if last is None else float(Fraction(one.money[last]) / one.pieces[last]),
        "days_since_first": (day - existing[0]).days,
        "days_since_sale": None if last is None else (day - last).days,
        "weekday": weekday - 1,
        "is_weekend": weekday > 5,
        "day_of_month": day.day,
        "month": day.month,
        "year": day.year,
        "iso_year": year,
        "iso_week": week,
        "rolling_7": mean(within(6, 0)),
        "rolling_30": mean(within(29, 0)),
        **{f"lag_{n}": next(iter(within(n, n)), None) for n in (1, 7, 28)},
        "rolling_7_before": mean(within(7, 1)),
        "rolling_30_before": mean(within(30, 1)),
        "rolling_28_std_before": spread(within(28, 1)),
    }


def mean(values: Sequence[int]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def spread(values: Sequence[int]) -> float | None:
    """The sample standard deviation; None of less than two."""
    if len(values) < 2:
        return None
    middle = Fraction(sum(values), len(values))
    return math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))


def _promoted(shop: Shop, told: Told, row: Row, day: date) -> bool | None:
    if shop.promotions is None:
        return None
    of = {**row, "category_id": _promoted_category(shop, told, row, day)}
    return any(_runs(one, of, day) and _announced(one, told.begins(day)) for one in shop.promotions)


def _promoted_category(shop: Shop, told: Told, row: Row, day: date) -> str | None:
    """What promotions call a category, whatever series are of."""
    if told.settings.category_column == "category_id":
        return row.get("category_id")
    if "article_id" not in row or not _known(shop):
        return None
    real = replace(told, settings=replace(told.settings, category_column="category_id"))
    return category_on(shop, real, row["article_id"], day)


def _runs(one: Row, row: Row, day: date) -> bool:
    if one["start_date"] is None or day < one["start_date"] or (one["end_date"] and day > one["end_date"]):
        return False
    return all(one[name] is None or one[name] == row.get(name) for name in ("article_id", "category_id"))


def _announced(one: Row, at: datetime) -> bool:
    return one["announced_at"] is not None and one["announced_at"] <= at


def weeks(days: Sequence[Row], told: Told, level: str = "article") -> list[dict[str, Any]]:
    """The rows of weeks, out of those of days."""
    found: dict[Any, list[Row]] = {}
    for row in days:
        monday = row["date"] - row["weekday"] * ONE
        if monday >= told.start:
            found.setdefault((row[f"{level}_id"], monday), []).append(row)
    return [
        {
            f"{level}_id": name,
            "week_start_at": told.begins(monday),
            "week_start": monday,
            "iso_year": monday.isocalendar()[0],
            "iso_week": monday.isocalendar()[1],
            "sales": sum(row["daily_sales"] for row in mine),
            "revenue": sum((row["daily_revenue"] for row in mine), Decimal()),
            "days_in_week": len(mine),
            "is_complete": monday + 7 * ONE <= told.cut,
        }
        for (name, monday), mine in found.items()
    ]
