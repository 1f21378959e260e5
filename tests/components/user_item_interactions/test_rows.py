"""Pairs and targets against plain loops, and what plain mistakes would make of them."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.retail import lines
from components.retail.moment import Moment
from components.shell.instants import local_midnight
from components.user_item_interactions import rows as product
from components.user_item_interactions.settings import Settings
from tests.components.retail.oracle import Row, price
from tests.components.user_item_interactions import oracle
from tests.components.user_item_interactions.histories import HISTORIES, MOMENTS, SETTINGS, History, apart, made
from tests.harness.compute import examples

FRACTIONS = ("avg_price_paid", "time_weighted_score", "decayed_count")


def close(rows: list[Any]) -> list[Any]:
    """The rows for a comparison in which fractions may differ in their last bits."""
    return [
        {name: pytest.approx(value, rel=1e-12) if value and name in FRACTIONS else value for name, value in row.items()}
        for row in rows
    ]


def known(history: History, moment: Moment) -> History:
    """The history as it was at `as_of`, without anything that happened or became known later."""
    end = moment.as_of
    bought, seen = history
    return (
        [row for row in bought if (row["known_at"] or end) <= end and (row["t_dat"] or date.min) < moment.day],
        [row for row in seen if (row["known_at"] or end) <= end and (row["created_at"] or end) <= end],
    )


@given(st.lists(HISTORIES, min_size=8, max_size=8), MOMENTS, SETTINGS, st.randoms())
@settings(max_examples=examples(12))
def test_rows_are_those_of_plain_loops(
    histories: Sequence[History], moment: Moment, told: Settings, by_chance: random.Random
) -> None:
    """In whatever order lines and events come, to the last bit; and whatever there is of the time after `as_of`."""
    history = apart(histories)
    pairs, targets = made(*history, moment, told)
    assert pairs == close(oracle.pairs(*history, moment, told))
    assert targets == oracle.targets(history[0], moment, told)
    shuffled = [by_chance.sample(rows, len(rows)) for rows in known(history, moment)]
    assert made(shuffled[0], shuffled[1], moment, told) == (pairs, targets)


def bought(day: int, customer: str, article: str, **others: Any) -> Row:
    """A line of a day of January 2026."""
    line = {"transaction_id": None, "t_dat": date(2026, 1, day), "customer_id": customer, "article_id": article}
    return {**line, "price": price("10"), "quantity": None, "sales_channel_id": 1, "known_at": None, **others}


MOMENT = Moment(datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 1, 20, 2, tzinfo=UTC), "UTC")
CORE = Settings(core_users=2, core_items=2)
# b's second article comes after the cut: at the cut nobody but a has two, and no core is left.
SHOP = [
    *(bought(5, "a", "01") for _ in range(2)), bought(7, "a", "01", sales_channel_id=2), bought(9, "a", "02"),
    bought(10, "b", "01"), bought(16, "b", "02"),
]  # fmt: skip


def test_a_small_shop() -> None:
    """Equal lines are two purchases, days count whole, and the core is that of the cut."""
    pairs, targets = made(SHOP, [], MOMENT, CORE)
    first = pairs[0]
    assert (first["purchase_count"], first["purchase_days"], first["recency_days"]) == (3, 2, 8)
    assert (first["total_spent"], first["last_sales_channel"]) == (price("30"), 2)
    assert first["decayed_count"] < first["time_weighted_score"] < 3
    assert [row["in_core"] for row in pairs] == [False] * 3
    assert [(row["customer_id"], row["article_id"], row["is_repeat"]) for row in targets] == [
        ("a", "02", False),
        ("b", "01", False),
    ]
    assert [(row["customer_known"], row["article_known"]) for row in targets] == [(True, False), (False, True)]


def _deduplicated(transactions: ir.Table, *rest: Any) -> lines.Lines:
    judged = lines.usable_lines(transactions, *rest)
    return lines.Lines(judged.usable.distinct(), judged.rejected)


def _by_the_clock(told: ir.Table, more: ir.Table, _cut: date, tau: float) -> ir.Table:
    return _FEATURES(told, more, MOMENT.as_of.date(), tau)


def _at_as_of(transactions: ir.Table, _day: date, as_of: datetime, *rest: Any) -> lines.Lines:
    """What counts at the run's instant and not at the cut."""
    return lines.usable_lines(transactions, as_of.date(), as_of, *rest)


_FEATURES = product.features


