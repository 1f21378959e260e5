"""What a plan says of the tables that a run would write: the time that it would, and what lies there now."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.begin_run import dataset, interval, plan_dataset, snapshot, stream, versions
from components.begin_run.asked import dataset_asked
from components.begin_run.migrate import migrate
from components.begin_run.plan_interval import run_key
from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg.cuts import load_of
from components.iceberg.receipts import Receipt
from components.load_iceberg.load import load
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError, StepError, SupersededError
from components.shell.instants import format_instant, parse_instant
from components.shell.schema import Table
from pipelines.event_aggregation import TABLE as EVENTS
from stockpot.backfill.touching import Touched, touched
from stockpot.compiler.definitions import glance
from stockpot.local.due import Due
from stockpot.local.planning import plan_pipeline
from tests.components.load_iceberg.modes import VERSIONS
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, NAME, PIPELINE, T0, TABLE, job, table_now

HOUR = timedelta(hours=1)
NOW = T0 + 9 * DAY
# Of five rows between two noons.
DAYS = {date(2026, 3, 1): 3, date(2026, 3, 2): 2}
BEGINNINGS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "interval": (interval.main, {"table": TABLE, "label_delay_seconds": 86400}),
    "dataset": (dataset.main, {"table": TABLE, "settings": {}, "source": "postgres"}),
    "snapshot": (snapshot.main, {"table": TABLE, "each": "day"}),
    "versions": (versions.main, {"table": VERSIONS, "oldest_hours": 24 * 365 * 9.0}),
    "stream": (stream.main, {"table": EVENTS.document(), "derived": []}),
}
DATES = Table("a.days", ["day date!", "name string!"], {"day": "month"}, "day")


def at(days: float) -> str:
    """An instant so many days after T0, in words."""
    return format_instant(T0 + days * DAY)


def begun(how: str, as_of: str, **given: Any) -> dict[str, Any]:
    """What the step that begins a run is given, with its defaults: all but where it writes."""
    main, own = BEGINNINGS[how]
    parameters = inspect.signature(main).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
    return {"run_id": "", "pipeline": PIPELINE, "version": "1", **defaults, **own, "as_of": as_of, **given}


def told(days: float, how: str = "interval", **given: Any) -> Touched:
    """What is told of a run at an instant so many days after T0, and of an interval's the label delay later."""
    as_of = at(days + 1 if how == "interval" else days)
    (found,) = touched(Due("", how=how, given=begun(how, as_of, **given)), NOW)
    return found


@pytest.fixture
def filled(catalog_env, tmp_path: Path) -> None:
    """Eight rows up to T0, and five of the day after it."""
    migrate([DEFINITION])
    for number, each in enumerate((job(EPOCH, T0, 8), job(T0, T0 + DAY, 5))):
        each.load(each.write(tmp_path / str(number)))


def test_without_a_table_all_time_is_filled_and_nothing_is_there(catalog_env) -> None:
    """As on the first run."""
    assert told(0) == Touched(NAME, "filled for the first time", (EPOCH, T0), {})
    assert told(0).rows == 0


def test_the_next_interval_begins_where_the_last_one_ended(filled) -> None:
    """As the catalog says, not as this machine's runs say; nothing lies there yet."""
    assert told(2) == Touched(NAME, "filled next", (T0 + DAY, T0 + 2 * DAY), {})


def test_an_interval_that_is_there_has_its_rows_by_day(filled) -> None:
    """It stays as it is under the same version, and is written anew under another; the rows before it do not count."""
    assert told(1) == Touched(NAME, "there already, and left as it is", (T0, T0 + DAY), DAYS)
    newer = told(1, version="2")
    assert newer == Touched(NAME, "written anew, under another version of the definition", (T0, T0 + DAY), DAYS)


def test_tables_beside_have_lines_of_their_own(filled) -> None:
    """Those that share the run's time; one that does not exist yet has no rows."""
    beside = {**TABLE, "name": "a.beside"}
    given = begun("interval", at(2), also=[beside])
    assert [(one.table, one.rows) for one in touched(Due("", how="interval", given=given), NOW)] == [
        (NAME, 5),
        ("a.beside", 0),
    ]


def test_a_backfill_says_what_it_writes_over(filled) -> None:
    """By the parameters that `stockpot backfill` gives a run; across files that hold other time too."""
    found = told(1, backfill_from=at(-0.5), backfill_to=at(1), generation=2)
    assert (found.span, found.words, found.days) == (
        (T0 - DAY / 2, T0 + DAY),
        "written anew",
        {**DAYS, date(2026, 3, 1): 5},
    )


def test_a_run_that_is_superseded_touches_nothing(filled) -> None:
    """The reason is the one that the run itself would give."""
    found = told(-1)
    assert (found.span, found.rows) == (None, 0)
    assert found.words.endswith(f"is superseded: the table is filled up to {at(1)}")


