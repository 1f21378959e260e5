"""Facts that become known after their interval was filled: what a run looks at again, and what waits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.begin_run.plan_interval import Backfill, Plan, plan, plan_backfill
from components.iceberg import lateness
from components.iceberg.coverage import without
from components.iceberg.ends import Ends
from components.iceberg.lateness import (
    Late,
    Part,
    Past,
    by_day,
    keep,
    kept,
    late_text,
    look_back,
    parse_past,
    reopenable,
    waiting,
)
from components.iceberg.receipts import Receipt, resolve
from components.shell.errors import ConfigurationError, SupersededError

if TYPE_CHECKING:
    from pyiceberg.table import Table

T0 = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTLE, LOOKBACK = DAY, 2 * DAY
NEVER = T0 + 1000 * DAY
IDENTITY = ("p", "a.b", "1")

Fact = tuple[datetime, datetime]


@dataclass
class World:
    """A table that holds facts (upload, known), its receipts, newest first, and runs that plan and commit to it."""

    facts: Sequence[Fact]
    lookback: timedelta = LOOKBACK
    held: set[Fact] = field(default_factory=set)
    committed: tuple[Receipt, ...] = ()

    def plan(self, as_of: datetime, backfill: Backfill | None = None, version: str = "1") -> tuple[Receipt, Past]:
        """What a run at `as_of` is to load, and what it looks at again."""
        identity = (*IDENTITY[:2], version)
        found: Plan = (
            plan_backfill(as_of, NEVER, Ends(SETTLE), identity, backfill, self.committed)
            if backfill
            else plan(as_of, NEVER, Ends(SETTLE), identity, self.committed)
        )
        generation = backfill.generation if backfill else 0
        load = Receipt(found.run_key, "p", found.start, found.end, as_of, version, generation=generation)
        return load, look_back(self.committed, load, found.start - self.lookback)

    def commit(self, load: Receipt, past: Past) -> None:
        """Fill the interval and bring up to date what the plan looks at, as far as nobody else was faster."""
        if resolve(self.committed, load):
            return
        load = replace(load, seen=past.seen)
        spans = reopenable(self.committed, load)
        new = [(part, fact) for part in past.parts for fact in self.facts if _new(fact, part, load.as_of)]
        reopened = {fact[0] for part, fact in new if part.reopen}
        reopened = {upload for upload in reopened if any(start <= upload < end for start, end in spans)}

        def written(fact: Fact) -> bool:
            return load.interval_start <= fact[0] < load.interval_end or fact[0] in reopened

        held = {fact for fact in self.held if not written(fact)}
        held |= {fact for fact in self.facts if written(fact) and fact[1] <= load.as_of}
        left = by_day(pa.array([fact[0] for part, fact in new if not part.reopen], pa.timestamp("us", "UTC")))
        self.held, self.committed = held, (replace(load, late=late_text(left)), *self.committed)

    def run(self, as_of: datetime, backfill: Backfill | None = None, version: str = "1") -> None:
        """A run that nobody disturbs."""
        self.commit(*self.plan(as_of, backfill, version))

    @property
    def late(self) -> list[Late]:
        """What waits for a backfill."""
        return waiting(self.committed)

    def missing(self, as_of: datetime) -> list[Fact]:
        """The facts that one run at `as_of` would hold, neither held nor waited for."""
        due = [fact for fact in self.facts if fact[1] <= as_of and fact[0] < as_of - SETTLE]
        waits = [(one.start, one.end) for one in self.late]
        return [f for f in due if f not in self.held and not any(start <= f[0] < end for start, end in waits)]


def _new(fact: Fact, part: Part, as_of: datetime) -> bool:
    return part.start <= fact[0] < part.end and part.since < fact[1] <= as_of


FACTS = st.lists(
    st.tuples(st.sampled_from(range(0, 12 * 24, 8)), st.sampled_from([0, 1, 23, 24, 25, 47, 71, 72, 73, 96, 200])).map(
        lambda drawn: (T0 + drawn[0] * HOUR, T0 + (drawn[0] + drawn[1]) * HOUR)
    ),
    max_size=25,
)
STEPS = st.lists(st.sampled_from([0, 1, 24, 24, 24, 30, 72]), min_size=1, max_size=8)
END = T0 + 40 * DAY


@settings(derandomize=True, max_examples=150)
@given(FACTS, STEPS)
def test_runs_at_any_ticks_hold_what_one_run_holds(facts: list[Fact], steps: list[int]) -> None:
    """Missed, doubled and odd ticks: all that becomes known within lookback and settling is held, the rest waits."""
    world, as_of = World(facts), T0 + 2 * DAY
    for hours in steps:
        as_of += hours * HOUR
        world.run(as_of)
        assert world.missing(as_of) == []
    due = {fact for fact in facts if fact[1] <= as_of and fact[0] < as_of - SETTLE}
    assert world.held <= due
    assert {fact for fact in due if fact[1] - fact[0] <= LOOKBACK + SETTLE} <= world.held
    held, committed = world.held, world.committed
    world.run(as_of)
    assert (world.held, world.committed) == (held, committed)


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["live", "live", "live", "fill"]), st.integers(0, 9), st.integers(1, 3), st.booleans()),
    min_size=1,
    max_size=9,
)


@settings(derandomize=True, max_examples=150)
@given(FACTS, OPERATIONS)
def test_slow_runs_and_backfills_lose_nothing(facts: list[Fact], operations: list[tuple[str, int, int, bool]]) -> None:
    """Runs that commit after others, backfills with less known: each fact is held, or waits, once all is quiet."""
    world, as_of, slow, generation = World(facts), T0 + 2 * DAY, None, 1
    world.run(as_of)
    for kind, first, days, lags in operations:
        generation += 1
        as_of += DAY if kind == "live" else timedelta(0)
        try:
            tick = T0 + (first + days + 1) * DAY
            filled = Backfill(T0 + first * DAY, generation)
            planned = world.plan(as_of) if kind == "live" else world.plan(min(tick, as_of), filled)
            if lags and slow is None:
                slow = planned
                continue
            world.commit(*planned)
            if slow is not None:
                slow, planned = None, slow
                world.commit(*planned)
        except (SupersededError, ConfigurationError):  # overtaken, or an interval that is empty at this as_of
            continue
    world.run(END)
    assert world.missing(END) == []
    for one in world.late:
        generation += 1
        world.run(END, Backfill(one.start, generation, one.end))
    assert world.late == []
    assert world.held == {fact for fact in facts if fact[1] <= END}


def _filled(lookback: timedelta = 9 * DAY) -> World:
    """A first day whose facts became known on the second, third and fourth, and runs of the days up to the fourth."""
    world = World([(T0 + HOUR, T0 + day * DAY + HOUR) for day in (1, 2, 3)], lookback)
    for day in (2, 3, 4):
        world.run(T0 + day * DAY)
    assert world.missing(T0 + 4 * DAY) == []
    return world


def test_what_was_filled_behind_a_runs_back_is_looked_at_by_the_next() -> None:
    """A backfill with less known commits between plan and commit of a run: that run has not looked at its rows."""
    world = _filled()
    slow = world.plan(T0 + 5 * DAY)
    world.run(T0 + 2 * DAY, Backfill(T0, 2))
    world.commit(*slow)
    assert len(world.held) == 1
    world.run(T0 + 6 * DAY)
    assert world.missing(T0 + 6 * DAY) == []
    assert len(world.held) == 3


def test_a_slow_run_does_not_undo_what_a_faster_one_knew() -> None:
    """A backfill that was planned before a run with more known leaves alone what that run has brought up to date."""
    world = World([(T0 + HOUR, T0 + day * DAY + HOUR) for day in (1, 2, 3, 4)], 9 * DAY)
    for day in (2, 4):
        world.run(T0 + day * DAY)
    world.run(T0 + 2 * DAY, Backfill(T0, 2))
    slow = world.plan(T0 + 4 * DAY, Backfill(T0 + 2 * DAY, 3))
    world.run(T0 + 5 * DAY)
    assert len(world.held) == 4
    world.commit(*slow)
    assert len(world.held) == 4


def test_rows_filled_anew_by_another_are_not_touched() -> None:
    """A run that was planned before a backfill under a newer definition leaves the rows of that one alone."""
    world = World([(T0 + HOUR, T0 + day * DAY + HOUR) for day in (1, 2, 3, 4)], 9 * DAY)
    for day in (2, 3):
        world.run(T0 + day * DAY)
    slow = world.plan(T0 + 4 * DAY)
    world.run(T0 + 2 * DAY, Backfill(T0, 2))
    world.commit(*slow)
    assert len(world.held) == 1
    world.run(T0 + 5 * DAY)
    assert world.missing(T0 + 5 * DAY) == []


@pytest.mark.timeout(60)
def test_forty_thousand_receipts_are_looked_over_at_once() -> None:
    """Hourly runs of years, each of which looked back: what it takes grows with their number, not with its square."""
    committed = [
        Receipt(str(n), "p", T0 + n * HOUR, T0 + (n + 1) * HOUR, T0 + n * HOUR + 2 * DAY, "1", seen=str(n - 1))
        for n in reversed(range(40_000))
    ]
    last = committed[0].interval_end
    load = Receipt("next", "p", last, last + HOUR, last + 2 * DAY, "1")
    parts = (
        Part(T0, last - DAY, committed[0].as_of, reopen=False),
        Part(last - DAY, last, committed[0].as_of, reopen=True),
    )
    assert look_back(committed, load, last - DAY) == Past("39999", parts)
    assert len(reopenable(committed, replace(load, seen="39999"))) == len(committed)


def test_the_naive_way_loses_facts() -> None:
    """The same harness goes red where runs only fill what is due, as they did."""
    fact = (T0 + HOUR, T0 + 3 * DAY)
    world = World([fact])
    for day in (2, 3, 4):
        load, past = world.plan(T0 + day * DAY)
        world.commit(load, Past(past.seen))
    assert world.missing(T0 + 4 * DAY) == [fact]


def test_what_another_version_has_filled_is_left() -> None:
    """Rows of two definitions are never mixed in one interval: the fact waits for a backfill under the new one."""
    fact = (T0 + HOUR, T0 + 3 * DAY)
    world = World([fact])
    world.run(T0 + 2 * DAY)
    world.run(T0 + 3 * DAY, version="2")
    assert (world.held, [(one.start, one.images) for one in world.late]) == (set(), [(fact[0], 1)])
    world.run(T0 + 4 * DAY, version="2")
    assert len(world.late) == 1


def test_a_load_with_less_known_leaves_what_waits() -> None:
    """An interval that is filled again as its own tick knew it still waits; one with enough known does not."""
    world = World([(T0 + HOUR, T0 + 9 * DAY)])
    for day in range(2, 11):
        world.run(T0 + day * DAY)
    assert [one.images for one in world.late] == [1]
    world.run(T0 + 2 * DAY, Backfill(T0, 2))
    assert [one.images for one in world.late] == [1]
    world.run(T0 + 10 * DAY, Backfill(T0, 3, T0 + DAY))
    assert world.late == []
    assert len(world.held) == 1


def test_time_that_is_counted_again_waits_once() -> None:
    """Run after run that counts the same adds nothing; a load fills the time that knows as much as the last of them."""

    def count(day: int, images: int) -> Receipt:
        late = late_text([Late(T0, T0 + HOUR, images, END), Late(T0 + day * DAY, T0 + day * DAY + HOUR, 1, END)])
        start = T0 + (day + 10) * DAY
        return Receipt(str(day), "p", start, start + DAY, start + 2 * DAY, "1", late=late)

    nights = [count(day, images) for day, images in ((3, 2), (2, 5), (1, 4))]
    last = nights[0].as_of
    assert waiting(nights)[0] == Late(T0, T0 + HOUR, 5, last)
    assert len(waiting(nights)) == len(waiting(nights, waiting(nights))) == 4
    fill = Receipt("f", "p", T0, T0 + HOUR, last - HOUR, "1", generation=1)
    assert waiting([fill, *nights])[0] == Late(T0, T0 + HOUR, 2, last)
    assert len(waiting([replace(fill, as_of=last), *nights])) == 3


def test_loads_elsewhere_leave_alone_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most loads fill time that nothing waits for: none of what waits is cut for them."""
    cuts: list[object] = []
    monkeypatch.setattr(lateness, "without", lambda *given: cuts.append(given) or without(*given))
    nights = []
    for day in range(100):
        late = late_text([Late(T0 + day * HOUR, T0 + (day + 1) * HOUR, 1, END)])
        start = T0 + (day + 10) * DAY
        nights.insert(0, Receipt(str(day), "p", start, start + DAY, start + 2 * DAY, "1", late=late))
    assert len(waiting(nights)) == 100
    assert cuts == []
    known = nights[0].as_of
    fill = Receipt("f", "p", T0 + HOUR / 2, T0 + 2 * HOUR, known, "1", generation=1)
    assert waiting([fill, *nights])[:2] == [
        Late(T0, T0 + HOUR / 2, 1, nights[-1].as_of),
        Late(T0 + 2 * HOUR, T0 + 3 * HOUR, 1, nights[-3].as_of),
    ]
    assert len(cuts) == 2


