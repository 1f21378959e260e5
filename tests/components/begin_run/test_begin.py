"""A run's beginning as a whole: what is missing is made, the plan is handed on, and the run has its row."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from components.begin_run import dataset, interval, snapshot, stream, versions
from components.begin_run.lacking import _days_of
from components.connect import postgres
from components.connect.endpoints import runs_url
from components.iceberg.catalog import load_table, open_catalog
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant, parse_instant
from pipelines.event_aggregation import TABLE as EVENTS
from pipelines.event_aggregation import WINDOWS
from tests.components.lineage.client import bare, written
from tests.components.load_iceberg.modes import VERSIONS
from tests.components.load_iceberg.scene import NAME, PIPELINE, TABLE, Job
from tests.harness.listening import Listener

AS_OF = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
COMMON = ("instant", "interval_start", "interval_end", "summary")
MODES: Mapping[str, tuple[Any, Mapping[str, Any], tuple[str, ...]]] = {
    "interval": (
        interval,
        {"table": TABLE, "label_delay_seconds": 86400},
        (*COMMON, "run_key", "views_start", "past", "held"),
    ),
    "dataset": (
        dataset,
        {"table": TABLE, "source": "synthetic", "source_path": "", "config": "a: 1", "settings": {}},
        (*COMMON, "run_key"),
    ),
    "snapshot": (snapshot, {"table": TABLE, "each": "day", "timezone": "Europe/Berlin"}, (*COMMON, "run_key")),
    "versions": (versions, {"table": VERSIONS, "oldest_hours": 24 * 365 * 9}, (*COMMON, "run_key")),
    "stream": (
        stream,
        {"table": EVENTS.document(), "derived": [table.document() for table in WINDOWS.values()]},
        (*COMMON, "after"),
    ),
}
Begin = Callable[..., dict[str, str]]


@pytest.fixture
def begin(catalog_env: dict[str, str], tmp_path: Path) -> Begin:
    """A function that begins a run of a mode, on a catalog that holds nothing yet, and gives what it hands on."""

    def begun(mode: str, as_of: str = format_instant(AS_OF), run_id: str = "run-1", **more: Any) -> dict[str, str]:
        module, given, outputs = MODES[mode]
        paths = {name: tmp_path / name for name in outputs}
        identity = {"run_id": run_id, "as_of": as_of, "pipeline": PIPELINE, "version": "1"}
        module.main(**{**identity, **given, **more}, **paths)
        return {name: path.read_text() for name, path in paths.items() if path.is_file()}

    return begun


def rows() -> list[tuple[Any, ...]]:
    """The rows of `etl_runs`."""
    with postgres.session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute("SELECT run_id, status, run_key, as_of, interval_start, interval_end, started_at FROM etl_runs")
        return list(cursor.fetchall())


@pytest.mark.parametrize("mode", MODES)
def test_a_first_run_finds_all_that_it_needs(begin: Begin, mode: str) -> None:
    """Catalog, tables and `etl_runs` are made, the row says what the plan says, and repeated it changes nothing."""
    found = begin(mode)
    names = [table.name for table in (EVENTS, *WINDOWS.values())]
    names = names if mode == "stream" else [MODES[mode][1]["table"]["name"]]
    assert [load_table(open_catalog(), name).current_snapshot() for name in names] == [None] * len(names)
    ((run_id, status, key, as_of, start, end, began),) = rows()
    assert (run_id, status, key, as_of) == ("run-1", "running", found.get("run_key"), AS_OF)
    assert (format_instant(start), format_instant(end)) == (found["interval_start"], found["interval_end"])
    assert found["instant"] == format_instant(AS_OF)
    assert (begin(mode), rows()) == (found, [(run_id, status, key, as_of, start, end, began)])


@pytest.mark.parametrize("mode", ["interval", "dataset", "snapshot", "versions"])
def test_tables_beside_are_made_with_it_and_a_second_beginning_has_no_row(begin: Begin, mode: str) -> None:
    """A run that fills another table in another way begins there without a name."""
    beside = {**MODES[mode][1]["table"], "name": "kitchen.beside"}
    found = begin(mode, run_id="", also=[beside])
    assert load_table(open_catalog(), "kitchen.beside").current_snapshot() is None
    assert rows() == []
    assert found["run_key"] == begin(mode)["run_key"]


@pytest.mark.parametrize("mode", ["interval", "stream"])
def test_openlineage_is_told_of_the_start(begin: Begin, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the row's own instant, so that a repeated beginning tells the same; one without a row tells nothing."""
    listener = Listener()
    monkeypatch.setenv("OPENLINEAGE_URL", listener.url)
    begin(mode)
    begin(mode)
    begin(mode, run_id="")
    listener.close()
    first, again = (json.loads(each.body) for each in listener.sent)
    assert first == again
    ((_, _, _, _, start, end, began),) = rows()
    assert (first["eventType"], first["eventTime"], first["job"]["name"]) == ("START", format_instant(began), PIPELINE)
    nominal = first["run"]["facets"]["nominalTime"]
    assert [nominal[f"nominal{each}Time"] for each in ("Start", "End")] == [format_instant(start), format_instant(end)]
    assert bare(written(first)) == bare(first)


def test_an_address_that_cannot_be_used_is_refused_before_anything_is_made(begin: Begin, monkeypatch) -> None:
    """By its name; a server that is down is no reason not to begin."""
    monkeypatch.setenv("OPENLINEAGE_URL", "http://marquez:5000")
    with pytest.raises(ConfigurationError, match="OPENLINEAGE_URL leads to marquez in the clear"):
        begin("interval")
    with postgres.session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('etl_runs')")
        assert cursor.fetchone() == (None,)
    monkeypatch.setattr("components.connect.web._TRIES", {"total": 0})
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    begin("interval")
    assert len(rows()) == 1


