"""Which intervals there are, how they stand, and which of them a backfill runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from components.begin_run.plan_interval import Backfill, plan_backfill
from components.iceberg.ends import Ends
from components.iceberg.lateness import Late
from components.iceberg.receipts import Receipt
from components.iceberg.versions import VERSION_COLUMNS
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from components.shell.schema import Table
from stockpot.backfill.filling import Filling, arguments, bounds, filling
from stockpot.backfill.intervals import Attempt, Interval, Past, State, chosen, cuts, intervals
from stockpot.backfill.reprocess import Reprocess
from stockpot.dataset import Dataset
from stockpot.definition import Definition, Schedule, discover
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Mode, Snapshot, Versioned

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 3, tzinfo=UTC)
DAILY = Schedule(cron="0 3 * * *")
TABLE = Table("a.b", ["time timestamptz!"], interval_column="time")
FOREVER = datetime(2030, 1, 1, tzinfo=UTC)


def dataset(mode: Mode) -> Dataset:
    """A dataset whose runs share its table like that."""
    return Dataset("p", "1", "", VERSIONS if isinstance(mode, Versioned) else TABLE, mode)


def dates(mode: Mode) -> Dataset:
    """A dataset that is filled like that, whose interval column is a date."""
    return replace(dataset(mode), table=Table("a.b", ["day date!"], interval_column="day"))


TABLE = Table("a.b", ["time timestamptz!", "known_at timestamptz!"], interval_column="time")
VERSIONS = Table("a.b", ["id string!", "what string", *VERSION_COLUMNS], partition={"id": "bucket[8]"})
TRAINING = dataset(IncrementalByTime(label_delay=DAY))
STREAM = dataset(AppendStream(time="known_at"))


def at(days: float) -> datetime:
    """The instant so many days after the start, which is a tick."""
    return START + days * DAY


def load(start: float, end: float, generation: int = 0) -> Receipt:
    """A committed load of some days."""
    return Receipt(f"{start}-{end}", "p", at(start), at(end), at(end + 1), "1", 3, snapshot_id=7, generation=generation)


def listed(past: Past, first: float = 0, last: float = 5, now: datetime = FOREVER) -> list[Interval]:
    """The intervals of some days, settled a day after their end."""
    return intervals(DAILY, Ends(DAY), (at(first), at(last)), past, now)


def test_intervals_end_where_ticks_end_them() -> None:
    """All that overlap the time asked for, whole, each run at the tick that ends it."""
    found = listed(Past([]), 0.5, 2)
    assert [(one.start, one.end, one.as_of) for one in found] == [(at(0), at(1), at(2)), (at(1), at(2), at(3))]
    assert {one.state for one in found} == {State.MISSING}


@settings(derandomize=True, max_examples=100)
@given(
    st.sampled_from(["0 3 * * *", "0 * * * *", "*/15 * * * *", "30 2 * * 1", "0 0 1 * *", "59 23 29 2 *"]),
    st.integers(0, 48),
    st.integers(0, 60 * 24 * 400),
    st.integers(1, 60 * 24 * 3),
)
def test_intervals_tile_the_time(cron: str, settle: int, first: int, length: int) -> None:
    """Whatever the schedule, intervals join without gap or overlap and cover what was asked for, and no more."""
    start = START + timedelta(minutes=first)
    span = (start, start + timedelta(minutes=length))
    found = intervals(Schedule(cron=cron), Ends(timedelta(hours=settle)), span, Past([]), FOREVER)
    assert found[0].start <= span[0] < found[0].end
    assert found[-1].start < span[1] <= found[-1].end
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(one.as_of == one.end + timedelta(hours=settle) for one in found)


@pytest.mark.parametrize("cron", ["0 3 * * *", "0 */6 * * *", "0 0 * * *", "30 2 * * 1", "59 23 29 2 *"])
@pytest.mark.parametrize("settle", [0, 5, 30])
def test_a_run_accepts_each_interval_of_a_table_of_dates(cron: str, settle: int) -> None:
    """They tile the time in whole days whenever ticks are, and the step that begins a run would fill each as it is.

    Each runs at the tick that ends it, and knows what that knew; before it, it is not due.
    """
    one = Filling("p", Schedule(cron=cron), dates(IncrementalByTime(label_delay=timedelta(hours=settle))))
    found = intervals(one.schedule, one.ends, (at(0), at(9)), Past([]), FOREVER)
    assert found[0].start <= at(0)
    assert at(9) <= found[-1].end
    assert all(one.end == two.start for one, two in pairwise(found))
    for each in found:
        asked = Backfill(each.start, each.generation)
        planned = plan_backfill(each.as_of, FOREVER, one.ends, ("p", "a.b", "1"), asked, [])
        assert (planned.start, planned.end, planned.why) == (each.start, each.end, "backfilled")
        assert croniter.match(cron, each.as_of)
        before = each.as_of - timedelta(seconds=1)
        (early, *_) = intervals(one.schedule, one.ends, (each.start, each.end), Past([]), before)
        assert (early.as_of, early.state) == (each.as_of, State.NOT_DUE)


def test_a_stretch_of_dates_says_where_it_ends() -> None:
    """What lies between days that are done is run at the tick of the interval that it is cut out of."""
    one = Filling("p", Schedule(cron="0 3 * * 1"), dates(IncrementalByTime()))
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    done = replace(load(0, 1), interval_start=monday - 2 * DAY, interval_end=monday - DAY)
    stretch = intervals(one.schedule, one.ends, (monday - 7 * DAY, monday), Past([done]), FOREVER)[0]
    assert (stretch.start, stretch.end, stretch.as_of) == (monday - 7 * DAY, monday - 2 * DAY, monday + DAY / 8)
    assert "backfill_to=2026-01-03T00:00:00Z" in arguments(one, stretch, {})


def test_dates_are_days_of_utc() -> None:
    """A run that fills local days cannot keep them apart in a column of dates."""
    local = IncrementalByTime(each="day")
    for zone in ("UTC", "Etc/UTC", "Zulu"):
        assert Filling("p", DAILY, dates(local), {"timezone": zone}).ends.by_days
    with pytest.raises(ConfigurationError, match="whose days are UTC's and not those of Europe/Berlin"):
        _ = Filling("p", DAILY, dates(local), {"timezone": "Europe/Berlin"}).ends
    with pytest.raises(ConfigurationError, match="holds days of UTC in 'day', and not those of Europe/Berlin"):
        dates(replace(local, timezone="Europe/Berlin"))


def test_each_state_is_told_apart() -> None:
    """Done by receipts, failed and running by etl_runs, not due by the clock; a receipt outweighs a failure."""
    attempts = [
        Attempt(at(2), at(3), "running", "r2"),
        Attempt(at(1), at(2), "failed", "r1", "no disk"),
        Attempt(at(1), at(2), "succeeded", "r0"),
        Attempt(at(0), at(1), "failed", "r9"),
        Attempt(at(3), at(4), "succeeded", "r3"),
    ]
    found = listed(Past([load(-5, 1)], attempts), now=at(5.5))
    assert [one.state for one in found] == [State.DONE, State.FAILED, State.RUNNING, State.MISSING, State.NOT_DUE]
    assert [one.note for one in found] == ["3 rows, snapshot 7", "r1 no disk", "r2", "", ""]


@pytest.mark.parametrize(
    ("reprocess", "run"),
    [
        (Reprocess.NONE, [3]),
        (Reprocess.FAILED, [1, 2, 3]),
        (Reprocess.LATE, [3]),
        (Reprocess.ALL, [0, 1, 2, 3]),
    ],
)
def test_what_runs_again_is_what_was_asked_for(reprocess: Reprocess, run: list[int]) -> None:
    """What is missing runs in any case, what is not due in none."""
    attempts = [Attempt(at(1), at(2), "failed", "r1"), Attempt(at(2), at(3), "running", "r2")]
    found = listed(Past([load(0, 1)], attempts), now=at(5.5))
    assert [found.index(one) for one in chosen(found, reprocess)] == run


def test_a_stream_goes_forward_only() -> None:
    """What lies uncovered behind its last run is told apart from what a backfill can fill, and never run."""
    past = Past([load(1, 2), load(-1, 0)], [Attempt(at(0), at(1), "failed", "run")], passed=at(3))
    found = listed(past, last=4)
    assert [one.state for one in found] == [State.PASSED, State.DONE, State.MISSING, State.MISSING]
    for reprocess in Reprocess:
        assert State.PASSED not in {one.state for one in chosen(found, reprocess)}


def test_a_partly_filled_interval_is_cut() -> None:
    """Where what is done meets what is not, each stretch stands for itself."""
    found = listed(Past([load(1.5, 3)]), 1, 3)
    assert [(one.start, one.end, one.state) for one in found] == [
        (at(1), at(1.5), State.MISSING),
        (at(1.5), at(2), State.DONE),
        (at(2), at(3), State.DONE),
    ]


@pytest.mark.parametrize(("generations", "again"), [([0], 2), ([1], 2), ([3, 0], 4), ([], 1)])
def test_rows_are_computed_anew_under_a_later_generation(generations: list[int], again: int) -> None:
    """The next generation is one above all that stand for the interval's rows."""
    committed = [load(place, 2, generation) for place, generation in enumerate(generations)]
    (found,) = listed(Past(committed), 1, 2)
    assert found.generation == again