@pytest.mark.parametrize("how", BEGINNINGS)
def test_an_instant_to_come_is_refused(catalog_env, how: str) -> None:
    """As the run would refuse it: by the clock of the database."""
    with pytest.raises(ConfigurationError, match="future"):
        told(20, how)


ASKED: list[tuple[str, float, Mapping[str, Any]]] = [
    *(("interval", days, {}) for days in (-40000, 0.5, 1, 2, 3, 3.25)),
    ("interval", 2, {"version": "2"}),
    ("interval", 3, {"late_days": -1}),
    ("interval", 3, {"lookback_hours": -1}),
    ("interval", 3, {"each": "day", "timezone": "Europe/Berlin", "late_days": 2}),
    ("interval", 3, {"each": "day", "timezone": "Europe/Berlin", "whole_weeks": True}),
    ("interval", 3, {"each": "day", "timezone": "Nowhere"}),
    ("interval", 2, {"backfill_from": at(0)}),
    ("interval", 2, {"backfill_to": at(1)}),
    ("interval", 2, {"generation": 1}),
    ("interval", 3, {"generation": 1}),
    ("interval", 2, {"backfill_from": "yesterday", "generation": 1}),
    ("interval", 2, {"backfill_from": at(0), "generation": 1}),
    ("interval", 2, {"backfill_from": at(0), "generation": 2}),
    ("interval", 2, {"backfill_from": at(-3), "backfill_to": at(0.5), "generation": 3}),
    ("interval", 2, {"backfill_from": at(0), "backfill_to": at(5), "generation": 2}),
    *(("dataset", days, {}) for days in (-40000, 0, 1, 2)),
    *(("dataset", days, {"inclusive": True}) for days in (0, 1, 2)),
    ("dataset", 2, {"source": "synthetic", "config": "a: 1", "made_from": "x=1"}),
    *(("snapshot", days, {}) for days in (-40000, 0, 3, 5)),
    ("snapshot", 3, {"timezone": "Europe/Berlin"}),
    ("snapshot", 3, {"each": "run"}),
    ("snapshot", 3, {"each": "run", "cut": at(1)}),
    ("snapshot", 3, {"cut": at(1)}),
    ("snapshot", 3, {"cut": at(0.5)}),
    ("snapshot", 3, {"cut": at(9.5)}),
    ("snapshot", 3, {"cut": at(0.5), "generation": 0}),
    ("snapshot", 3, {"cut": at(0.5), "generation": 2}),
]


def asked(given: Mapping[str, Any], how: str, directory: Path) -> tuple[datetime, datetime] | tuple[type, str]:
    """The time that the run itself resolves, or what it ends with."""
    main, _ = BEGINNINGS[how]
    outputs = {
        each.name: directory / each.name
        for each in inspect.signature(main).parameters.values()
        if each.annotation is Path
    }
    try:
        main(**given, **outputs)
    except StepError as error:
        return type(error), error.message
    start, end = (parse_instant((directory / name).read_text()) for name in ("interval_start", "interval_end"))
    return start, end


def planned(given: Mapping[str, Any], how: str) -> tuple[datetime, datetime] | tuple[type, str]:
    """The time that the plan says, or what the run would end with."""
    try:
        (found,) = touched(Due("", how=how, given=given), clock(runs_url()))
    except StepError as error:
        return type(error), error.message
    return found.span or (SupersededError, found.words)


def test_the_plan_is_what_the_run_resolves(filled, tmp_path: Path) -> None:
    """The step that begins a run, asked the same, gives the same time, or refuses it in the same words."""
    outcomes = set()
    for how, days, more in ASKED:
        given = begun(how, at(days), **more)
        found = asked(given, how, tmp_path)
        assert planned(given, how) == found, (how, days, more)
        outcomes.add((how, found[0] if isinstance(found[0], type) else datetime))
    kinds = (datetime, ConfigurationError, SupersededError)
    assert outcomes == {(how, kind) for how in ("interval", "dataset", "snapshot") for kind in kinds}


def test_a_whole_table_is_replaced_or_left(catalog_env, tmp_path: Path) -> None:
    """What it holds already is no reason to write it."""
    migrate([DEFINITION])
    held = dataset_asked(PIPELINE, NAME, "1", {}, source="synthetic")
    found = plan_dataset.plan(T0, NOW, held, ())
    rows = job(EPOCH, T0, 8).write(tmp_path / "rows")
    load(DEFINITION, Receipt(found.run_key, PIPELINE, found.start, found.end, T0, "1"), rows)
    again, other = told(1, "dataset", source="synthetic"), told(1, "dataset")
    assert (again.words, again.span, again.rows) == ("there already, and left as it is", (EPOCH, T0), 8)
    assert (other.words, other.span, other.rows) == ("the whole table is replaced", (EPOCH, T0 + DAY), 8)


