"""Random histories of a shop, and the step's expressions run on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from components.daily_sales.output import article_rows, category_rows, week_rows
from components.daily_sales.period import Period
from components.daily_sales.rows import Sources, make
from components.daily_sales.schemas import ARTICLE_WEEKS, ARTICLES, CATEGORIES, CATEGORY_WEEKS
from components.daily_sales.settings import Settings
from components.shell.compute import engine
from components.shell.engine import Backend, records
from components.shell.instants import local_midnight
from tests.components.daily_sales.oracle import Shop, Told
from tests.components.retail.oracle import price

_AT = pa.timestamp("us", "UTC")
TRANSACTIONS = pa.schema(
    [
        ("transaction_id", pa.string()), ("t_dat", pa.date32()), ("customer_id", pa.string()),
        ("article_id", pa.string()), ("price", pa.decimal128(20, 9)), ("quantity", pa.int64()),
        ("sales_channel_id", pa.int32()), ("known_at", _AT),
    ]
)  # fmt: skip
ARTICLE = pa.schema(
    [("article_id", pa.string()), ("category_id", pa.string()), ("index_group_name", pa.string()), ("created_at", _AT)]
)
VERSION = pa.schema([*ARTICLE, ("version", pa.int32()), ("known_at", _AT)])
PROMOTION = pa.schema(
    [
        ("promotion_id", pa.string()), ("article_id", pa.string()), ("category_id", pa.string()),
        ("start_date", pa.date32()), ("end_date", pa.date32()), ("announced_at", _AT),
    ]
)  # fmt: skip
ZONES = ("UTC", "Europe/Stockholm", "America/Santiago", "America/Havana")
# Over a leap day; clocks change in Stockholm on 31 March, at midnight in Santiago on 7 April, twice at it in Havana on
# 3 November of a year whose days are far from the others.
FIRST = date(2024, 2, 26)
DAYS = [FIRST + timedelta(days=each) for each in (0, 0, 2, 3, 4, 9, 12, 34, 35, 36, 41, 42, 43, 44)]
INSTANTS = [
    datetime(2024, 2, 27, hour, tzinfo=UTC) + timedelta(days=each)
    for each in (0, 2, 4, 33, 40, 43)
    for hour in (0, 4, 23)
]
SALE = st.fixed_dictionaries(
    {
        "transaction_id": st.sampled_from([None, None, None, None, "1", "2"]),
        "t_dat": st.sampled_from([None, *DAYS, *DAYS]),
        "customer_id": st.sampled_from([None, *"aaabbbccc"]),
        "article_id": st.sampled_from([None, *["01", "1", "2"] * 3, "3", "9"]),
        "price": st.sampled_from([None, "-1", "0", "0.050831", "0.050831", "19.99", "7"]).map(price),
        "quantity": st.sampled_from([None, None, None, 1, 2, 5, 0]),
        "sales_channel_id": st.none(),
        "known_at": st.one_of(st.none(), st.none(), st.sampled_from(INSTANTS)),
    }
)
_CATEGORIES = st.sampled_from(["A", "A", "B", None])
_CREATED = st.sampled_from([None, *INSTANTS])
VERSIONED = st.fixed_dictionaries(
    {
        "article_id": st.sampled_from(["01", "1"]), "category_id": _CATEGORIES, "index_group_name": _CATEGORIES,
        "known_at": st.sampled_from(INSTANTS),
    }
)  # fmt: skip
PROMOTED = st.fixed_dictionaries(
    {
        "promotion_id": st.just("p"), "article_id": st.sampled_from([None, "01", "2"]),
        "category_id": st.sampled_from([None, "A", "B"]), "start_date": st.sampled_from([None, *DAYS]),
        "end_date": st.sampled_from([None, *DAYS]), "announced_at": st.sampled_from([None, *INSTANTS]),
    }
)  # fmt: skip
_IDS = ("transaction_id", "customer_id", "article_id", "category_id", "index_group_name")


def _articles(categories: Sequence[Any], created: Sequence[Any]) -> list[dict[str, Any]]:
    """One of each: article 9 is an orphan."""
    return [
        {"article_id": name, "category_id": category, "index_group_name": other, "created_at": at}
        for name, category, other, at in zip(("01", "1", "2", "3"), categories, categories[1:], created, strict=False)
    ]


def _shop(sales: Any, articles: Any, versions: Any, promotions: Any) -> Shop:
    """With versions in the order in which they became known; when an article came to be never changes."""
    created = {row["article_id"]: row["created_at"] for row in articles}
    known = sorted(versions, key=lambda row: row["known_at"])
    numbered = [{**row, "version": n, "created_at": created[row["article_id"]]} for n, row in enumerate(known, 1)]
    return Shop(sales, articles, numbered, promotions)


SHOPS = st.builds(
    _shop,
    st.lists(SALE, min_size=3, max_size=20),
    st.builds(_articles, st.lists(_CATEGORIES, min_size=5, max_size=5), st.lists(_CREATED, min_size=4, max_size=4)),
    st.lists(VERSIONED, max_size=5),
    st.lists(PROMOTED, max_size=3),
)


def apart(shops: Sequence[Shop]) -> Shop:
    """All of them in one, each with ids of its own: what holds of many shops costs no more to see than of one."""

    def own(rows: Sequence[Any], number: int) -> list[Any]:
        return [
            {name: f"{value}.{number}" if value and name in _IDS else value for name, value in row.items()}
            for row in rows
        ]

    tables = ("transactions", "articles", "versions", "promotions")
    return Shop(
        *([row for number, shop in enumerate(shops) for row in own(getattr(shop, name), number)] for name in tables)
    )


TOLD = st.builds(
    lambda start, days, later, zone, settings: Told(
        FIRST + timedelta(days=start), FIRST + timedelta(days=start + days),
        local_midnight(FIRST + timedelta(days=start + days), zone) + timedelta(hours=later), zone, settings,
    ),
    st.sampled_from([0, 0, 1, 7, 34, 42]), st.sampled_from([50, 36, 10, 3, 1]), st.sampled_from([0, 5, 200]),
    st.sampled_from(ZONES),
    st.builds(
        Settings, retire_after_days=st.sampled_from([0, 0, 1, 3, 30]),
        first_day=st.sampled_from(["first_sale", "created_at"]),
        category_column=st.sampled_from(["category_id", "index_group_name"]),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """The rows of the four tables."""

    days: list[dict[str, Any]]
    category_days: list[dict[str, Any]]
    weeks: list[dict[str, Any]]
    category_weeks: list[dict[str, Any]]


@contextmanager
def registered(shop: Shop) -> Iterator[tuple[Backend, Sources]]:
    """An engine that has the shop's tables."""
    arrow = {
        "transactions": pa.Table.from_pylist(list(shop.transactions), TRANSACTIONS),
        "articles": pa.Table.from_pylist(list(shop.articles), ARTICLE) if shop.articles else None,
        "versions": pa.Table.from_pylist(list(shop.versions), VERSION) if shop.versions else None,
        "promotions": None if shop.promotions is None else pa.Table.from_pylist(list(shop.promotions), PROMOTION),
    }
    with engine("300MB", threads=1) as backend:
        found = {name: backend.given(f"raw_{name}", rows) for name, rows in arrow.items() if rows is not None}
        yield backend, Sources(**found)


def made(shop: Shop, told: Told) -> Tables | None:
    """The rows, as the product makes them; None where no line counts."""
    period = Period(told.begins(told.start), told.begins(told.end), told.as_of, told.zone)
    with registered(shop) as (backend, sources):
        found = make(backend, sources, period, told.settings)
        if found is None:
            return None
        tables = []
        for name, parts, schema, weekly in (
            ("made_days", article_rows(backend, found, period), ARTICLES, ARTICLE_WEEKS),
            ("made_category_days", category_rows(backend, found, period), CATEGORIES, CATEGORY_WEEKS),
        ):
            rows = pa.Table.from_pylist([row for part in parts for row in records(backend, part)], schema.to_pyarrow())
            weeks = week_rows(backend.given(name, rows), found.days, period, weekly)
            tables += [rows.to_pylist(), records(backend, weeks)]
    return Tables(tables[0], tables[2], tables[1], tables[3])
