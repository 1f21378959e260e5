"""Random histories of a shop."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from components.customer_features.settings import Settings
from components.retail.moment import Moment
from components.shell.instants import local_midnight
from tests.components.customer_features.shops import Row
from tests.components.retail.oracle import price

ZONES = ("UTC", "Europe/Stockholm", "America/New_York", "Pacific/Auckland", "America/Santiago")
# A leap day, changes of the clocks in each of the zones, and what lies half a year and a year before.
DAYS = [date(2023, 2, 28), date(2023, 3, 31), date(2023, 8, 31), date(2024, 2, 28), date(2024, 2, 29),
        date(2024, 3, 10), date(2024, 3, 31), date(2024, 4, 7), date(2024, 8, 31), date(2024, 9, 8)]  # fmt: skip
INSTANTS = [datetime(2024, 2, 27, tzinfo=UTC) + timedelta(days=each, hours=hour)
            for each in (0, 1, 2, 12, 13, 33, 40, 41, 187, 194) for hour in (0, 3, 4, 11, 22, 23)]  # fmt: skip
_KNOWN = st.one_of(st.none(), st.none(), st.sampled_from(INSTANTS))
_CUSTOMERS = [None, *"aaabbbccde"]
# Few customers, articles and days, so that keys, days and values come again.
TABLES: Mapping[str, Mapping[str, Any]] = {
    "transactions": {
        "transaction_id": st.sampled_from([None, None, None, "1", "2"]),
        "t_dat": st.sampled_from([None, *DAYS, *DAYS]),
        "customer_id": st.sampled_from(_CUSTOMERS),
        "article_id": st.sampled_from([None, "01", "01", "1", "2", "2", "3", "9"]),
        "price": st.sampled_from([None, "-1", "0", "0.050831", "0.050831", "19.99"]).map(price),
        "quantity": st.sampled_from([None, None, None, 1, 2, 0]),
        "sales_channel_id": st.sampled_from([None, 1, 1, 2, 2]),
        "known_at": _KNOWN,
    },
    "customers": {
        "customer_id": st.sampled_from([None, *"abcdfg"]),
        "age": st.sampled_from([None, 13, 14, 40, 110, 111, -1]),
        "club_member_status": st.sampled_from([None, "ACTIVE", "LEFT CLUB"]),
        "fashion_news_frequency": st.sampled_from([None, "NONE", "None", "Regularly"]),
        "active": st.sampled_from([None, True, False]),
        "signup_date": st.sampled_from([None, *INSTANTS]),
        "known_at": _KNOWN,
    },
    "articles": {
        "article_id": st.sampled_from(["01", "1", "2", "9"]),
        "category_id": st.sampled_from([None, "C1", "C1", "C2", "C3"]),
    },
    "orders": {
        "order_id": st.sampled_from([None, 1, 2, 3, 4, 5]),
        "customer_id": st.sampled_from(_CUSTOMERS),
        "order_date": st.sampled_from([None, *INSTANTS]),
        "total_amount": st.sampled_from([None, "-0.01", "0", "10.10", "99.99"]).map(price),
        "payment_status": st.sampled_from([None, "paid", "paid", "refunded"]),
        "known_at": _KNOWN,
    },
    "order_items": {
        "order_item_id": st.sampled_from([None, "1", "2", "3"]),
        "order_id": st.sampled_from([None, 1, 1, 2, 3, 4, 5, 9]),
        "quantity": st.sampled_from([None, 0, 1, 2, 3]),
        "known_at": _KNOWN,
    },
    "events": {
        "event_id": st.sampled_from([None, *range(1, 12)]),
        "customer_id": st.sampled_from(_CUSTOMERS),
        "event_type": st.sampled_from(
            [None, "view", "view", "product_view", "click", "click", "cart", "add_to_cart", "buy", "purchase",
             "wishlist", "share"]
        ),
        "created_at": st.sampled_from([None, *INSTANTS]),
        "known_at": _KNOWN,
    },
    "wishlist": {
        "wishlist_id": st.sampled_from([None, 1, 2, 3]),
        "customer_id": st.sampled_from(_CUSTOMERS),
        "added_at": st.sampled_from([None, *INSTANTS]),
        "known_at": _KNOWN,
    },
}  # fmt: skip
_MOST_ROWS = {"transactions": 20, "events": 14}
Shop = Mapping[str, Sequence[Row]]
SHOPS = st.fixed_dictionaries(
    {
        name: st.lists(st.fixed_dictionaries(dict(columns)), max_size=_MOST_ROWS.get(name, 6))
        for name, columns in TABLES.items()
    }
)
VERSION = st.fixed_dictionaries(
    {
        "article_id": st.sampled_from(["01", "2", "3"]),
        "category_id": st.sampled_from([None, "C1", "C2", "C4"]),
        "version": st.integers(1, 4),
        "known_at": st.sampled_from(INSTANTS),
    }
)
MOMENTS = st.builds(
    lambda zone, day, later: Moment(local_midnight(day, zone), local_midnight(day, zone) + later, zone),
    st.sampled_from(ZONES),
    st.sampled_from(DAYS[4:]),
    st.sampled_from([timedelta(), timedelta(hours=4), timedelta(days=30)]),
)
CUTS = {"recency": [30, 90.5, 180, 365], "frequency": [2, 3, 4, 6], "monetary": [0.050831, 10, 19.99, 40]}
SETTINGS = st.one_of(
    st.builds(Settings, frequency=st.sampled_from(["days", "lines"]), paid_statuses=st.sampled_from([["paid"], []])),
    st.builds(Settings, score_by=st.just("cuts"), cuts=st.just(CUTS)),
    st.builds(
        Settings,
        bins=st.just(3),
        segments=st.just(["Good R2-3 F2-3 M1-3", "New R3 F1 M1-3"]),
        event_types=st.just({"view": "view", "purchase": "buy"}),
    ),
)
# Tables that a shop may do without.
LACKING = st.sets(st.sampled_from(["customers", "articles", "orders", "order_items", "events", "wishlist"]), max_size=3)
_IDS = {"transaction_id", "customer_id", "order_item_id"}
_NUMBERS = {"order_id", "event_id", "wishlist_id"}


def apart(shops: Sequence[Shop], lacking: set[str]) -> Shop:
    """All of them in one, each with ids of its own but for articles, without the tables that are lacking."""
    told: dict[str, list[Row]] = {name: [] for name in TABLES if name not in lacking}
    for number, shop in enumerate(shops):
        for name, rows in told.items():
            rows += [{column: _own(column, value, number) for column, value in row.items()} for row in shop[name]]
    return told


def _own(column: str, value: Any, number: int) -> Any:
    if value is None:
        return None
    if column in _NUMBERS:
        return 100 * number + value
    return f"{value}.{number}" if column in _IDS else value


def numbered(versions: Sequence[Row]) -> list[Row]:
    """Versions as a table holds them: of each article numbers from 1 on, in the order in which they were known."""
    counts: dict[str, int] = {}
    found = []
    for row in sorted(versions, key=lambda row: (row["known_at"], row["version"], str(row["category_id"]))):
        counts[row["article_id"]] = counts.get(row["article_id"], 0) + 1
        found.append({**row, "version": counts[row["article_id"]]})
    return found
