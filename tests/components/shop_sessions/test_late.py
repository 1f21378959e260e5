"""Events that come too late, and runs that are told another gap: no session loses an event, and none gets one twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.shell.engine import Engine, count
from components.shell.errors import ContractError
from components.shop_sessions import renewed
from components.shop_sessions.cut import cut
from components.shop_sessions.renewed import Before, near, regions, renew
from components.shop_sessions.schemas import EVENTS, SESSIONS
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import visits
from tests.components.shop_sessions.shops import Shop, known, small_engine, table
from tests.components.shop_sessions.test_sessions import require_numbered
from tests.components.shop_sessions.world import Row, World, rows

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
TICK = timedelta(minutes=15)
pytestmark = [pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def event(number: int, at: datetime, customer: str = "c") -> Row:
    """A view of a customer."""
    told = {"session_id": None, "customer_id": customer, "article_id": "01", "campaign_id": None, "anonymous_id": None}
    return {**told, "event_id": f"{customer}{number:03}", "event_type": "view", "event_time": at}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of January."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def sessions_of(named: Sequence[Row]) -> list[list[str]]:
    """The ids of the events of each session, from the tables, once these agree with each other."""
    found: dict[str, list[str]] = {row["session_key"]: [] for row in rows("sessions")}
    for row in sorted(rows("session_events"), key=lambda row: (row["occurred_at"], row["event_id"])):
        found[row["session_key"]].append(row["event_id"])
    assert {row["session_key"]: row["events"] for row in rows("sessions")} == {
        key: len(ids) for key, ids in found.items()
    }
    assert sorted(row["event_id"] for row in rows("events")) == sorted(str(row["event_id"]) for row in named)
    return sorted(found.values())


# What comes too late, so many minutes past 18:30, of customers of these names; what is in time changes nothing before
# 19:30.
LATE = {"begins": 50, "within": 72, "ends": 85, "joins": 105, "before": 20, "behind": 180}


@pytest.mark.parametrize("together", [True, False], ids=["in one run", "in an earlier run"])
def test_what_comes_too_late_takes_no_session_away(*, together: bool) -> None:
    """A session in reach of an event in time is made anew of the events that it had."""
    world = World()
    times = {1: at(6, 19, 35), 2: at(6, 19, 50), 3: at(6, 20, 30), 4: at(10, 11)}
    world.run([event(number, time, name) for name in LATE for number, time in times.items()], NOON)
    late = [event(5, at(6, 18, 30) + timedelta(minutes=minutes), name) for name, minutes in LATE.items()]
    in_time = [event(6, at(7, 20), name) for name in LATE]
    coming = [[*late, *in_time]] if together else [late, in_time]
    told = [world.run(new, NOON + number * TICK).summary.details for number, new in enumerate(coming, 1)]
    assert [each["too_late"] for each in told] == ([len(LATE)] if together else [len(LATE), 0])
    assert sessions_of(world.source) == sorted(
        [f"{name}{number:03}" for number in session] for name in LATE for session in ((1, 2), (3,), (4,), (6,))
    )


@pytest.mark.parametrize(("gap", "then"), [(30, 60), (60, 30), (30, 24 * 60), (24 * 60, 1)])
def test_a_run_may_be_told_another_gap_than_the_one_before(gap: int, then: int) -> None:
    """What reaches beyond what changes stays as it was cut; each event is in one session all the same."""
    shop = Shop(Settings(gap_minutes=gap))
    # On both sides of the instant from which on the second run makes sessions anew.
    edge = at(9, 12, 10) - timedelta(minutes=then)
    shop.run([event(number, edge + timedelta(minutes=40 * number - 100)) for number in range(6)], NOON)
    shop.told = Settings(gap_minutes=then)
    shop.run([event(50, at(10, 12, 10))], NOON + TICK)
    assert sorted(row["event_id"] for row in shop.events) == sorted(row["event_id"] for row in shop.landed)
    assert sum(row["events"] for row in shop.sessions) == len(shop.events)


def test_the_gap_of_a_finding() -> None:
    """A session at the edge of what changes would be joined with one beyond it: it stays."""
    world = World()
    world.run([event(1, at(9, 10, 50)), event(2, at(9, 11, 30))], NOON)
    world.told = Settings(gap_minutes=60)
    world.run([event(3, at(10, 12))], NOON + TICK)
    assert sessions_of(world.source) == [["c001"], ["c002"], ["c003"]]


def test_a_session_that_is_made_anew_without_those_that_stay_is_numbered_anew() -> None:
    """Of two given sessions one reaches beyond what changes: the events of the other are told among its own."""
    shop = Shop(Settings(session_mode="given_then_gap"))
    times = {("a", 1): at(9, 11, 20), ("b", 2): at(9, 11, 32), ("a", 3): at(9, 11, 40), ("b", 4): at(9, 11, 50)}
    shop.run([{**event(number, time), "session_id": name} for (name, number), time in times.items()], NOON)
    shop.told = Settings()
    # Another customer's event, which has the day replaced.
    shop.run([event(5, NOON), event(6, at(9, 13), "d")], NOON + TICK)
    found = {row["event_id"]: (row["position"], row["seconds_to_next"]) for row in shop.events if row["visitor"] == "c"}
    assert found == {"c001": (1, 1200), "c003": (2, None), "c002": (1, 1080), "c004": (2, None), "c005": (1, None)}
    require_numbered(shop)


def test_the_days_of_a_long_session_are_numbered_anew() -> None:
    """It was within its length before, and stays; what comes late within it is a session of its own."""
    shop = Shop(Settings(max_session_hours=72))
    start = at(8, 0)
    shop.run([event(number, start + number * timedelta(minutes=20)) for number in range(3 * 68 + 1)], at(10, 21))
    shop.told = Settings()
    shop.run([event(901, at(9, 12, 10)), event(902, at(9, 12, 30))], at(10, 21) + TICK)
    found = {row["event_id"]: (row["position"], row["seconds_to_next"]) for row in shop.events}
    assert (found["c901"], found["c902"]) == ((1, 1200), (2, None))
    require_numbered(shop)


def test_a_session_that_would_lose_an_event_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """However that comes to be: the event is landed, and where sessions are cut it lacks."""
    shop, told = Shop(Settings()), Settings()
    shop.run([event(1, at(9, 10)), event(2, at(9, 10, 10))], NOON)
    new: list[dict[str, Any]] = [event(3, at(9, 10, 20))]
    with small_engine() as backend:
        around = regions(visits(table(backend, new, EVENTS), told), told)
        before = Before(table(backend, shop.sessions, SESSIONS), known(backend, shop, new))
        every = near(visits(table(backend, [*shop.landed, *new], EVENTS), told), around, told)
        assert count(backend, renew(backend, every, around, before, NOON, told).events) == 3

        def without(backend: Engine, events: ir.Table, settings: Settings) -> ir.Table:
            return cut(backend, events.filter(events.event_id != "c001"), settings)

        monkeypatch.setattr(renewed, "cut", without)
        with pytest.raises(ContractError, match="1 event of sessions that are made anew would be in none"):
            renew(backend, every, around, before, NOON, told)


@pytest.mark.parametrize(("erased", "left"), [(["c001"], [["c002", "c003"]]), (["c001", "c002"], [["c003"]])])
def test_events_that_are_erased_before_their_sessions_stop_nothing(erased: list[str], left: list[list[str]]) -> None:
    """A tick falls between, or the erasure ends there: what is no longer landed leaves its session."""
    world = World()
    world.run([event(1, at(9, 10)), event(2, at(9, 10, 10)), event(1, at(9, 10), "d")], NOON)
    quoted = "(" + ", ".join(f"'{name}'" for name in erased) + ")"
    load_table(open_catalog(), "retail.events").delete(f"event_id in {quoted}")
    world.source = [row for row in world.source if row["event_id"] not in erased]
    world.run([event(3, at(9, 10, 20))], NOON + TICK)
    assert sessions_of(world.source) == [*left, ["d001"]]
