"""Visitors in parts: whatever their number, the rows are the same; and so few are computed at once as fit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pytest

from components.shell.engine import keep, records
from components.shell.errors import ContractError
from components.shop_sessions import parts
from components.shop_sessions.daily import article_funnel, funnel_daily
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.made import Made
from components.shop_sessions.parts import by_visitor, groups, pieces_for
from components.shop_sessions.renewed import near, regions
from components.shop_sessions.rows import conserve
from components.shop_sessions.schemas import EVENTS, SESSIONS, STEPS
from components.shop_sessions.settings import Settings
from components.shop_sessions.sources import Near, Sources, renew_parts
from components.shop_sessions.visits import PLACED, visits
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, Shop, known, small_engine, table

START = datetime(2024, 3, 8, 23, tzinfo=UTC)
AS_OF = START + timedelta(days=5)
MINUTE = timedelta(minutes=1)
DAYS = [START.date() + timedelta(days=number) for number in range(-1, 6)]
WIDE = frozenset((day - date(1970, 1, 1)).days for day in DAYS)
TOLD = Settings(
    funnels=(
        Funnel("shop", ("view", "cart", "buy")),
        Funnel("people", ("view", "buy"), scope="customer", window_minutes=3 * 24 * 60),
    )
)
KINDS = ["view", "cart", "view", "purchase"]
VISITORS = [f"v{number:02}" for number in range(20)]


def events(first: int, since: timedelta) -> list[Row]:
    """Of each visitor two sessions, beyond midnight and on the next day; so many that each of seven parts has some."""
    return [
        {
            "event_id": f"{first + number}.{place}", "customer_id": visitor, "session_id": None, "anonymous_id": None,
            "campaign_id": None, "article_id": f"{(number + place) % 3}", "event_type": KINDS[place % 4],
            "event_time": START + since + (number + 25 * place) * MINUTE + (place > 3) * timedelta(days=1),
        }
        for number, visitor in enumerate(VISITORS)
        for place in range(7)
    ]  # fmt: skip


def sources_of(backend: Any, shop: Shop, new: Sequence[Row], pieces: int, kept: Sequence[Row]) -> Sources:
    """What a run computes from, behind those that the shop has had, where the table of their events has kept these."""
    around = keep(backend, "around", regions(visits(table(backend, new, EVENTS), TOLD), TOLD))
    every = near(visits(table(backend, [*shop.landed, *new], EVENTS), TOLD), around, TOLD).select(*PLACED)
    held = by_visitor(backend, "held", table(backend, shop.sessions, SESSIONS), pieces)
    steps = by_visitor(backend, "steps", table(backend, kept, STEPS), pieces)
    counting = by_visitor(backend, "counting", known(backend, shop, new), pieces)
    close = Near(by_visitor(backend, "near", every, pieces), held, counting, around)
    return Sources(held, steps, renew_parts(backend, close, pieces, AS_OF, TOLD), WIDE, AS_OF, TOLD)


def made(shop: Shop, new: Sequence[Row], pieces: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, in their order, of a run behind those that the shop has had."""
    with small_engine() as backend:
        sources = sources_of(backend, shop, new, pieces, shop.events)
        found = Made(backend, WIDE, DAYS, TOLD)
        for group in sources.groups():
            found.add(sources.part(group))
        ordered = {
            "sessions": found.sessions.ordered("started_at", "session_key"),
            "session_events": found.events.ordered("session_started_at", "session_key", "position"),
            "funnel_daily": [funnel_daily(found.units(), DAYS)],
            "article_funnel": [article_funnel(found.articles.all(), DAYS)],
        }
        return {name: [row for each in tables for row in records(backend, each)] for name, tables in ordered.items()}


@pytest.fixture(scope="module")
def shop() -> Shop:
    """A shop that has sessions already."""
    found = Shop(TOLD)
    found.run(events(1000, timedelta()), AS_OF - timedelta(days=1))
    return found


@pytest.fixture(scope="module")
def new() -> list[Row]:
    """Late events of all but a few visitors, whose sessions stay as they are."""
    return [row for row in events(2000, timedelta(minutes=10)) if row["customer_id"] not in VISITORS[:3]]


@pytest.fixture(scope="module")
def whole(shop: Shop, new: list[Row]) -> Mapping[str, list[dict[str, Any]]]:
    """What one part makes of all."""
    return made(shop, new, 1)


@pytest.mark.parametrize("pieces", [2, 7])
@pytest.mark.parametrize("most", [1, 100, parts.MOST])
def test_rows_are_the_same_in_however_many_parts(  # noqa: PLR0917 - three fixtures
    shop: Shop, new: list[Row], whole: Any, pieces: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece by itself, some at once, and all at once; in the same order."""
    monkeypatch.setattr(parts, "MOST", most)
    assert made(shop, new, pieces) == whole


def test_one_part_has_all_that_there_is(shop: Shop, new: list[Row], whole: Any) -> None:
    """The sessions are those of plain loops, those that stay and those made anew."""
    every = [*shop.landed, *new]
    expected = {oracle.row(each, AS_OF, TOLD)["session_key"]: len(each) for each in oracle.sessions(every, TOLD)}
    assert {row["session_key"]: row["events"] for row in whole["sessions"]} == expected
    assert sorted(row["event_id"] for row in whole["session_events"]) == sorted(str(row["event_id"]) for row in every)
    days = [row["session_started_at"] for row in whole["session_events"]]
    assert days == sorted(days)
    assert {row["funnel"] for row in whole["funnel_daily"]} == {"shop", "people"}


def test_a_part_is_as_many_pieces_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece is in one group, also one that is too large by itself; no rows are one group."""
    rows = [{"visitor": name, "event_id": "1"} for name in VISITORS] + [{"visitor": "v00", "event_id": "2"}] * 30
    monkeypatch.setattr(parts, "MOST", 12)
    with small_engine() as backend:
        given = table(backend, rows, ibis.schema({"visitor": "string", "event_id": "string"}))
        held = by_visitor(backend, "held", given, 7)
        counts, found = held.rows(), groups([held])
        visitors = [{row["visitor"] for row in records(backend, held.of(group))} for group in found]
        assert groups([by_visitor(backend, "none", given.filter(given.visitor == ""), 7)]) == [[]]
    assert sorted(number for group in found for number in group) == sorted(counts)
    assert (sum(counts.values()), sorted(counts)) == (len(rows), list(range(7)))
    assert [sum(counts[number] for number in group) > 12 for group in found].count(True) == 1
    assert all(len(group) == 1 or sum(counts[number] for number in group) <= 12 for group in found)
    assert sorted(name for each in visitors for name in each) == VISITORS
    assert [pieces_for(rows) for rows in (0, 1, 12, 13, 10**9)] == [1, 1, 1, 2, 64]


def test_sessions_whose_events_are_gone_are_not_dropped(shop: Shop) -> None:
    """They are in parts, which say that events lack; nothing would stand for their days otherwise."""
    with small_engine() as backend:
        sources = sources_of(backend, shop, [], 3, [])
        found = [sources.part(group) for group in sources.groups()]
        assert sum(len(records(backend, each.sessions)) for each in found) == len(shop.sessions) > 0
        with pytest.raises(ContractError, match=r"sessions hold \d+ events?, and the source has 0"):
            conserve(backend, found[0])
