"""Which interval a run fills."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.begin_run import interval as command
from components.begin_run.migrate import migrate
from components.begin_run.plan_interval import Backfill, plan, plan_backfill, run_key
from components.iceberg.ends import Ends
from components.iceberg.lateness import Late, Part, Past, parse_past
from components.iceberg.receipts import Receipt, resolve
from components.load_iceberg.load import load
from components.load_iceberg.renewing import NOTHING
from components.shell.datasets import read_batches
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant
from tests.components.load_iceberg.scene import DEFINITION, NAME, PIPELINE, TABLE, Job, job

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SETTLE = timedelta(hours=24)
ENDS = Ends(SETTLE)
DAY = timedelta(days=1)
IDENTITY = (PIPELINE, NAME, "1")


def committed(as_of, receipts=(), version="1", now=NOW):
    """The receipts after the run at `as_of` was planned and committed, newest first."""
    found = plan(as_of, now, ENDS, (PIPELINE, NAME, version), receipts)
    receipt = Receipt(found.run_key, PIPELINE, found.start, found.end, as_of, version)
    return receipts if resolve(receipts, receipt) else (receipt, *receipts)


def test_the_first_run_starts_at_the_epoch():
    """A new table is filled from the beginning of time up to where labels are settled."""
    found = plan(NOW, NOW, ENDS, IDENTITY, ())
    assert (found.start, found.end, found.why) == (EPOCH, NOW - SETTLE, "first")


def test_the_next_run_starts_where_the_last_one_ended():
    """Intervals follow each other without gap or overlap."""
    found = plan(NOW, NOW, ENDS, IDENTITY, committed(NOW - DAY))
    assert (found.start, found.end, found.why) == (NOW - 2 * DAY, NOW - DAY, "next")


def test_missed_days_are_made_good():
    """After three missed ticks one run fills all of their time."""
    found = plan(NOW, NOW, ENDS, IDENTITY, committed(NOW - 4 * DAY))
    assert (found.start, found.end) == (NOW - 5 * DAY, NOW - DAY)


def test_a_repeat_gets_the_same_key():
    """A run submitted again plans the interval that is already there, even when later ones are."""
    history = committed(NOW, committed(NOW - DAY))
    again = plan(NOW - DAY, NOW, ENDS, IDENTITY, history)
    assert (again.start, again.end, again.why) == (EPOCH, NOW - 2 * DAY, "repeated")
    assert again.run_key == history[1].run_key


def test_an_older_as_of_is_superseded():
    """A run that comes too late is told so, and what to do."""
    with pytest.raises(
        SupersededError, match=r"filled up to 2026-05-31T00:00:00Z - nothing is missing.* after 2026-06-01"
    ):
        plan(NOW - timedelta(hours=1), NOW, ENDS, IDENTITY, committed(NOW))


def test_a_newer_definition_rewrites_its_interval():
    """A raised version plans the same interval under another key; a lowered one is refused."""
    history = committed(NOW)
    found = plan(NOW, NOW, ENDS, (PIPELINE, NAME, "2"), history)
    assert (found.start, found.end, found.why) == (history[0].interval_start, history[0].interval_end, "rewritten")
    assert found.run_key != history[0].run_key
    with pytest.raises(SupersededError, match="version 2"):
        plan(NOW, NOW, ENDS, IDENTITY, committed(NOW, history, version="2"))


def test_the_future_is_refused():
    """A minute of difference between clocks is forgiven, more is not."""
    assert plan(NOW + timedelta(seconds=60), NOW, ENDS, IDENTITY, ()).why == "first"
    with pytest.raises(ConfigurationError, match="in the future"):
        plan(NOW + timedelta(seconds=61), NOW, ENDS, IDENTITY, ())


@pytest.mark.parametrize("as_of", [EPOCH, EPOCH + SETTLE, datetime(1, 1, 1, tzinfo=UTC)])
def test_an_instant_before_the_data_is_refused(as_of):
    """Nothing can be settled before there was anything."""
    with pytest.raises(ConfigurationError, match="before the data"):
        plan(as_of, NOW, ENDS, IDENTITY, ())


def test_the_key_names_the_work():
    """The key depends on pipeline, table, version and interval, and on nothing else."""
    key = run_key(*IDENTITY, EPOCH, NOW)
    vienna = NOW.astimezone(datetime.strptime("+0200", "%z").tzinfo)
    assert key == run_key(*IDENTITY, EPOCH, vienna)
    assert key == run_key(*IDENTITY, EPOCH, NOW, 1), "a backfill that fills what nobody has filled does the same work"
    assert len(key) == 32
    others = [("p", NAME, "1", EPOCH, NOW), (PIPELINE, "a.b", "1", EPOCH, NOW), (PIPELINE, NAME, "2", EPOCH, NOW)]
    others += [(*IDENTITY, EPOCH + DAY, NOW), (*IDENTITY, EPOCH, NOW + DAY)]
    assert len({key, *(run_key(*other) for other in others)}) == 6


INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 5, 30), timezones=st.timezones())  # noqa: DTZ001 - given zones


@settings(derandomize=True, max_examples=200)
@given(st.lists(INSTANTS, min_size=1, max_size=12))
def test_intervals_tile_time_whatever_the_ticks(ticks):
    """Runs at any instants in any zone, doubled, late or in disorder, cover the time up to the latest exactly once."""
    ticks = [tick.astimezone(UTC) if number % 2 else tick for number, tick in enumerate(ticks)]
    latest = max(tick.astimezone(UTC) for tick in ticks)
    history = ()
    for tick in ticks:
        try:
            history = committed(tick, history)
        except SupersededError:
            assert tick.astimezone(UTC) - SETTLE < history[0].interval_end
    bounds = [receipt.interval_start for receipt in reversed(history)] + [history[0].interval_end]
    assert bounds == sorted(set(bounds))
    assert bounds[0] == EPOCH
    assert bounds[-1] == latest - SETTLE
    assert all(newer.interval_start == older.interval_end for newer, older in pairwise(history))


@pytest.fixture
def run(catalog_env, tmp_path):
    """A function that runs the step and gives the three values it hands on."""
    migrate([DEFINITION])
    names = ("instant", "interval_start", "interval_end", "run_key", "views_start", "past", "held", "summary")
    paths = {name: tmp_path / name for name in names}

    def run(as_of, version="1", **more):
        told = {
            "as_of": format_instant(as_of),
            "pipeline": PIPELINE,
            "table": TABLE,
            "version": version,
            "label_delay_seconds": 86400,
            "run_id": "run-1",
            **more,
        }
        command.main(**told, **paths)
        return tuple(paths[name].read_text() for name in ("interval_start", "interval_end", "run_key"))

    return run


def test_the_step_plans_from_the_tables_receipts(run, tmp_path, capsys):
    """What one run commits, the next one's plan starts from."""
    as_of = datetime(2026, 3, 2, 12, tzinfo=UTC)
    start, end, key = run(as_of)
    assert (start, end) == ("1970-01-01T00:00:00Z", "2026-03-01T12:00:00Z")
    assert "first" in capsys.readouterr().out
    assert (tmp_path / "instant").read_text() == format_instant(as_of)
    done = Job(EPOCH, as_of - SETTLE, ())
    assert done.receipt.run_key == key
    done.load(done.write(tmp_path / "rows"))
    assert run(as_of) == (start, end, key)
    assert run(as_of + DAY)[:2] == (end, format_instant(as_of))
    with pytest.raises(SupersededError):
        run(as_of - DAY)


