"""Ties, edges and what a source lacks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from components.customer_features.settings import Settings
from components.retail.moment import Moment
from components.retail.time import cut_day
from components.shell.errors import ConfigurationError
from components.shell.instants import local_midnight
from tests.components.customer_features.shops import Row, made, table
from tests.components.customer_features.test_leaks import CUT, LATE, SHOP, bought, customer

_RATES = ("conversion_rate", "view_to_buy_rate", "click_through_rate", "add_to_cart_rate", "cart_abandon_rate")


def events(*kinds: str, of: str = "a", at: datetime = CUT.cut) -> list[Row]:
    """Events of a customer, of these types, at one instant."""
    told = {"customer_id": of, "created_at": at, "known_at": None}
    return [{**told, "event_id": 100 * ord(of) + number, "event_type": kind} for number, kind in enumerate(kinds)]


def browsed(*each: tuple[str, ...], settings: Settings | None = None) -> list[dict[str, Any]]:
    """The features of customers, each after these events."""
    names = "abcdefgh"[: len(each)]
    seen = [event for name, kinds in zip(names, each, strict=True) for event in events(*kinds, of=name)]
    shop = {"transactions": [], "customers": [customer(name) for name in names], "events": seen}
    return made(shop, CUT, settings).features


def test_both_vocabularies_of_events_count() -> None:
    """`cart` and `add_to_cart` are one kind, and so are `buy` and `purchase`; what is unknown is an event too."""
    kinds = ("view", "product_view", "click", "click", "cart", "add_to_cart", "buy", "purchase", "share")
    (found,) = browsed(kinds)
    names = ("session_events", "views", "clicks", "carts", "cart_additions", "buys")
    assert [found[name] for name in names] == [9, 2, 2, 2, 2, 2]
    assert [found[name] for name in _RATES] == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert found["dominant_event_type"] == "buy"


def test_nothing_is_divided_by_nothing() -> None:
    """Rates are null where there is nothing to be a share of, and more buys than carts are no negative share."""
    bought_, carted, nothing = browsed(("buy",), ("cart", "buy", "buy"), ())
    assert [bought_[name] for name in _RATES] == [None] * 5
    assert carted["cart_abandon_rate"] == 0.0
    assert (nothing["views"], nothing["dominant_event_type"]) == (0, None)


def test_of_equally_frequent_events_the_weightier_dominates() -> None:
    """Buys before carts, wishes, clicks and views."""
    expected = {
        ("view", "click"): "click",
        ("view", "click", "wishlist"): "wishlist",
        ("wishlist", "cart"): "cart",
        ("cart", "buy"): "buy",
        ("view", "view", "buy"): "view",
        ("share",): None,
    }
    assert [row["dominant_event_type"] for row in browsed(*expected)] == list(expected.values())


def test_a_source_may_call_events_as_it_likes() -> None:
    """Its own names hold in place of the common ones."""
    (found,) = browsed(("gesehen", "view"), settings=Settings(event_types={"gesehen": "view"}))
    assert (found["views"], found["session_events"]) == (1, 2)


def test_the_last_thirty_days_begin_behind_their_instant() -> None:
    """What is thirty days old to the microsecond is outside, and what happens at the cut is inside."""
    first = CUT.cut - timedelta(days=30)
    for at, counted in ((first, 0), (first + timedelta(microseconds=1), 1), (CUT.cut, 1)):
        shop = {"transactions": [], "customers": [customer("a")], "events": events("view", at=at)}
        found = made(shop, CUT).of("a")
        assert (found["views"], found["views_30d"], found["session_events_30d"]) == (1, counted, counted)


def test_ties_of_channels_and_categories_have_an_order() -> None:
    """As many lines: the one of later, then of more money, then the least."""
    day = date(2026, 1, 2)
    shop = {
        "transactions": [
            bought(day, "a", sales_channel_id=1, article_id="01"),
            bought(date(2026, 1, 1), "a", sales_channel_id=2, article_id="02"),
            bought(day, "b", "9", sales_channel_id=2, article_id="01"),
            bought(day, "b", "10", sales_channel_id=1, article_id="02"),
            bought(day, "c", sales_channel_id=None, article_id="02"),
            bought(day, "c", sales_channel_id=None, article_id="03"),
        ],
        "articles": [{"article_id": f"0{number}", "category_id": f"C{number}"} for number in (1, 2, 3)],
    }
    found = made(shop, CUT)
    told = {name: (found.of(name)["most_used_sales_channel"], found.of(name)["top_category"]) for name in "abc"}
    assert told == {"a": (1, "C1"), "b": (1, "C2"), "c": (None, "C2")}
    assert [(row["customer_id"], row["category_id"], row["share"]) for row in found.categories] == [
        (name, category, 0.5)
        for name, both in (("a", "12"), ("b", "12"), ("c", "23"))
        for category in ("C" + both[0], "C" + both[1])
    ]


def test_articles_have_the_category_that_was_known_at_the_cut() -> None:
    """Not the one of today, and not the one that the source has now; an article without versions has that."""
    versions = [
        {"article_id": "01", "category_id": name, "version": number, "known_at": CUT.cut + timedelta(days=number - 2)}
        for number, name in ((1, "old"), (2, "then"), (3, "later"))
    ]
    shop = {
        "transactions": [bought(date(2026, 1, 2), "a"), bought(date(2026, 1, 2), "b", article_id="02")],
        "articles": [{"article_id": number, "category_id": "now"} for number in ("01", "02", "02")],
    }
    found = made(shop, CUT, versions=versions, telling=True)
    assert (found.of("a")["top_category"], found.of("b")["top_category"]) == ("then", "now")
    assert found.told is not None
    assert found.told.details["categories_from"] == {"versions": 1, "current": 1}
    assert found.of("b")["total_transactions"] == 1


def test_categories_that_were_known_later_are_told() -> None:
    """Of a cut before articles-content has ever run: the first versions stand for what was then."""
    version = {"article_id": "01", "category_id": "later", "version": 1, "known_at": LATE}
    found = made({"transactions": [bought(date(2026, 1, 2), "a")]}, CUT, versions=[version], telling=True)
    assert found.told is not None
    assert (found.of("a")["top_category"], found.told.details["categories_from"]) == ("later", {"first_known": 1})


@pytest.mark.parametrize(
    ("taken", "allowed", "news"), [(36, False, "NONE"), (37, False, None), (37, True, "NONE"), (None, False, None)]
)
def test_what_customers_are_today_is_not_told_of_long_ago(taken: int | None, allowed: bool, news: str | None) -> None:
    """More than 36 hours after as_of, or nobody knows when, mutable attributes are null; ages stay."""
    at = None if taken is None else CUT.as_of + timedelta(hours=taken)
    found = made(SHOP, CUT, Settings(allow_current_attributes=allowed), taken_at=at, telling=True)
    assert (found.of("a")["fashion_news_frequency"], found.of("a")["age"]) == (news, 30)
    assert (found.of("a")["club_member_status"] is None) == (news is None)
    assert found.told is not None
    assert found.told.details["nulled_attributes"] == (
        [] if news else ["club_member_status", "fashion_news_frequency", "active", "payment_status"]
    )


@pytest.mark.parametrize(("late", "news"), [(0, "NONE"), (1, None)])
def test_the_hours_count_from_as_of_wherever_the_day_begins(late: int, news: str | None) -> None:
    """In Los Angeles a run at 04:00 UTC is of a day that began 20 hours before."""
    zone, as_of = "America/Los_Angeles", datetime(2026, 1, 15, 4, tzinfo=UTC)
    moment = Moment(local_midnight(cut_day(as_of, zone), zone), as_of, zone)
    found = made(SHOP, moment, taken_at=as_of + timedelta(hours=36, seconds=late))
    assert found.of("a")["fashion_news_frequency"] == news


@pytest.mark.parametrize(("hours", "news"), [(36, "NONE"), (37, None)])
def test_a_cut_given_by_hand_knows_nothing_of_later_days(hours: int, news: str | None) -> None:
    """Its run may be of long after: then the hours count from the cut."""
    moment = Moment(CUT.cut, LATE, "UTC")
    found = made(SHOP, moment, taken_at=CUT.cut + timedelta(hours=hours))
    assert found.of("a")["fashion_news_frequency"] == news


def test_what_a_source_lacks_is_null() -> None:
    """A shop of transactions alone: baskets stand for orders; counts of what is not told are no zeros."""
    shop = {"transactions": [bought(date(2026, 1, 2), "a"), bought(date(2026, 1, 2), "a", quantity=3)]}
    found = made(shop, CUT, telling=True)
    told = found.of("a")
    assert (told["total_orders"], told["total_items_bought"], told["avg_order_value"]) == (1, 4, 40.0)
    assert [told[name] for name in ("views", "wishlist_size", "category_count", "fashion_news_frequency", "age")] == [
        None
    ] * 5
    assert found.told is not None
    assert found.told.details["unknown_customers"] == 1
    assert found.told.warnings == ("the source has no customers: rows are of those alone who bought something",)


def test_columns_that_a_source_lacks_are_null() -> None:
    """Nobody subscribed to no news where the source tells of no news; orders without a status are all orders."""
    customers = table("customers", SHOP["customers"]).drop_columns(["fashion_news_frequency", "signup_date"])
    orders = table("orders", SHOP["orders"]).drop_columns(["payment_status"])
    found = made({**SHOP, "customers": customers, "orders": orders}, CUT).of("a")
    assert (found["fashion_news_frequency"], found["signup_age_days"], found["age"]) == (None, None, 30)
    assert (found["active"], found["total_orders"]) == (True, 2)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("customers", "customer_id"), ("orders", "order_id"), ("orders", "order_date"), ("order_items", "order_id"),
        ("events", "event_id"), ("events", "event_type"), ("events", "created_at"), ("wishlist", "wishlist_id"),
        ("wishlist", "added_at"), ("transactions", "price"),
    ],
)  # fmt: skip
def test_columns_that_a_row_cannot_do_without_are_named(name: str, column: str) -> None:
    """Without the dates of orders nobody would ever have ordered."""
    lacking = table(name, SHOP.get(name, [])).drop_columns([column])
    with pytest.raises(ConfigurationError, match=f"there is no column '{column}'"):
        made({**SHOP, name: lacking}, CUT)


def test_events_of_types_that_nobody_names_are_told() -> None:
    """How many there are, with a warning where they are over half."""
    for kinds, warned in ((("view", "page_view"), False), (("view", "page_view", "page_view"), True)):
        shop = {"transactions": [], "customers": [customer("a")], "events": events(*kinds)}
        told = made(shop, CUT, telling=True).told
        assert told is not None
        assert told.details["tables"]["events"]["other_types"] == len(kinds) - 1
        assert any("are of types that event_types does not name" in each for each in told.warnings) == warned


def test_customers_of_later_are_not_there_yet() -> None:
    """Who signs up at the cut is; who buys before signing up has a row without attributes."""
    people = [customer("a", signup_date=CUT.cut), customer("b", signup_date=CUT.cut + timedelta(microseconds=1)),
              customer("c", signup_date=LATE)]  # fmt: skip
    found = made({"transactions": [bought(date(2026, 1, 2), "b")], "customers": people}, CUT)
    assert [(row["customer_id"], row["age"]) for row in found.features] == [("a", 30), ("b", None)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_of_other_lengths_are_days(day: str, hours: int) -> None:
    """Where clocks change, ages of memberships and of purchases count local dates."""
    changed = date.fromisoformat(day)
    begun, at = (local_midnight(changed + timedelta(days=days), "Europe/Berlin") for days in (0, 1))
    assert at - begun == timedelta(hours=hours)
    shop = {"transactions": [bought(changed, "a")], "customers": [customer("a", signup_date=at - timedelta(seconds=1))]}
    found = made(shop, Moment(at, at, "Europe/Berlin")).of("a")
    assert (found["recency_days"], found["signup_age_days"], found["signup_date"]) == (1, 1, changed)


def test_own_cuts_and_segments() -> None:
    """A value at a bound reaches it; days since the last purchase are the better the fewer they are."""
    cuts = {"recency": [5, 10, 12, 13], "frequency": [2, 3, 4, 5], "monetary": [10, 11.5, 12, 14]}
    segments = ["Fresh and rich R4-5 F1-5 M4-5", "Rich R1-5 F1-5 M4-5", "Cheap R1-5 F1-5 M1"]
    found = made(SHOP, CUT, Settings(score_by="cuts", cuts=cuts, segments=segments))
    assert [found.of(name)["rfm_cell"] for name in "abcde"] == ["212", "312", "314", "414", "415"]
    assert [found.of(name)["rfm_segment"] for name in "abcde"] == [
        "Others",
        "Others",
        "Rich",
        "Fresh and rich",
        "Fresh and rich",
    ]


def test_two_shops_at_two_ends_of_a_day() -> None:
    """A zone decides on which day a shop is, and so which lines count."""
    shop = {"transactions": [bought(date(2026, 1, 14), "a"), bought(date(2026, 1, 15), "b")]}
    as_of = datetime(2026, 1, 15, 12, tzinfo=UTC)
    for zone, count in (("Pacific/Auckland", 2), ("America/New_York", 1)):
        cut = local_midnight(cut_day(as_of, zone), zone)
        assert len(made(shop, Moment(cut, as_of, zone)).features) == count