def test_a_cut_says_how_it_stands_to_others(catalog_env, tmp_path: Path) -> None:
    """The one that is there stays, or is written anew where more is known."""
    assert told(0, "snapshot", each="run").words == "filled for the first time"
    migrate([DEFINITION])
    rows = replace(job(T0, T0 + DAY, 0), rows=(("a", T0, 0, 0.5),)).write(tmp_path / "rows")
    load(DEFINITION, load_of(PIPELINE, NAME, "1", T0, T0, 1), rows)
    cuts = [(0, {}), (1, {}), (-1, {}), (1, {"cut": at(0)})]
    found = [told(days, "snapshot", each="run", **more) for days, more in cuts]
    assert [(one.words, one.rows) for one in found] == [
        ("there already, and left as it is", 1),
        ("filled next", 0),
        ("filled, with later cuts there already", 0),
        ("written anew", 1),
    ]


@pytest.mark.parametrize("how", ["versions", "stream"])
def test_of_versions_and_streams_rows_are_added(catalog_env, how: str) -> None:
    """Which, and how many, only the source knows."""
    found = told(1, how)
    assert (found.words.split(";")[0], found.span, found.rows) == ("rows are added", None, None)


def test_a_state_that_is_too_old_is_refused(catalog_env) -> None:
    """As the run would."""
    with pytest.raises(ConfigurationError, match="more than 1 hour ago"):
        told(1, "versions", oldest_hours=1.0)


def test_rows_that_are_deleted_do_not_count(filled) -> None:
    """By whomever."""
    table_now().delete(f"image_id == '1-{T0 + DAY:%d%H}-0'")
    assert told(1).rows == 4


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
def test_a_table_filled_by_days_has_its_rows_by_day(catalog_env, tmp_path: Path, zone: str) -> None:
    """Its dates are days in themselves: of files that hold one day, and of those that hold several."""
    migrate([DATES])
    first = datetime(2026, 3, 1, tzinfo=UTC)
    days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 2, 28)]
    for end, values in ((first, days), (first + DAY, [date(2026, 3, 1)])):
        rows = pa.table({"day": pa.array(values, pa.date32()), "name": ["x"] * len(values)})
        write_dataset(tmp_path / f"{end:%d}", rows.schema, rows.to_batches())
        start = EPOCH if end == first else first
        key = run_key(PIPELINE, DATES.name, "1", start, end)
        load(DATES, Receipt(key, PIPELINE, start, end, end, "1"), tmp_path / f"{end:%d}")
    given = {"table": DATES.document(), "timezone": zone, "each": "day" if zone != "UTC" else "run"}
    next_one = told(2, label_delay_seconds=0, **given)
    assert (next_one.words, next_one.days) == ("filled next", {})
    again = told(1, label_delay_seconds=0, version="2", backfill_from="2026-02-27T00:00:00Z", generation=2, **given)
    assert again.days == {date(2026, 2, 27): 1, date(2026, 2, 28): 2, date(2026, 3, 1): 1}
    part = told(1, backfill_from="2026-02-28T00:00:00Z", backfill_to=at(-0.5), generation=2, **given)
    assert part.days == {date(2026, 2, 28): 2}


def due_of(pipeline: str, home: Path, **given: str) -> Due:
    """What is due by the pipeline's plan, with these parameters and as of ten in the morning of 15 January 2026."""
    found = plan_pipeline(glance(pipeline).pipeline, given, home=home, as_of="2026-01-15T10:00:00Z").due
    assert found
    return found


def test_pipelines_are_asked_as_their_steps_would_be(catalog_env, tmp_path: Path) -> None:
    """What the plan of a pipeline hands its first step decides: settings, whole intervals, cuts, parameters."""
    (ranking, *_) = touched(due_of("feed-ranking", tmp_path), NOW)
    assert ranking.span == (EPOCH, datetime(2026, 1, 15, 10, tzinfo=UTC))
    (content, *_) = touched(due_of("articles-content", tmp_path), NOW)
    assert content.span == (EPOCH, datetime(2026, 1, 15, 10, 0, 0, 1, tzinfo=UTC))
    with pytest.raises(ConfigurationError, match="not the first instant of a day"):
        due_of("customer-features", tmp_path, cut="2026-01-14T12:00:00Z")
    with pytest.raises(ConfigurationError, match="generation 0"):
        due_of("moderation-training", tmp_path, backfill_from="2026-01-01T00:00:00Z")
    with pytest.raises(ConfigurationError, match="without backfill_from"):
        due_of("moderation-training", tmp_path, generation="1")