def test_the_step_looks_back_over_what_is_filled(run, tmp_path):
    """All filled time is looked at again; what lies within the lookback is reopened, and its views are wanted."""
    first, second = Job(EPOCH, NOW - 9 * DAY, ()), Job(NOW - 9 * DAY, NOW - 2 * DAY, ())
    for number, done in enumerate((first, second)):
        done.load(done.write(tmp_path / f"rows-{number}"))
    assert (tmp_path / "views_start").exists() is False
    run(NOW, lookback_hours=48)
    parts = [
        (EPOCH, NOW - 9 * DAY, NOW - 8 * DAY, False),
        (NOW - 9 * DAY, NOW - 4 * DAY, NOW - DAY, False),
        (NOW - 4 * DAY, NOW - 2 * DAY, NOW - DAY, True),
    ]
    expected = Past(second.receipt.run_key, tuple(Part(*part) for part in parts))
    assert parse_past((tmp_path / "past").read_text()) == expected
    assert (tmp_path / "views_start").read_text() == format_instant(NOW - 4 * DAY)
    run(NOW)
    assert (tmp_path / "views_start").read_text() == format_instant(NOW - 2 * DAY)
    with pytest.raises(ConfigurationError, match="--lookback-hours is -1"):
        run(NOW, lookback_hours=-1)