def test_a_run_is_told_its_interval() -> None:
    """The run of an interval gets its start and generation, beside what the caller gave."""
    (interval,) = listed(Past([]), 0, 1)
    told = arguments(Filling("p", DAILY, TRAINING), interval, {"views_from": "events"})
    assert told == [
        "--as-of", "2026-01-03T03:00:00Z", "--param", "views_from=events",
        "--param", "backfill_from=2026-01-01T03:00:00Z", "--param", "generation=1",
    ]  # fmt: skip


def test_an_interval_that_late_facts_wait_for_is_not_done() -> None:
    """It runs where that is asked for, with what was known when they were counted, and is told where it ends."""
    late = [Late(at(0.5), at(0.6), 2, at(9)), Late(at(0.7), at(0.8), 1, at(8))]
    found = listed(Past([load(0, 3)], late=late), last=2)
    assert [(one.state, one.as_of) for one in found] == [(State.LATE, at(9)), (State.DONE, at(3))]
    assert found[0].note == f"facts on 3 rows, known by {format_instant(at(9))}; 3 rows, snapshot 7"
    assert [chosen(found, one) == found[:1] for one in (Reprocess.NONE, Reprocess.FAILED, Reprocess.LATE)] == [
        False,
        False,
        True,
    ]
    told = arguments(Filling("p", DAILY, TRAINING), found[0], {})
    assert told[1] == format_instant(at(9))
    assert told[3::2] == [
        "backfill_from=2026-01-01T03:00:00Z", "generation=2", "backfill_to=2026-01-02T03:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["--param", "since=2026-01-01T03:00:00Z", "--param", "until=2026-01-03T03:00:00Z"]),
        ({"events_dir": "/x"}, ["--param", "events_dir=/x"]),
    ],
)
def test_a_stream_is_told_its_time(given: dict[str, str], told: list[str]) -> None:
    """A run of a stream reads what became known up to its tick; files know no such time and are read whole."""
    (interval,) = listed(Past([]), 0, 1)
    stream = Filling("p", DAILY, STREAM)
    assert arguments(stream, interval, given) == ["--as-of", "2026-01-03T03:00:00Z", *told]


