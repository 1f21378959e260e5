"""What customers do, against plain loops."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.shell.engine import records
from components.shop_sessions.behaviour import customer_behaviour, deeds, guests, of_events, of_sessions
from components.shop_sessions.schemas import EVENTS, SESSIONS
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.shops import Row, Shop, small_engine, table

AS_OF = datetime(2024, 3, 13, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
NAMES = {"view": "views", "click": "clicks", "cart": "carts", "buy": "buys", "wishlist": "wishlist_events"}
DAYS = {"": None, "_1d": 1, "_7d": 7, "_30d": 30}


def drawn() -> list[dict[str, Any]]:
    """Events of two months, some just at the ends of windows, of two customers and a guest."""
    by_chance = random.Random(7)
    edges = [AS_OF - timedelta(days=days) + step for days in (0, 1, 7, 30) for step in (-MOMENT, MOMENT * 0, MOMENT)]
    times = [*edges, *(AS_OF - timedelta(minutes=by_chance.randint(1, 80_000)) for _ in range(80))]
    return [
        {
            "event_id": str(number), "customer_id": by_chance.choice(["a", "a", "b", None]), "session_id": "s",
            "anonymous_id": None, "article_id": None, "campaign_id": None,
            "event_type": by_chance.choice(["view", "click", "cart", "buy", "wishlist", "share"]), "event_time": at,
        }
        for number, at in enumerate(times)
    ]  # fmt: skip


def plain(events: Sequence[Row], sessions: Sequence[Row], customer: str) -> dict[str, Any]:
    """What loops tell of a customer."""
    theirs = [event for event in events if event["customer_id"] == customer and event["event_time"] <= AS_OF]
    own = [row for row in sessions if row["customer_id"] == customer]
    closed = [row["length_seconds"] for row in own if row["is_closed"]]
    last = max(event["event_time"] for event in theirs)
    found: dict[str, Any] = {
        "last_event_at": last,
        "seconds_since_last_event": pytest.approx((AS_OF - last) / timedelta(seconds=1)),
        "avg_session_length_seconds": pytest.approx(sum(closed) / len(closed)),
    }
    for suffix, days in DAYS.items():
        start = datetime(1970, 1, 1, tzinfo=UTC) if days is None else AS_OF - timedelta(days=days)
        kinds = [event["event_type"] for event in theirs if event["event_time"] > start]
        counts = {kind: kinds.count(kind) for kind in NAMES}
        found |= {f"{name}{suffix}": counts[kind] for kind, name in NAMES.items()}
        found[f"total_events{suffix}"] = len(kinds)
        found[f"total_sessions{suffix}"] = sum(start < row["started_at"] <= AS_OF for row in own)
        share = counts["buy"] / counts["view"] if counts["view"] else None
        found[f"conversion_rate{suffix}"] = None if share is None else pytest.approx(share)
        order = ["buy", "cart", "wishlist", "click", "view"]
        most = max(order, key=lambda kind: counts[kind])
        found[f"dominant_event_type{suffix}"] = most if counts[most] else None
    return found


def test_counts_slide_to_the_microsecond_and_guests_are_left_out() -> None:
    """An event as old as the window is in none of it; one at the instant of the run is, one just behind it is not."""
    events = drawn()
    shop = Shop(Settings())
    shop.run(events, AS_OF)
    with small_engine() as backend:
        every = of_events(deeds(table(backend, events, EVENTS), shop.told), AS_OF)
        held = of_sessions(table(backend, shop.sessions, SESSIONS), AS_OF)
        found = {row["customer_id"]: row for row in records(backend, customer_behaviour(every, held, AS_OF))}
        nobodys = records(backend, guests(every))[0]["rows"]
    assert sorted(found) == ["a", "b"]
    assert nobodys == sum(event["customer_id"] is None and event["event_time"] <= AS_OF for event in events)
    assert nobodys > 0
    for customer, row in found.items():
        expected = plain(events, shop.sessions, customer)
        assert {name: row[name] for name in expected} == expected