@pytest.mark.parametrize(
    ("name", "leak"), [("usable_lines", _deduplicated), ("features", _by_the_clock), ("usable_lines", _at_as_of)]
)
def test_a_planted_leak_is_found(monkeypatch: pytest.MonkeyPatch, name: str, leak: Callable[..., Any]) -> None:
    """Equal lines dropped, recency against the clock, and a core with what came after the cut: each changes rows."""
    right = close(oracle.pairs(SHOP, [], MOMENT, CORE))
    assert made(SHOP, [], MOMENT, CORE)[0] == right
    monkeypatch.setattr(product, name, leak)
    assert made(SHOP, [], MOMENT, CORE)[0] != right


@given(st.lists(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from([5, 5, 5, 4])), min_size=2, max_size=4),
                min_size=100, max_size=100), st.sampled_from([30.0, 7.0, 0.5]))  # fmt: skip
@settings(max_examples=examples(4))
@example([[(11807, 5), (11807, 5)]], 30.0)
def test_no_piece_weighs_more_than_one_of_the_last_day(shops: list[list[tuple[int, int]]], tau_days: float) -> None:
    """However many pieces a line has, the contract's comparison without a tolerance holds."""
    # Two channels, so that the lines of one day are looked at one by one.
    lines = [
        bought(day, "a", str(article), quantity=quantity, sales_channel_id=1 + place % 2)
        for article, shop in enumerate(shops)
        for place, (quantity, day) in enumerate(shop)
    ]
    pairs, _ = made(lines, [], MOMENT, Settings(tau_days=tau_days))
    assert pairs == close(oracle.pairs(lines, [], MOMENT, Settings(tau_days=tau_days)))
    assert [row for row in pairs if row["decayed_count"] > row["time_weighted_score"]] == []


def test_a_core_over_all_data_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what comes after the cut the same rows would be in the core, though no other feature tells."""
    later = Moment(datetime(2026, 1, 17, tzinfo=UTC), MOMENT.as_of, "UTC")
    everything = [row["in_core"] for row in oracle.pairs(SHOP, [], later, CORE)]
    assert everything == [True] * 4
    found = made(SHOP, [], MOMENT, CORE)[0]

    def leaking(pairs: ir.Table, *_rest: Any) -> ir.Table:
        return pairs

    monkeypatch.setattr(product, "core", leaking)
    assert made(SHOP, [], MOMENT, CORE)[0] != found


def test_a_purchase_after_the_cut_changes_targets_alone() -> None:
    """And those only once its cut has settled."""
    more = [*SHOP, bought(15, "a", "03")]
    assert made(more, [], MOMENT, CORE) == made(SHOP, [], MOMENT, CORE)
    later = Moment(local_midnight(date(2026, 1, 22), "UTC"), MOMENT.as_of + timedelta(days=7), "UTC")
    before, after = made(SHOP, [], later, CORE)[1], made(more, [], later, CORE)[1]
    assert [row for row in after if row not in before] == [
        {
            "cut_at": MOMENT.cut,
            "customer_id": "a",
            "article_id": "03",
            "bought_count": 1,
            "first_bought": date(2026, 1, 15),
            "is_repeat": False,
            "customer_known": True,
            "article_known": False,
            "settled_at": later.cut,
        }
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_of_other_lengths_are_days(day: str, hours: int) -> None:
    """Where clocks change, recency counts local dates."""
    changed = date.fromisoformat(day)
    at = local_midnight(changed + timedelta(days=1), "Europe/Berlin")
    assert at - local_midnight(changed, "Europe/Berlin") == timedelta(hours=hours)
    pairs, _ = made([{**bought(1, "a", "01"), "t_dat": changed}], [], Moment(at, at, "Europe/Berlin"), Settings())
    assert [row["recency_days"] for row in pairs] == [1]


def test_events_at_the_cut_are_after_it() -> None:
    """A view at midnight belongs to the day that the targets begin with; of one before, the pair is a row."""
    view = {"customer_id": "a", "article_id": "09", "event_type": "product_view", "known_at": None}
    at = [{**view, "event_id": "1", "created_at": MOMENT.cut}]
    before = [{**view, "event_id": "2", "created_at": MOMENT.cut - timedelta(microseconds=1)}]
    told = Settings(signals=["purchase", "view"])
    assert made(SHOP, at, MOMENT, told)[0] == made(SHOP, [], MOMENT, told)[0]
    assert [row["views"] for row in made(SHOP, at + before, MOMENT, told)[0]] == [0, 0, 1, 0]