def _definition(filled: Dataset | None, schedule: Schedule | None = DAILY) -> Definition:
    function = type("Function", (), {"name": "p", "description": "", "component_spec": SimpleNamespace(inputs={})})
    return Definition(function, "", schedule, filled)


@pytest.mark.parametrize(
    ("definition", "reprocess", "at_once", "words"),
    [
        (None, Reprocess.NONE, 1, "declares no schedule"),
        (_definition(None), Reprocess.NONE, 1, "declares no schedule"),
        (_definition(TRAINING, None), Reprocess.NONE, 1, "declares no schedule"),
        (_definition(dataset(FullRefresh())), Reprocess.NONE, 1, "no intervals"),
        (_definition(dataset(Versioned(("id",)))), Reprocess.NONE, 1, "cannot be known afterwards"),
        (_definition(dataset(Versioned(("id",)))), Reprocess.ALL, 1, "cannot be known afterwards"),
        (_definition(dataset(Snapshot())), Reprocess.LATE, 1, "no late facts wait"),
        (_definition(STREAM), Reprocess.ALL, 1, "leave out"),
        (_definition(STREAM), Reprocess.NONE, 2, "leave out"),
    ],
)
def test_what_cannot_be_filled_is_refused(
    definition: Definition, reprocess: Reprocess, at_once: int, words: str
) -> None:
    """A pipeline without intervals, or one whose runs follow each other, says so and what to do."""
    with pytest.raises(ConfigurationError, match=words):
        filling(definition, reprocess, at_once)


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [("events-and-funnels", "stockpot run events-and-funnels --param anew=true"), ("event-aggregation", "leave out")],
)
def test_a_stream_says_how_all_is_made_anew(pipeline: str, words: str) -> None:
    """Where it can be: its events are landed, and no backfill reads them again."""
    with pytest.raises(ConfigurationError, match=f"runs of {pipeline} land no events a second time - {words}"):
        filling(discover()[pipeline], Reprocess.ALL, 1)


