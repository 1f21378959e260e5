"""Funnels by day and article against plain loops."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components.shell.engine import count, records
from components.shop_sessions.daily import (
    PAIRED,
    Held,
    article_funnel,
    articles_of,
    entered,
    funnel_daily,
    sessions_reached,
    steps_by_session,
    units_of,
)
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.schemas import SESSIONS, STEPS
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, Shop, small_engine, table

ZONE = "America/New_York"
FUNNELS = (
    Funnel("shop", ("view", "cart", "buy")),
    Funnel("quick", ("view", "buy"), window_minutes=5, ties="strict"),
    Funnel("both", ("wishlist", "cart"), order="any"),
    Funnel("people", ("view", "cart", "buy"), scope="customer", window_minutes=2 * 24 * 60),
    Funnel("soon", ("view", "buy"), scope="customer", window_minutes=90),
)
TOLD = Settings(timezone=ZONE, funnels=FUNNELS)
AS_OF = datetime(2024, 3, 13, 12, tzinfo=UTC)
KINDS = ["view", "view", "cart", "wishlist", "purchase", "share"]


def shop() -> Shop:
    """Five days of events about the night of 10 March 2024, when clocks in New York go forward; and a bot."""
    start, by_chance = datetime(2024, 3, 8, 3, 50, tzinfo=UTC), random.Random(19)
    pauses = [timedelta(seconds=20), timedelta(minutes=4), timedelta(minutes=9)] * 5 + [timedelta(hours=3)]
    events, at = [], start
    for number in range(400):
        at += by_chance.choice(pauses)
        customer = by_chance.choice(["a", "a", "b", None])
        events.append(
            {
                "event_id": f"{number:04}", "customer_id": customer, "session_id": f"s{number // 30}",
                "anonymous_id": None, "campaign_id": None, "article_id": by_chance.choice([None, "1", "1", "2"]),
                "event_type": by_chance.choice(KINDS), "event_time": at,
            }
        )  # fmt: skip
    events = [event for event in events if event["event_time"] <= AS_OF]
    events += [
        {**events[0], "event_id": f"b{number:04}", "customer_id": "bot", "event_type": "view",
         "event_time": start + timedelta(milliseconds=100 * number)}
        for number in range(60)
    ]  # fmt: skip
    made = Shop(TOLD)
    made.run(events, AS_OF)
    return made


@pytest.fixture(scope="module")
def made() -> tuple[Shop, dict[str, list[dict[str, Any]]]]:
    """The shop, and what the product tells of all its days."""
    told = shop()
    days = [date(2024, 3, 1) + timedelta(days=number) for number in range(15)]
    with small_engine() as backend:
        held = Held(table(backend, told.sessions, SESSIONS), table(backend, told.events, STEPS), AS_OF, TOLD)
        came = {each.name: sessions_reached(held, each) for each in FUNNELS[:3]}
        told_of = [(each, units_of(held, each, came.get(each.name))) for each in FUNNELS]
        found = {
            "funnels": records(backend, funnel_daily(told_of, days)),
            "articles": records(backend, article_funnel(articles_of(held), days)),
            "steps": records(backend, steps_by_session(held, came)),
        }
    return told, found


def local(at: datetime) -> Any:
    """The day that clocks of the shop show."""
    return at.astimezone(ZoneInfo(ZONE)).date()


def plain(events: Sequence[Row]) -> list[dict[str, Any]]:
    """Events as the oracle of funnels takes them."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [{**event, "at": (event["occurred_at"] - epoch) // timedelta(microseconds=1)} for event in events]


def units(told: Shop, funnel: Funnel) -> list[tuple[Any, str, tuple[int, dict[int, float]]]]:
    """Of each unit its day, its visitor, and how far it came."""
    people = {row["session_key"]: row for row in told.sessions if not row["is_bot"]}
    events = [event for event in plain(told.events) if event["session_key"] in people]
    if funnel.scope == "session":
        return [
            (local(row["started_at"]), row["visitor"],
             oracle.reached([event for event in events if event["session_key"] == key], funnel))
            for key, row in people.items()
        ]  # fmt: skip
    found = []
    for visitor, day in sorted({(event["visitor"], local(event["occurred_at"])) for event in events}):
        theirs = [event for event in events if event["visitor"] == visitor]
        # A view of another day is no entry of this one.
        kept = [e for e in theirs if e["kind"] != funnel.steps[0] or local(e["occurred_at"]) == day]
        kept = [e for e in kept if local(e["occurred_at"]) >= day]
        if any(event["kind"] == funnel.steps[0] for event in kept):
            found.append((day, visitor, oracle.reached(kept, funnel)))
    return found


@pytest.mark.parametrize("funnel", FUNNELS, ids=lambda funnel: funnel.name)
def test_funnels_by_day_are_those_of_plain_loops(made: Any, funnel: Funnel) -> None:
    """Units and visitors by step, shares, and medians; of local days, one of them with 23 hours; bots left out."""
    told, found = made
    every = units(told, funnel)
    rows = {(row["day"], row["step"]): row for row in found["funnels"] if row["funnel"] == funnel.name}
    assert {day for day, _ in rows} == {day for day, _, _ in every}
    for (day, step), row in rows.items():
        got = [(who, took[step]) for at, who, (steps, took) in every if at == day and steps >= step]
        assert (row["sessions"], row["visitors"]) == (len(got), len({who for who, _ in got}))
        assert row["median_seconds"] == (pytest.approx(median(took for _, took in got)) if got else None)
        first = rows[day, 1]["sessions"]
        assert row["conversion_from_first"] == (pytest.approx(len(got) / first) if first else None)
        if step > 1:
            before = rows[day, step - 1]
            assert row["sessions"] <= before["sessions"]
            assert (row["conversion_from_previous"] is None) == (not before["sessions"])
    assert any(row["sessions"] > 0 for (_, step), row in rows.items() if step == len(funnel.steps))


