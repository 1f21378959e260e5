"""What is easily done wrong, beside what is done here: on a few events the easy way gives another answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.shop_sessions.settings import Settings
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, Shop
from tests.components.shop_sessions.world import World, rows

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOLD = Settings()


def event(number: int, minutes: float, kind: str = "view", customer: str | None = "a", device: str = "d") -> Row:
    """An event so many minutes after noon."""
    without = dict.fromkeys(("session_id", "article_id", "campaign_id"))
    whose = {"customer_id": customer, "anonymous_id": device}
    return {**without, **whose, "event_id": f"{number:03}", "event_type": kind, "event_time": NOON + minutes * MINUTE}


def between(events: Iterable[Row], after: int, until: int) -> list[dict[str, Any]]:
    """The events of these minutes after noon, the last one included."""
    return [dict(each) for each in events if after * MINUTE < each["event_time"] - NOON <= until * MINUTE]


def told_of(sessions: Iterable[Row]) -> list[tuple[str, int, int, int]]:
    """Of each session whose it is, and how many views, carts and buys it has."""
    return sorted((row["visitor"], row["views"], row["carts"], row["buys"]) for row in sessions)


def in_loops(events: Sequence[Row]) -> list[tuple[str, int, int, int]]:
    """The same of what plain loops make of the events."""
    return told_of(oracle.row(each, NOON + timedelta(days=1), TOLD) for each in oracle.sessions(events, TOLD))


def test_sessions_are_not_made_of_the_events_of_one_run() -> None:
    """Each run would end one: nobody who looked would ever buy, and who bought would never have looked."""
    events = [event(1, 10), event(2, 20, "cart"), event(3, 40, "buy")]
    ticks = [between(events, until - 15, until) for until in (15, 30, 45)]
    assert [in_loops(new) for new in ticks] == [[("a", 1, 0, 0)], [("a", 0, 1, 0)], [("a", 0, 0, 1)]]
    shop = Shop(TOLD)
    for number, new in enumerate(ticks, 1):
        shop.run(new, NOON + 15 * number * MINUTE)
    assert told_of(shop.sessions) == in_loops(events) == [("a", 1, 1, 1)]


@pytest.mark.turns
@pytest.mark.xdist_group("shop-sessions")
@pytest.mark.usefixtures("catalog_env")
def test_whether_somebody_has_bought_is_not_told_of_an_open_session() -> None:
    """Who buys at 12:32 has not by 12:30; once a session is closed, what it says stays."""
    events = [event(1, 5), event(2, 10, "cart"), event(3, 5, customer="b"), event(4, 32, "buy")]
    world, before = World(), 0
    of_all: dict[str, list[bool]] = {"a": [], "b": []}
    of_closed: dict[str, list[bool]] = {"a": [], "b": []}
    for until in (15, 30, 45, 75, 105):
        world.run(between(events, before, until), NOON + until * MINUTE)
        before = until
        for row in rows("sessions"):
            of_all[row["visitor"]].append(row["converted"])
            if row["is_closed"]:
                of_closed[row["visitor"]].append(row["converted"])
    assert of_all == {"a": [False, False, True, True, True], "b": [False] * 5}
    assert of_closed == {"a": [True], "b": [False, False]}


def test_a_guest_who_logs_in_is_neither_all_guests_nor_all_who_use_the_device() -> None:
    """A guest looks and logs in as a, who buys; b uses the same device then; a guest of another device buys."""
    guest, other = event(1, 0, customer=None), event(2, 2, "buy", None, "e")
    events = [guest, other, event(3, 5, "cart"), event(4, 10, "buy"), event(5, 12, customer="b")]
    # Those without a customer as one: somebody would have looked and bought, which nobody has.
    by_customer = [{**each, "customer_id": each["customer_id"] or "guests"} for each in events]
    assert in_loops(by_customer) == [("a", 0, 1, 1), ("b", 1, 0, 0), ("guests", 1, 0, 1)]
    # Those of a device as one: b would have put into a cart and bought.
    by_device = [{**each, "customer_id": each["anonymous_id"]} for each in events]
    assert in_loops(by_device) == [("d", 2, 1, 1), ("e", 0, 0, 1)]
    shop = Shop(TOLD)
    shop.run([guest, other], NOON + 3 * MINUTE)
    of_guests = {row["session_key"] for row in shop.sessions}
    shop.run(events[2:], NOON + 15 * MINUTE)
    right = [("a", 0, 1, 1), ("b", 1, 0, 0), ("d", 1, 0, 0), ("e", 0, 0, 1)]
    assert told_of(shop.sessions) == in_loops(events) == right
    # Logging in takes nothing from what the guest has done.
    whose = {row["session_key"]: row["customer_id"] for row in shop.sessions}
    assert {key for key, customer in whose.items() if customer is None} == of_guests
    assert sorted(customer for customer in whose.values() if customer) == ["a", "b"]