def test_an_empty_time_is_refused() -> None:
    """The end must be after the begin; without one it is now."""
    assert bounds("2026-01-01T03:00:00Z", "", at(1)) == (at(0), at(1))
    with pytest.raises(ConfigurationError, match="is not after"):
        bounds("2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z", at(9))


def test_pipelines_by_intervals_take_what_a_backfill_says() -> None:
    """Every pipeline that is filled by intervals has the parameters by which its runs are placed."""
    for definition in discover().values():
        wanted: dict[type[Mode], set[str]] = {
            IncrementalByTime: {"backfill_from", "backfill_to", "generation"},
            AppendStream: {"since", "until", "events_dir"},
        }
        if definition.dataset:
            inputs = definition.function.component_spec.inputs
            assert {"as_of", *wanted.get(type(definition.dataset.mode), ())} <= set(inputs)


DAYS = IncrementalByTime(each="day", timezone="Europe/Berlin", late_days=3)
FIVE = Schedule(cron="0 5 * * *")


def berlin(day: int, hour: int = 0) -> datetime:
    """An instant of March 2026 by the clocks of Berlin, where 29 March has 23 hours."""
    return datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_intervals_of_days_end_at_midnight() -> None:
    """That of the zone, each run at the first tick after it; several ticks of a day fill one interval."""
    often = Schedule(cron="0 */6 * * *")
    found = intervals(often, DAYS.ends({}), (berlin(28, 12), berlin(30)), Past([]), FOREVER)
    assert [(one.start, one.end) for one in found] == [(berlin(28), berlin(29)), (berlin(29), berlin(30))]
    assert [one.as_of for one in found] == [berlin(29, 1), berlin(30, 2)]


def test_intervals_of_whole_weeks_end_with_mondays() -> None:
    """Whatever the schedule, for a week that is filled in part would be told as one that is over."""
    weekly = replace(DAYS, whole_weeks=True)
    for cron, hours in (("0 5 * * *", 5), ("0 5 * * 2", 29)):
        found = intervals(Schedule(cron=cron), weekly.ends({}), (berlin(12), berlin(18)), Past([]), FOREVER)
        assert [(one.start, one.end) for one in found] == [(berlin(9), berlin(16)), (berlin(16), berlin(23))]
        assert [one.as_of - one.end for one in found] == [timedelta(hours=hours + 1)] * 2
    one = Filling("p", FIVE, dataset(weekly))
    told = arguments(one, found[0], {})
    assert "backfill_to=2026-03-15T23:00:00Z" in told
    assert arguments(Filling("p", DAILY, TRAINING), listed(Past([]))[0], {})[-1] == "generation=1"


def test_what_was_filled_before_its_tick_is_left_to_it() -> None:
    """The week that is not over has been filled up to now, and its own run is still to come."""
    weekly = replace(DAYS, whole_weeks=True)
    filled = replace(load(0, 1), interval_start=berlin(2), interval_end=berlin(19))
    found = intervals(FIVE, weekly.ends({}), (berlin(12), berlin(19)), Past([filled]), berlin(19, 12))
    assert [one.state for one in found] == [State.DONE, State.NOT_DUE, State.NOT_DUE]
    assert chosen(found, Reprocess.ALL) == found[:1]


@pytest.mark.parametrize(
    ("mode", "given"),
    [
        (IncrementalByTime(), "backfill_to"),
        (IncrementalByTime(), "generation"),
        (Snapshot(), "cut"),
        (AppendStream(time="known_at"), "since"),
    ],
)
def test_what_a_backfill_sets_itself_is_refused(mode: Mode, given: str) -> None:
    """Each of its runs has its own; one for all would fill one interval again and again."""
    definition = replace(next(iter(discover().values())), schedule=DAILY, dataset=dataset(mode))
    assert filling(definition, Reprocess.NONE, 1, {"lookback_hours": "1"}).given
    with pytest.raises(ConfigurationError, match=f"--param {given} is what a backfill sets"):
        filling(definition, Reprocess.NONE, 1, {given: "1"})


def test_cuts_are_those_that_lie_in_the_time_asked_for() -> None:
    """Half-open, as intervals are; each is told with its tick, and one that is there is done."""
    there = replace(load(1, 2), interval_end=at(1) + timedelta(microseconds=1))
    found = cuts(DAILY, lambda tick: tick - DAY, (at(0), at(3)), Past((there,)), FOREVER)
    assert [(one.start, one.as_of) for one in found] == [(at(day), at(day + 1)) for day in range(3)]
    assert [one.state for one in found] == [State.MISSING, State.DONE, State.MISSING]
