"""Days and weeks against plain loops, and what plain mistakes would make of them."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.components.daily_sales import oracle
from tests.components.daily_sales.histories import SHOPS, TOLD, Tables, apart, made
from tests.components.daily_sales.oracle import Row, Shop, Told

FRACTIONS = ("avg_price", "rolling_7", "rolling_30", "rolling_7_before", "rolling_30_before", "rolling_28_std_before")


def close(rows: Sequence[Row], key: str) -> list[Any]:
    """The rows in an order, for a comparison in which fractions may differ in their last bits."""
    told = [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if value and name in FRACTIONS else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return sorted(told, key=lambda row: (row[key], row.get("date") or row["week_start"]))


def expected(shop: Shop, told: Told) -> Tables:
    """The rows, as the oracle has them."""
    days, categories = oracle.rows(shop, told), oracle.rows(shop, told, "category")
    return Tables(
        close(days, "article_id"),
        close(categories, "category_id"),
        close(oracle.weeks(days, told), "article_id"),
        close(oracle.weeks(categories, told, "category"), "category_id"),
    )


def ordered(found: Tables | None) -> Tables | None:
    """What the product made, in an order, without the holidays of no country."""
    if found is None:
        return None

    def plain(rows: Sequence[Row], key: str) -> list[Any]:
        kept = [{name: value for name, value in row.items() if not name.startswith("holiday")} for row in rows]
        return sorted(kept, key=lambda row: (row[key], row.get("date") or row["week_start"]))

    return Tables(
        plain(found.days, "article_id"),
        plain(found.category_days, "category_id"),
        plain(found.weeks, "article_id"),
        plain(found.category_weeks, "category_id"),
    )


@given(st.lists(SHOPS, min_size=6, max_size=6), TOLD, st.randoms())
@settings(max_examples=12, deadline=None)
def test_rows_are_those_of_plain_loops(shops: Sequence[Shop], told: Told, by_chance: random.Random) -> None:
    """In whatever order lines come."""
    shop = apart(shops)
    found = ordered(made(shop, told))
    if found is None:
        assert not oracle.lines_of(Shop(shop.transactions), told)
        return
    assert found == expected(shop, told)
