"""Sessions against plain loops: of one run, and of any split of the events into runs."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shop_sessions.settings import Settings
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, Shop

START = datetime(2024, 2, 28, 22, tzinfo=UTC)
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
LATER = datetime(2024, 4, 1, tzinfo=UTC)
# Pauses about the gap to the microsecond, and hours that add up to days.
PAUSES = st.sampled_from(
    [timedelta(), MOMENT, timedelta(seconds=9), 29 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE + MOMENT,
     31 * MINUTE, timedelta(hours=3), timedelta(hours=24), timedelta(days=2)]
)  # fmt: skip
EVENT = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "a", "a", "b", None]),
        "session_id": st.sampled_from([None, "1", "1", "2"]),
        "anonymous_id": st.sampled_from([None, None, "d"]),
        "article_id": st.sampled_from([None, "01", "1", "2"]),
        "campaign_id": st.sampled_from([None, None, "x", "y"]),
        "event_type": st.sampled_from(
            ["view", "view", "product_view", "click", "cart", "purchase", "wishlist", "share"]
        ),
        "pause": PAUSES,
    }
)
SHARES = st.sampled_from([0, 0.02, 0.2])
MODES = st.sampled_from(["gap", "gap", "given_then_gap", "given"])


def history(drawn: Sequence[Row], chain: int, name: str) -> list[dict[str, Any]]:
    """The events drawn, one after the other, behind a chain without too long a pause; of people of that name."""
    found: list[dict[str, Any]] = []
    at = START
    for _ in range(chain):
        at += 29 * MINUTE
        found.append({"customer_id": "a", "session_id": "1", "event_type": "view", "event_time": at})
    for row in drawn:
        at += row["pause"]
        found.append({**{name: value for name, value in row.items() if name != "pause"}, "event_time": at})
    without = {"anonymous_id": None, "article_id": None, "campaign_id": None}
    whose = ("customer_id", "session_id", "anonymous_id")
    return [
        {**without, **row, **{each: row[each] and f"{row[each]}.{name}" for each in whose if each in row},
         "event_id": f"{number}.{name}"}
        for number, row in enumerate(found, 1)
    ]  # fmt: skip


def split(
    drawn: Sequence[tuple[Sequence[Row], int]], by_chance: random.Random, too_late: float
) -> tuple[list[Row], list[Row]]:
    """The events of all histories in any order, and of these so large a share apart that comes too late."""
    events: list[Row] = [event for name, told_of in enumerate(drawn) for event in history(*told_of, str(name))]
    by_chance.shuffle(events)
    late = [by_chance.random() < too_late for _ in events]
    return ([event for event, is_so in zip(events, late, strict=True) if not is_so],
            [event for event, is_so in zip(events, late, strict=True) if is_so])  # fmt: skip


def expected(events: Sequence[Row], as_of: datetime, told: Settings) -> list[dict[str, Any]]:
    """What plain loops make of the events."""
    return sorted((oracle.row(each, as_of, told) for each in oracle.sessions(events, told)), key=_key)


def found(shop: Shop) -> list[dict[str, Any]]:
    """What the product made, the columns that the oracle tells of."""
    beside = {"customers", "session_id", "started_at", "loaded_as_of"}
    return sorted(({k: v for k, v in row.items() if k not in beside} for row in shop.sessions), key=_key)


def _key(row: Row) -> str:
    return str(row["session_key"])


@given(
    st.lists(st.tuples(st.lists(EVENT, max_size=40), st.sampled_from([0, 0, 60, 120])), min_size=8, max_size=8),
    MODES, st.randoms(), st.integers(1, 4), SHARES,
)  # fmt: skip
@settings(max_examples=9)
def test_any_split_into_runs_is_one_run(
    drawn: list[tuple[list[Row], int]], mode: str, by_chance: random.Random, runs: int, too_late: float
) -> None:
    """In whatever order events come, sessions are those of plain loops, and hold each once that is not too late."""
    told = Settings(session_mode=mode)
    events, late = split(drawn, by_chance, too_late)
    shop = Shop(told)
    for number in range(runs):
        shop.run(events[number::runs], LATER + number * MINUTE, late[number::runs])
    as_of = LATER + (runs - 1) * MINUTE
    assert found(shop) == [
        {name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value for name, value in row.items()}
        for row in expected(events, as_of, told)
    ]
    assert sorted(row["event_id"] for row in shop.events) == sorted(row["event_id"] for row in events)
    keys = {row["session_key"]: row for row in shop.sessions}
    for row in shop.events:
        session = keys[row["session_key"]]
        assert row["session_started_at"] == session["started_at"] <= row["occurred_at"] <= session["last_event"]
        assert row["position"] <= session["events"]


@given(
    st.lists(st.tuples(st.lists(EVENT, max_size=40), st.sampled_from([0, 60])), min_size=4, max_size=4),
    st.randoms(),
    st.lists(st.tuples(st.sampled_from([1, 30, 60, 1440]), st.sampled_from([24, 72]), MODES), min_size=2, max_size=4),
    SHARES,
)  # fmt: skip
@settings(max_examples=9)
def test_whatever_runs_are_told_each_event_is_in_one_session(
    drawn: list[tuple[list[Row], int]], by_chance: random.Random, told: list[tuple[int, int, str]], too_late: float
) -> None:
    """Of gap, length and mode, without a new version: what lies beyond a run's reach is as it was; nothing is lost."""
    events, late = split(drawn, by_chance, too_late)
    shop = Shop(Settings())
    for number, (gap, hours, mode) in enumerate(told):
        shop.told = Settings(gap_minutes=gap, max_session_hours=hours, session_mode=mode)
        shop.run(events[number :: len(told)], LATER + number * MINUTE, late[number :: len(told)])
    assert sorted(row["event_id"] for row in shop.events) == sorted(row["event_id"] for row in events)
    in_each = Counter(row["session_key"] for row in shop.events)
    assert in_each == {row["session_key"]: row["events"] for row in shop.sessions}
    require_numbered(shop)


def require_numbered(shop: Shop) -> None:
    """Events of a session are numbered from 1 on in their order, and each tells when the next one is."""
    of_each: dict[str, list[Row]] = {}
    for row in sorted(shop.events, key=lambda row: (row["occurred_at"], row["event_id"])):
        of_each.setdefault(row["session_key"], []).append(row)
    for session in of_each.values():
        assert [row["position"] for row in session] == list(range(1, len(session) + 1))
        rests = [(after["occurred_at"] - row["occurred_at"]).total_seconds() for row, after in pairwise(session)]
        assert [row["seconds_to_next"] for row in session] == [*(pytest.approx(rest) for rest in rests), None]
