"""Intervals by what is known of each: the same as by all that is known, and no more work than there is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.iceberg.coverage import Span, gaps, without
from components.iceberg.ends import Ends
from components.iceberg.lateness import Late
from components.iceberg.receipts import Receipt
from stockpot.backfill import intervals as module
from stockpot.backfill.intervals import Attempt, Interval, Past, cuts, intervals
from stockpot.definition import Schedule

HOUR = timedelta(hours=1)
FOREVER = datetime(2030, 1, 1, tzinfo=UTC)
HOURLY = Schedule(cron="0 * * * *")
ODD = Schedule(cron="30 */5 * * *")


class Instant(datetime):
    """An instant that counts how often any of them is compared."""

    compared = 0

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]  # as datetime's own
        """Compare, and count it."""
        Instant.compared += 1
        return super().__lt__(other)

    def __le__(self, other: datetime) -> bool:  # type: ignore[override]  # as datetime's own
        """Compare, and count it."""
        Instant.compared += 1
        return super().__le__(other)

    def __gt__(self, other: datetime) -> bool:  # type: ignore[override]  # as datetime's own
        """Compare, and count it."""
        Instant.compared += 1
        return super().__gt__(other)

    def __ge__(self, other: datetime) -> bool:  # type: ignore[override]  # as datetime's own
        """Compare, and count it."""
        Instant.compared += 1
        return super().__ge__(other)


START = Instant(2026, 1, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    """The instant so many hours after the start."""
    return START + hours * HOUR


def load(start: float, end: float, generation: int = 0) -> Receipt:
    """A committed load of some hours."""
    name = f"{start}-{end}-{generation}"
    return Receipt(name, "p", at(start), at(end), at(end + 1), "1", 3, snapshot_id=7, generation=generation)


def one_by_one(schedule: Schedule, ends: Ends, bounds: Span, past: Past, now: datetime) -> list[Interval]:
    """The intervals, each by all that is known."""
    found = []
    for (start, end), tick in module._between_ticks(schedule, ends, bounds):
        missing = gaps(past.committed, start, end)
        stretches = [(span, True) for span in missing] + [(span, False) for span in without([(start, end)], missing)]
        found += [
            module._interval(span, tick if ends.of_days else span[1] + ends.label_delay, past, now, open_=open_)
            for span, open_ in sorted(stretches)
        ]
    return found


HALVES = st.integers(0, 80).map(lambda number: number / 2)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Loads, attempts and late facts of any time, in any order."""
    loads = st.tuples(HALVES, st.integers(1, 9), st.integers(0, 2))
    tries = st.tuples(HALVES, HALVES, st.sampled_from(["succeeded", "failed", "running"]))
    facts = st.tuples(HALVES, HALVES, st.integers(1, 5))
    return Past(
        [load(start, start + length, again) for start, length, again in draw(st.lists(loads, max_size=12))],
        attempts(draw(st.lists(tries, max_size=12))),
        draw(st.none() | HALVES.map(at)),
        [Late(at(start), at(start + length), rows, at(60 + rows)) for start, length, rows in draw(st.lists(facts))],
    )


def attempts(told: list[tuple[float, float, str]]) -> list[Attempt]:
    """Attempts by start, length and status."""
    return [
        Attempt(at(start), at(start + length), status, f"run-{number}")
        for number, (start, length, status) in enumerate(told)
    ]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    pasts(),
    st.sampled_from([HOURLY, ODD]),
    st.sampled_from([Ends(), Ends(2 * HOUR), Ends(by_days=True)]),
    HALVES,
    HALVES,
)
def test_intervals_are_those_of_all_that_is_known(
    past: Past, schedule: Schedule, ends: Ends, first: float, now: float
) -> None:
    """Whatever was loaded, tried or came late, in whatever order, and wherever the time asked for begins."""
    asked = (schedule, ends, (at(first), at(first + 40)), past, at(now + 20))
    assert intervals(*asked) == one_by_one(*asked)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.tuples(HALVES, HALVES, st.sampled_from(["succeeded", "failed", "running"])), max_size=12), HALVES)
def test_cuts_have_the_last_try_of_all(told: list[tuple[float, float, str]], first: float) -> None:
    """As if each had looked at all attempts."""
    past = Past([], attempts(told))
    found = cuts(HOURLY, lambda tick: tick, (at(first), at(first + 12)), past, FOREVER)
    assert found == [module._interval((one.start, one.end), one.as_of, past, FOREVER, open_=True) for one in found]
    assert len(found) == 12


def _filled(hours: int) -> Past:
    return Past([load(hour, hour + 1) for hour in reversed(range(hours))])


def _tried_in_turn(hours: int) -> Past:
    return Past([], [Attempt(at(hour), at(hour + 1), "failed", "r") for hour in reversed(range(hours))])


def _never_filled(hours: int) -> Past:
    return Past([], [Attempt(at(0), at(hour + 1), "failed", "r") for hour in reversed(range(hours))])


def _late(hours: int) -> Past:
    return Past([load(0, hours)], late=[Late(at(hour), at(hour + 1), 1, at(hours)) for hour in range(hours)])


@pytest.mark.parametrize("known", [_filled, _tried_in_turn, _never_filled, _late])
@pytest.mark.parametrize("how", ["intervals", "cuts"])
def test_the_work_grows_with_what_is_known(known: Callable[[int], Past], how: str) -> None:
    """Twice the time, with twice the loads, attempts and late facts, is about twice the work, and not four times."""

    def work(hours: int) -> int:
        past, bounds = known(hours), (at(0), at(hours))
        Instant.compared = 0
        if how == "cuts":
            found = cuts(HOURLY, lambda tick: tick, bounds, past, FOREVER)
        else:
            found = intervals(HOURLY, Ends(), bounds, past, FOREVER)
        assert len(found) == hours
        return Instant.compared

    assert work(400) < 3 * work(200)