def test_a_row_says_where_its_run_comes_from(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its engine, which is KFP where none says so, and the commit of its code where that is known."""
    begin("versions", run_id="unknown")
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    monkeypatch.setenv("STOCKPOT_GIT_COMMIT", "abc")
    begin("versions", run_id="known")
    with postgres.session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT run_id, engine, git_commit FROM etl_runs ORDER BY run_id")
        assert cursor.fetchall() == [("known", "local", "abc"), ("unknown", "kfp", None)]


def test_a_run_that_is_not_told_to_looks_at_its_interval_alone(begin: Begin, tmp_path: Path) -> None:
    """The hour before it is not read again, unless the run is told to look back."""
    begin("interval", run_id="before")
    done = Job(EPOCH, AS_OF - 2 * DAY, ())
    done.load(done.write(tmp_path / "rows"))
    found = begin("interval")
    assert found["views_start"] == found["interval_start"] == format_instant(done.end)
    assert begin("interval", lookback_hours=2)["views_start"] == format_instant(done.end - DAY / 12)


def test_a_run_that_may_not_begin_opens_no_row(begin: Begin, tmp_path: Path) -> None:
    """A malformed instant, one of the future, and a run that a newer one has overtaken leave the row to the end."""
    begin("interval", run_id="before")
    with pytest.raises(ConfigurationError):
        begin("interval", as_of="yesterday")
    with pytest.raises(ConfigurationError, match="future"):
        begin("interval", as_of="2126-01-01T00:00:00Z")
    done = Job(EPOCH, AS_OF - DAY, ())
    done.load(done.write(tmp_path / "rows"))
    with pytest.raises(SupersededError):
        begin("interval", as_of=format_instant(AS_OF - DAY))
    assert [row[0] for row in rows()] == ["before"]


def test_a_table_that_cannot_be_made_to_fit_stops_the_run(begin: Begin) -> None:
    """Before anything is read, and with the difference named."""
    begin("interval", run_id="before")
    with pytest.raises(ConfigurationError, match=f"table {NAME} cannot be made to fit"):
        begin("interval", table={**TABLE, "columns": TABLE["columns"][1:]})
    assert [row[0] for row in rows()] == ["before"]


def test_a_cut_is_the_beginning_of_its_day(begin: Begin) -> None:
    """Of the run's day in its zone, or the one that was asked for, which begins a day too."""
    assert begin("snapshot")["interval_start"] == "2026-03-01T23:00:00Z"
    asked = begin("snapshot", run_id="run-2", cut="2026-02-01T00:00:00+01:00")
    assert (asked["interval_start"], asked["interval_end"]) == ("2026-01-31T23:00:00Z", "2026-01-31T23:00:00.000001Z")
    with pytest.raises(ConfigurationError, match=r"not the first instant of a day.*give 2026-01-31T23:00:00Z"):
        begin("snapshot", run_id="run-3", cut="2026-02-01T00:00:00Z")
    assert [row[0] for row in rows()] == ["run-1", "run-2"]


def test_the_day_of_an_instant_needs_no_time_zone_data_of_arrow() -> None:
    """Which a slim image may lack; an unknown zone stands in for UTC without it."""
    late = pa.array([datetime(2026, 1, 1, 23, 20, tzinfo=UTC), datetime(1969, 6, 1, 22, 59, tzinfo=UTC)])
    found = _days_of(late.cast(pa.timestamp("us", "No/Where")), ZoneInfo("Europe/Berlin"))
    assert found == {date(2026, 1, 2), date(1969, 6, 1)}


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Africa/Monrovia", "1971-06-02T00:44:29.999999Z", "1971-06-02T00:44:30Z"),
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:31:30Z"),
    ],
)
def test_a_day_may_begin_at_any_instant(zone: str, before: str, after: str) -> None:
    """Zones had offsets of odd seconds; where clocks go back at one minute past midnight, the day before goes on."""
    instants = [parse_instant(text) for text in (before, after)]
    days = [instant.astimezone(ZoneInfo(zone)).date() for instant in instants]
    assert days[0] != days[1]
    assert [_days_of(pa.array([instant]), ZoneInfo(zone)) for instant in instants] == [{day} for day in days]


def test_days_that_a_table_beside_lacks_are_told(begin: Begin, tmp_path: Path) -> None:
    """How many and which, once a run has filled it; not those without rows, nor those that the run fills itself."""
    beside = {**TABLE, "name": "kitchen.beside"}
    told = {"also": [beside], "timezone": "Europe/Berlin"}

    def warned(as_of: datetime = AS_OF) -> list[str]:
        said = json.loads(begin("interval", format_instant(as_of), **told)["summary"])
        found: list[str] = said["details"]["warnings"]
        return found

    begin("interval", **told)
    end = AS_OF - DAY
    # Three days have rows, of which the last one begins in the evening of the day before in UTC.
    hours = (-100, -99, -60, -37)
    rows = tuple((str(hour), end + timedelta(hours=hour), 0, 0.5) for hour in hours)
    own = Job(EPOCH, end - DAY, rows)
    own.load(own.write(tmp_path / "own"))
    assert warned() == []
    last = Job(end - DAY, end - DAY / 2, (), name="kitchen.beside")
    last.load(last.write(tmp_path / "last"))
    (line,) = warned()
    assert line == (
        "kitchen.beside has no rows of 3 days (2026-02-25 to 2026-02-28) of moderation.training_data: stockpot backfill"
        " moderation-training --from 2026-02-24T23:00:00Z --to 2026-02-28T12:00:00Z --reprocess all, with the"
        " parameters that have it filled, makes up for them"
    )
    assert warned(AS_OF - DAY) == []