def test_the_step_hands_on_what_waits_already(run, tmp_path):
    """Time that an earlier run has left to a backfill, so that the next one need not name it again."""
    first, second = Job(EPOCH, NOW - 9 * DAY, ()), Job(NOW - 9 * DAY, NOW - 2 * DAY, ())
    first.load(first.write(tmp_path / "rows-0"))
    left = replace(NOTHING, seen=first.receipt.run_key, late=(Late(NOW - 12 * DAY, NOW - 11 * DAY, 3, NOW - DAY),))
    load(DEFINITION, second.receipt, second.write(tmp_path / "rows-1"), left)
    run(NOW)
    assert parse_past((tmp_path / "past").read_text()).waits == ((NOW - 12 * DAY, NOW - 11 * DAY),)


def test_the_step_hands_on_what_the_table_holds(run, tmp_path):
    """Key and label of the rows that may be reopened, with the very first and without the interval's; else none."""
    early, late = job(EPOCH, NOW - 9 * DAY), job(NOW - 9 * DAY, NOW - 2 * DAY)
    for number, done in enumerate((early, late)):
        done.load(done.write(tmp_path / f"rows-{number}"))
    held = {"table": TABLE | {"late": {"key": ["image_id", "decision_point_minutes"], "columns": ["score"]}}}
    run(NOW, lookback_hours=48, **held)
    assert {tuple(row.values()) for row in rows(tmp_path / "held")} == {
        (at, image, point, score) for image, at, point, score in late.rows
    }
    for more in ({"lookback_hours": 48}, held):
        run(NOW, **more)
        assert rows(tmp_path / "held") == []


def rows(directory):
    """The rows of a dataset."""
    return [row for batch in read_batches(directory) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"backfill_to": "2026-02-01T00:00:00Z"}, "without backfill_from"),
        ({"backfill_from": "2026-02-01T00:00:00Z"}, "backfill_from with generation 0"),
        ({"backfill_from": "2026-02-02T00:00:00Z", "backfill_to": "2026-02-01T00:00:00Z", "generation": 1}, "start"),
        ({"backfill_from": "2026-02-01T00:00:00Z", "backfill_to": "2026-03-02T00:00:00Z", "generation": 1}, "settled"),
    ],
)
def test_a_backfill_may_say_where_its_interval_ends(run, tmp_path, more, words):
    """It then knows more than its tick did; an end that is not settled at `as_of` is refused."""
    as_of = datetime(2026, 3, 2, tzinfo=UTC)
    right = {"backfill_from": "2026-02-01T00:00:00Z", "backfill_to": "2026-02-02T00:00:00Z", "generation": 2}
    start, end, key = run(as_of, **right)
    assert (start, end) == (right["backfill_from"], right["backfill_to"])
    assert key == run_key(*IDENTITY, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC), 2)
    with pytest.raises(ConfigurationError, match=words):
        run(as_of, **more)


def test_the_step_asks_the_database_for_the_time(run):
    """The future begins where the database's clock says."""
    with pytest.raises(ConfigurationError, match="the database's clock says"):
        run(datetime(2999, 1, 1, tzinfo=UTC))


DAILY = Ends(each="day", timezone="Europe/Berlin", late_days=3)
WEEKLY = replace(DAILY, whole_weeks=True)


def of_days(as_of, ends, receipts=(), backfill=None):
    """The plan of a run of local days at that instant."""
    if backfill:
        return plan_backfill(as_of, NOW, ends, IDENTITY, backfill, receipts)
    return plan(as_of, NOW, ends, IDENTITY, receipts)


