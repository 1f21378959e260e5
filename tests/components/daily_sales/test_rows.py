"""Days and weeks against plain loops, and what plain mistakes would make of them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.daily_sales import rows as product
from components.daily_sales import series
from components.daily_sales.period import Period, number
from components.daily_sales.promotions import Promotions, promotions
from components.daily_sales.settings import Settings
from components.daily_sales.sold import by_article, in_category
from components.shell.instants import EPOCH
from tests.components.daily_sales import oracle
from tests.components.daily_sales.histories import SHOPS, TOLD, Tables, apart, made
from tests.components.daily_sales.oracle import Row, Shop, Told
from tests.components.retail.oracle import price
from tests.harness.compute import examples

FRACTIONS = ("avg_price", "rolling_7", "rolling_30", "rolling_7_before", "rolling_30_before", "rolling_28_std_before")
_PROMOTIONS, _SPANS, _GRID = promotions, series.spans, series._grid


def close(rows: Sequence[Row]) -> list[Any]:
    """The rows for a comparison in which fractions may differ in their last bits."""
    return [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if value and name in FRACTIONS else value
            for name, value in row.items()
        }
        for row in rows
    ]


def ordered(rows: Sequence[Row], key: str) -> list[Row]:
    """The rows in an order, without the holidays of no country."""
    kept = [{name: value for name, value in row.items() if not name.startswith("holiday")} for row in rows]
    return sorted(kept, key=lambda row: (row[key], row.get("date") or row["week_start"]))


def found(shop: Shop, told: Told) -> Tables | None:
    """What the product makes, in an order; None where no line counts."""
    tables = made(shop, told)
    if tables is None:
        return None
    articles, categories = "article_id", "category_id"
    return Tables(
        ordered(tables.days, articles),
        ordered(tables.category_days, categories),
        ordered(tables.weeks, articles),
        ordered(tables.category_weeks, categories),
    )


def expected(shop: Shop, told: Told) -> Tables:
    """The rows, as the oracle has them."""
    days, categories = oracle.rows(shop, told), oracle.rows(shop, told, "category")
    return Tables(
        close(ordered(days, "article_id")),
        close(ordered(categories, "category_id")),
        ordered(oracle.weeks(days, told), "article_id"),
        ordered(oracle.weeks(categories, told, "category"), "category_id"),
    )


def known(shop: Shop, told: Told) -> Shop:
    """The shop as it was at `as_of`; first versions stand in for what nobody had kept by then."""
    end = told.as_of
    first = {row["article_id"]: row for row in sorted(shop.versions, key=lambda row: row["version"], reverse=True)}
    return Shop(
        [row for row in shop.transactions if (row["known_at"] or end) <= end and (row["t_dat"] or date.min) < told.cut],
        shop.articles,
        [row for row in shop.versions if row["known_at"] <= end or row in first.values()],
        [row for row in shop.promotions or () if row["announced_at"] and row["announced_at"] <= end],
    )


@given(st.lists(SHOPS, min_size=6, max_size=6), TOLD, st.randoms())
@settings(max_examples=examples(8))
def test_rows_are_those_of_plain_loops(shops: Sequence[Shop], told: Told, by_chance: random.Random) -> None:
    """In whatever order the source gives its rows; and whatever it has of the time after `as_of`."""
    shop = apart(shops)
    tables = found(shop, told)
    if tables is None:
        assert not oracle.lines_of(Shop(shop.transactions), told)
        return
    assert tables == expected(shop, told)
    before = known(shop, told)
    shuffled = {name: by_chance.sample(rows, len(rows)) for name, rows in vars(before).items()}
    assert found(Shop(**shuffled), told) == tables


def bought(day: date, customer: str, article: str, **others: Any) -> Row:
    """A line."""
    line = {"transaction_id": None, "t_dat": day, "customer_id": customer, "article_id": article, "known_at": None}
    return {**line, "price": price("10"), "quantity": None, "sales_channel_id": None, **others}


def january(day: int) -> date:
    """A day of January 2026."""
    return date(2026, 1, day)


def article(name: str, category: str | None) -> Row:
    """An article of a category, made on the first of the month."""
    created = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {"article_id": name, "category_id": category, "index_group_name": None, "created_at": created}


def promoted(**others: Any) -> Row:
    """A promotion of the whole shop on 9 and 10 January, announced on the 9th at noon."""
    at = datetime(2026, 1, 9, 12, tzinfo=UTC)
    days = {"start_date": january(9), "end_date": january(10), "announced_at": at}
    return {"promotion_id": "p", "article_id": None, "category_id": None, **days, **others}


# U's example: days 1, 2 and 5 with sales of 1, 2 and 3.
SALES = ((5, 1), (6, 2), (9, 3))
SHOP = Shop(
    [
        *(bought(january(day), "a", "01", quantity=pieces, price=price(str(10 + day))) for day, pieces in SALES),
        bought(january(9), "a", "02"),
        bought(january(9), "b", "02"),
    ],
    [article("01", "A"), article("02", "A")],
    [],
    [promoted()],
)
TOLD_SHOP = Told(january(1), january(13), datetime(2026, 1, 13, 5, tzinfo=UTC), "UTC", Settings())


def of(rows: Sequence[Row], name: str, key: str = "article_id") -> list[Row]:
    """The rows of a series."""
    return [row for row in rows if row[key] == name]


def test_a_small_shop() -> None:
    """Gaps are zeros, means are of days that exist, the series goes on after its last sale, customers are people."""
    tables = found(SHOP, TOLD_SHOP)
    assert tables
    rows = of(tables.days, "01")
    assert [row["daily_sales"] for row in rows] == [1, 2, 0, 0, 3, 0, 0, 0]
    assert [row["rolling_7"] for row in rows[:5]] == [1, 1.5, 1, 0.75, 1.2]
    assert [row["rolling_7_before"] for row in rows[:5]] == [None, 1, 1.5, 1, 0.75]
    assert [row["lag_1"] for row in rows[:4]] == [None, 1, 2, 0]
    assert [row["avg_price"] for row in rows] == [15, 16, 16, 16, 19, 19, 19, 19]
    assert [row["days_since_sale"] for row in rows] == [0, 0, 1, 2, 0, 1, 2, 3]
    assert [row["promo_flag"] for row in rows[3:7]] == [False, False, True, False]
    category = of(tables.category_days, "A", "category_id")[4]
    assert (category["daily_sales"], category["unique_customers"]) == (5, 2)
    weeks = [(row["sales"], row["days_in_week"], row["is_complete"]) for row in of(tables.weeks, "01")]
    assert weeks == [(6, 7, True), (0, 1, False)]
    assert tables == expected(SHOP, TOLD_SHOP)


def test_promotions_of_a_category_are_of_its_articles_whatever_series_are_of() -> None:
    """Series of index groups know nothing of promotions of categories; their articles do."""
    goods = [{**article("01", "A"), "index_group_name": "G"}, {**article("02", "B"), "index_group_name": "G"}]
    shop = replace(SHOP, articles=goods, promotions=[promoted(category_id="A")])
    told = replace(TOLD_SHOP, settings=Settings(category_column="index_group_name"))
    tables = found(shop, told)
    assert tables
    flagged = [(row["article_id"], row["date"].day) for row in tables.days if row["promo_flag"]]
    assert flagged == [("01", 10)]
    assert {row["category_id"] for row in tables.days} == {"G"}
    assert {row["promo_flag"] for row in tables.category_days} == {False}
    assert tables == expected(shop, told)


def test_retired_series_come_back() -> None:
    """A day of the retirement has no row, whatever comes later; windows count the days that there are."""
    shop = Shop([bought(january(day), "a", "01") for day in (2, 10)], [article("01", "A")])
    told = replace(TOLD_SHOP, settings=Settings(retire_after_days=2))
    tables = found(shop, told)
    assert tables
    assert [row["date"].day for row in tables.days] == [2, 3, 4, 10, 11, 12]
    back = tables.days[3]
    assert (back["lag_1"], back["lag_7"], back["rolling_7"], back["rolling_7_before"]) == (None, 0, 1 / 2, 0)
    assert (back["days_since_first"], back["rolling_30_before"]) == (8, 1 / 3)
    assert tables == expected(shop, told)


def test_a_shop_without_articles_has_no_categories() -> None:
    """Articles alone have series then, and nobody is an orphan."""
    shop = Shop(SHOP.transactions)
    told = replace(TOLD_SHOP, settings=Settings(levels=["article"]))
    tables = found(shop, told)
    assert tables
    assert not tables.category_days
    assert {row["category_id"] for row in tables.days} == {None}
    assert {row["promo_flag"] for row in tables.days} == {None}


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        (date(2026, 3, 29), "Europe/Berlin"),
        (date(2026, 10, 25), "Europe/Berlin"),
        (date(2026, 11, 1), "America/Havana"),
        (date(2026, 9, 6), "America/Santiago"),
    ],
)
def test_days_of_other_lengths_are_days(day: date, zone: str) -> None:
    """Where clocks change, at midnight too, each local day has one row."""
    begun, end = day - timedelta(days=2), day + timedelta(days=3)
    told = Told(begun, end, Told(begun, end, TOLD_SHOP.as_of, zone, Settings()).begins(end), zone, Settings())
    shop = Shop([bought(begun, "a", "01")], [article("01", "A")])
    tables = found(shop, told)
    assert tables
    assert [row["date"] for row in tables.days] == [begun + timedelta(days=each) for each in range(5)]
    assert len({row["day_at"] for row in tables.days}) == 5
    assert tables == expected(shop, told)


def test_a_day_that_never_was_has_no_row() -> None:
    """Samoa went from 29 to 31 December 2011: no two rows begin at one instant."""
    begun, end, zone = date(2011, 12, 26), date(2012, 1, 3), "Pacific/Apia"
    told = Told(begun, end, Told(begun, end, TOLD_SHOP.as_of, zone, Settings()).begins(end), zone, Settings())
    tables = made(Shop([bought(date(2011, 12, 28), "a", "01")], [article("01", "A")]), told)
    assert tables
    assert [row["date"].day for row in tables.days] == [28, 29, 31, 1, 2]
    assert len({row["day_at"] for row in tables.days}) == 5


def _sparse(found: ir.Table, *rest: Any) -> ir.Table:
    grid = _GRID(found, *rest)
    return grid.filter(grid.daily_sales > 0)


def _to_the_last_sale(sold: ir.Table, end: int, retire: int) -> ir.Table:
    found = _SPANS(sold, end, retire)
    return found.mutate(until=(found.until == end).ifelse(found.day + 1, found.until).cast("int32"))


def _filled_backwards(sold: ir.Table, end: int, retire: int) -> ir.Table:
    found = _SPANS(sold, end, retire)
    following = found.avg_price.lead().over(ibis.window(group_by=found.series, order_by=found.day))
    return found.mutate(avg_price=found.avg_price.fill_null(following))


def _known_afterwards(table: ir.Table, *rest: Any) -> Promotions:
    return _PROMOTIONS(table.mutate(announced_at=ibis.timestamp("2000-01-01").cast("timestamp('UTC', 6)")), *rest)


def _summed(found: ir.Table, spans: ir.Table) -> ir.Table:
    inside = in_category(by_article(found).rename(article="series"), spans)
    return inside.group_by(series=inside.category_id, day=inside.day).agg(
        sales=inside.sales.sum().cast("int64"),
        revenue=inside.revenue.sum().cast("decimal(20, 9)"),
        customers=inside.customers.sum().cast("int64"),
    )


@pytest.mark.parametrize(
    ("module", "name", "leak"),
    [
        (series, "_grid", _sparse),
        (product, "spans", _to_the_last_sale),
        (product, "spans", _filled_backwards),
        (product, "promotions", _known_afterwards),
        (product, "by_category", _summed),
    ],
)
def test_a_planted_leak_is_found(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, leak: Callable[..., Any]
) -> None:
    """Windows over rows, an end that tells of no more sales, a later price, a later promotion, customers summed."""
    told = replace(TOLD_SHOP, settings=Settings(first_day="created_at"))
    right = expected(SHOP, told)
    assert found(SHOP, told) == right
    monkeypatch.setattr(module, name, leak)
    assert found(SHOP, told) != right


def test_a_mean_that_holds_its_target_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be predicted on a day is no part of what is said before it."""
    monkeypatch.setattr(series, "_named_means", lambda: {name: (int(name.split("_")[1]), 0) for name in FRACTIONS[1:5]})
    assert found(SHOP, TOLD_SHOP) != expected(SHOP, TOLD_SHOP)


@pytest.mark.parametrize(("hour", "first"), [(0, january(5)), (1, january(6)), (23, january(6))])
def test_a_day_is_of_the_interval_that_it_begins_in(hour: int, first: date) -> None:
    """An interval that begins within a day has the next one for its first, and ends before it for the one before."""
    instant, end = (datetime(2026, 1, day, hour, tzinfo=UTC) for day in (5, 8))
    days = (first, first + timedelta(days=3))
    assert (Period(instant, end, end, "UTC").first, Period(EPOCH, instant, end, "UTC").last) == (number(days[0]),) * 2
    assert Period(instant, end, datetime(2026, 2, 1, tzinfo=UTC), "UTC").last == number(days[1])