def test_a_day_is_final_once_it_is_over_and_all_its_sessions_are_closed(made: Any) -> None:
    """The day of the run is not; one of customers waits for the window too."""
    told, found = made
    final = {(row["funnel"], row["day"]): row["is_final"] for row in found["funnels"]}
    days = sorted({local(row["started_at"]) for row in told.sessions})
    assert [final["shop", day] for day in days] == [day < local(AS_OF) for day in days]
    assert [final["people", day] for day in days if ("people", day) in final] == [
        day < local(AS_OF) - timedelta(days=3) for day in days if ("people", day) in final
    ]


def test_articles_are_counted_in_sessions_with_the_same_article(made: Any) -> None:
    """No join of events with lines multiplies them."""
    told, found = made
    funnel, counted = Funnel("article", ("view", "cart", "buy")), Counter[Any]()
    sessions: dict[Any, list[Any]] = {}
    for event in plain(told.events):
        if event["article_id"] is not None:
            sessions.setdefault((event["session_key"], event["article_id"]), []).append(event)
    started = {row["session_key"]: row for row in told.sessions}
    for (key, article), events in sessions.items():
        steps, _ = oracle.reached(events, funnel)
        for step in range(1, steps + 1):
            counted[article, local(started[key]["started_at"]), step] += not started[key]["is_bot"]
    told_of = {
        (row["article_id"], row["day"], step): row[name]
        for row in found["articles"]
        for step, name in enumerate(("view_sessions", "cart_sessions", "buy_sessions"), 1)
        if row[name]
    }
    assert told_of == +counted
    assert any(step == 3 for _, _, step in told_of)


def test_each_session_says_how_far_it_came(made: Any) -> None:
    """In every funnel of sessions, a bot's too."""
    told, found = made
    events = plain(told.events)
    for row in found["steps"]:
        theirs = [event for event in events if event["session_key"] == row["session_key"]]
        for funnel in FUNNELS[:3]:
            assert row[f"{funnel.name}_steps"] == oracle.reached(theirs, funnel)[0]


def visited(times: Mapping[str, Sequence[datetime]], told: Settings) -> Shop:
    """Customers who look at something at these times."""
    made = Shop(told)
    view = {"session_id": None, "anonymous_id": None, "campaign_id": None, "article_id": "1", "event_type": "view"}
    events = [{**view, "customer_id": name, "event_time": at} for name, every in times.items() for at in every]
    made.run([{**event, "event_id": f"{number:05}"} for number, event in enumerate(events)], AS_OF)
    return made


# Midnight strikes twice, or not at all: the local day begins at that instant.
BEGINNINGS = {
    "America/Havana": datetime(2026, 11, 1, 4, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 11, 4, 3, tzinfo=UTC),
    "Asia/Beirut": datetime(2024, 3, 30, 22, tzinfo=UTC),
}


@pytest.mark.parametrize(("zone", "begins"), BEGINNINGS.items(), ids=list(BEGINNINGS))
def test_who_enters_in_the_first_hour_of_a_day_is_counted_on_it(zone: str, begins: datetime) -> None:
    """To the microsecond, whatever clocks do at its midnight."""
    told, moment = Settings(timezone=zone, funnels=FUNNELS[3:]), timedelta(microseconds=1)
    half = timedelta(minutes=30)
    entries = {"a": [-16 * half, -moment], "b": [0 * half], "c": [half], "d": [2 * half], "e": [3 * half - moment]}
    made = visited({name: [begins + after for after in every] for name, every in entries.items()}, told)
    day = begins.astimezone(ZoneInfo(zone)).date()
    days = [day + timedelta(days=number) for number in range(-2, 3)]
    with small_engine() as backend:
        held = Held(table(backend, made.sessions, SESSIONS), table(backend, made.events, STEPS), AS_OF, told)
        found = records(backend, funnel_daily([(each, units_of(held, each)) for each in told.funnels], days))
    first = {(row["funnel"], row["day"]): row["sessions"] for row in found if row["step"] == 1}
    expected = {day - timedelta(days=1): 1, day: 4}
    assert first == {(each.name, at): number for each in told.funnels for at, number in expected.items()}


def test_events_meet_the_days_of_their_window_alone() -> None:
    """A kiosk enters every day: with each day more there are no more pairs of each event with days."""
    funnel = FUNNELS[-1]
    for days in (20, 60):
        times = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=45 * number) for number in range(32 * days)]
        made = visited({"kiosk": times}, Settings(timezone=ZONE, funnels=(funnel,)))
        with small_engine() as backend:
            held = Held(table(backend, made.sessions, SESSIONS), table(backend, made.events, STEPS), AS_OF, made.told)
            events, entries = entered(held, funnel)
            pairs = count(backend, events.inner_join(entries, PAIRED))
            of_visitor = count(backend, held.timed.inner_join(entries.drop("stretch"), "visitor"))
        # Each event in two stretches of three days.
        assert len(times) < pairs <= 2 * 3 * len(times)
        assert of_visitor >= days * len(times)