def berlin(day, hour=0):
    """An instant of March 2026 by the clocks of Berlin."""
    return datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def held(start, end):
    """A committed load."""
    return (Receipt("key", PIPELINE, start, end, end + timedelta(hours=5), "1"),)


@pytest.mark.parametrize(
    ("ends", "start"),
    [
        # On 29 March clocks go forward: three days before the 31st at midnight are 71 hours.
        (DAILY, berlin(28)),
        (WEEKLY, berlin(23)),
        (replace(WEEKLY, late_days=0), berlin(30)),
    ],
)
def test_runs_of_days_fill_the_last_ones_anew(ends, start):
    """The interval ends with the last day that is over, begins some days before, and with a Monday where it has to."""
    found = of_days(berlin(31, 5), ends, held(EPOCH, berlin(30)))
    assert (found.start, found.end, found.why) == (start, berlin(31), "next")
    assert (found.end - berlin(28)) == timedelta(hours=71)


def test_a_run_of_days_makes_good_what_was_missed():
    """It goes back as far behind where the last one ended: what came late in between is not too late for that."""
    assert of_days(berlin(31, 5), DAILY, held(EPOCH, berlin(12))).start == berlin(10)
    assert of_days(berlin(31, 5), replace(DAILY, late_days=0), held(EPOCH, berlin(12))).start == berlin(12)
    assert of_days(berlin(31, 5), DAILY).start == EPOCH


def test_a_run_of_the_same_day_changes_nothing():
    """Whenever it is on the day; and one of an earlier day has been overtaken."""
    first = of_days(berlin(31, 5), WEEKLY, held(EPOCH, berlin(30)))
    done = (Receipt(first.run_key, PIPELINE, first.start, first.end, berlin(31, 5), "1"), *held(EPOCH, berlin(30)))
    again = of_days(berlin(31, 23), WEEKLY, done)
    assert (again.run_key, again.start, again.why) == (first.run_key, first.start, "repeated")
    with pytest.raises(SupersededError, match="needs an as_of after 2026-03-31T22:00:00Z"):
        of_days(berlin(29, 5), WEEKLY, done[:1])


def test_a_backfill_of_days_goes_back_as_far():
    """The days before it are filled with as much known, too, so it leaves what runs of each day would have left."""
    found = of_days(berlin(24, 5), WEEKLY, (), Backfill(berlin(16), 1, berlin(23)))
    assert (found.start, found.end, found.why) == (berlin(9), berlin(23), "backfilled")


def test_a_backfill_of_days_leaves_what_is_known_as_well():
    """Two weeks that are filled with as much known, one after the other, do not stand in each other's way."""
    known, history = berlin(31, 5), held(EPOCH, berlin(30))
    for week, start in ((2, berlin(23, 0) - 28 * DAY), (9, berlin(9))):
        found = of_days(known, WEEKLY, history, Backfill(berlin(week), 2, berlin(week + 7)))
        assert (found.start, found.why) == (start, "backfilled")
        done = Receipt(found.run_key, PIPELINE, found.start, found.end, known, "1", generation=2)
        history = (done, *history)
        again = of_days(known, WEEKLY, history, Backfill(berlin(week), 2, berlin(week + 7)))
        assert (again.run_key, again.start, again.why) == (found.run_key, found.start, "repeated")


def test_days_begin_in_no_time_before_1970():
    """A first run begins there, whatever the zone."""
    west = replace(WEEKLY, timezone="America/Los_Angeles")
    found = of_days(EPOCH + 3 * DAY, west, held(EPOCH, EPOCH + timedelta(hours=32)))
    assert found.start == EPOCH


def test_a_day_that_is_computed_anew_leaves_the_days_before_it():
    """Later runs have filled them with more known, which a new generation of another day must not take away."""
    daily = [
        Receipt(f"k{day}", PIPELINE, berlin(day - 3), berlin(day), berlin(day, 5), "1") for day in range(14, 4, -1)
    ]
    found = of_days(berlin(11, 5), DAILY, daily, Backfill(berlin(10), 2, berlin(11)))
    assert (found.start, found.end, found.why) == (berlin(10), berlin(11), "backfilled")
