"""A shop's events from a topic of a real broker become the sessions that plain loops make of them."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.shop_sessions.settings import Settings
from pipelines.events_and_funnels import SHOP
from tests.components.consume_events.conftest import STAMP
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, Shop

pytestmark = pytest.mark.xdist_group("kafka")

AS_OF = datetime.fromtimestamp(STAMP / 1000, UTC)
WORDS = ("view", "product_view", "add_to_cart", "purchase", "wishlist", "share")
PARTITIONS = 3


def happened(count: int) -> list[dict[str, Any]]:
    """Events of the two days before, some of guests, most of them within half an hour of another."""
    by_chance, at, found = random.Random(7), AS_OF - timedelta(days=2), []
    for number in range(count):
        at += timedelta(minutes=by_chance.choice([0, 1, 5, 29, 30, 31, 200]), microseconds=number)
        found.append(
            {"event_id": f"{number:03}", "event_type": by_chance.choice(WORDS), "event_time": at,
             "customer_id": by_chance.choice(["a", "b", None]), "session_id": by_chance.choice(["s", "t"]),
             "anonymous_id": by_chance.choice([None, "d"]), "article_id": by_chance.choice([None, "01"]),
             "campaign_id": by_chance.choice([None, "x"])}
        )  # fmt: skip
    return [event for event in found if event["event_time"] <= AS_OF]


def record(event: Row) -> bytes:
    """The event as a shop sends it; what it does not say is not there."""
    said = {name: value for name, value in event.items() if name != "event_time" and value is not None}
    return json.dumps({**said, "created_at": event["event_time"].isoformat()}).encode()


def told(rows: Sequence[Row], names: Sequence[str]) -> list[Any]:
    """Sessions by these columns, in the order of their keys."""
    return sorted(({name: row[name] for name in names} for row in rows), key=lambda row: str(row["session_key"]))


def test_a_topic_becomes_the_sessions_of_plain_loops(topic, produce, consumed) -> None:
    """In two runs over all partitions; the early events come last, and an odd record costs no other."""
    name, events, shop = topic(PARTITIONS, name="shop.events"), happened(90), Shop(Settings())
    halves, after = (events[30:], events[:30]), None
    for half in halves:
        for number in range(PARTITIONS):
            produce(name, [b"{", *map(record, half[number::PARTITIONS])], partition=number)
        found = consumed({name: "shop"}, after=after, events={"shop": SHOP})
        assert len(found.rejected) == PARTITIONS
        assert sorted((row["event_id"], row["event_type"]) for row in found.events) == [
            (row["event_id"], row["event_type"]) for row in half
        ]
        shop.run(found.events, AS_OF)
        after = found.offsets
    expected = [oracle.row(each, AS_OF, shop.told) for each in oracle.sessions(events, shop.told)]
    assert len(expected) > PARTITIONS
    assert told(shop.sessions, list(expected[0])) == told(expected, list(expected[0]))