LOOKED = Part(T0, T0 + DAY, T0 + 2 * DAY, reopen=True)


@pytest.mark.parametrize("past", [Past(), Past("key", (LOOKED,)), Past("key", (LOOKED,), ((T0, T0 + HOUR),))])
def test_a_past_comes_back_as_it_was_written(past: Past) -> None:
    """What one step writes the next one reads; what a run of before wrote tells of nothing that waits."""
    assert parse_past(past.text()) == past
    told = json.loads(past.text())
    del told["waits"]
    assert parse_past(json.dumps(told)) == replace(past, waits=())


def test_time_that_waits_already_is_not_named_again() -> None:
    """It is cut out of the parts that a run looks at."""
    past = Past("key", (LOOKED,), ((T0 - DAY, T0 + HOUR), (T0 + 3 * HOUR, T0 + 4 * HOUR)))
    assert sorted(past.unnamed) == [(T0 + HOUR, T0 + 3 * HOUR), (T0 + 4 * HOUR, T0 + DAY)]


def test_a_past_begins_with_the_first_part_that_may_be_reopened() -> None:
    """What is left late does not count, and where nothing may be reopened there is no beginning."""
    late, *reopened = (Part(T0 + n * DAY, T0 + (n + 1) * DAY, END, reopen=n > 0) for n in range(3))
    assert Past("key", (late, *reversed(reopened))).first == T0 + DAY
    assert Past("key", (late,)).first is Past().first is None


def test_what_waits_is_kept_where_it_changes() -> None:
    """Nothing is written of a table where nothing ever waited; what waits no more is taken away."""
    waits = [Late(T0, T0 + DAY, 3, END)]

    def after(known: dict[str, str], found: Sequence[Late]) -> dict[str, str]:
        return keep(cast("Table", SimpleNamespace(properties=known)), "p", found)

    written = after({}, waits)
    assert kept(cast("Table", SimpleNamespace(properties=written)), "p") == waits
    assert after({}, []) == after(written, waits) == {}
    assert after(written, []) == dict.fromkeys(written, "[]")


def test_uploads_are_told_day_by_day() -> None:
    """A stretch from a day's first upload to just behind its last, however many there are."""
    kind = pa.timestamp("us", "UTC")
    assert by_day(pa.array([], kind)) == []
    found = by_day(pa.array([T0 + 2 * DAY, T0 + DAY - HOUR / 3600_000_000, T0, T0 + HOUR], kind), END)
    assert found == [
        Late(T0, T0 + DAY, 3, END),
        Late(T0 + 2 * DAY, T0 + 2 * DAY + timedelta(microseconds=1), 1, END),
    ]
