"""The union of runs is one run: plan, features and load, over histories whose facts become known late."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.begin_run.held import write_held
from components.begin_run.migrate import migrate
from components.begin_run.plan_interval import plan
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.ends import Ends
from components.iceberg.lateness import Past, look_back
from components.iceberg.receipts import Receipt, late, receipts
from components.load_iceberg.load import load
from components.load_iceberg.renewing import read_touched
from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.coverage import Coverage
from components.moderation_features.cut import Cut
from components.shell.instants import EPOCH
from pipelines.moderation_training import DATASET, TABLE
from tests.components.moderation_features.histories import NOBODY_DOUBTS, PROPERTY, START, TIMES, History, write_history
from tests.components.moderation_features.oracle import Oracle, Row, usable
from tests.harness.properties import FIXTURES_STAY

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SETTLE = DATASET.label_delay
FOREVER = START + 10_000 * DAY
LABEL = "label_needs_moderation_24h"
_numbers = itertools.count()


@dataclass(frozen=True)
class Daily:
    """Runs over the history in `directory`, all into one table of their own."""

    directory: Path
    table: str
    lookback: timedelta = 14 * DAY
    deletions: str = "label"
    naive: bool = False
    blind: bool = False

    def run(self, as_of: datetime, coverage: Coverage = NOBODY_DOUBTS) -> dict[str, Any]:
        """The details of the features, after plan, features and load as the pipeline does them."""
        table = load_table(open_catalog(), self.table)
        committed = receipts(table, DATASET.name)
        found = plan(as_of, FOREVER, Ends(SETTLE), (DATASET.name, self.table, DATASET.version), committed)
        receipt = Receipt(found.run_key, DATASET.name, found.start, found.end, as_of, DATASET.version)
        past = Past() if self.naive else look_back(committed, receipt, max(EPOCH, found.start - self.lookback))
        definition, held = replace(TABLE, name=self.table), self.directory / "held"
        write_held(table, definition, past, found.start, held)
        outputs = Outputs(*(self.directory / name for name in ("rows", "rejected", "touched")))
        inputs = Inputs(
            self.directory / "raw", self.directory / "views", "events", coverage, past, None if self.blind else held
        )
        summary = compute(inputs, Cut(as_of, found.start, found.end, self.deletions), outputs)
        load(definition, receipt, outputs.rows, read_touched(outputs.touched, past.seen))
        return dict(summary.details)

    def rows(self) -> list[Row]:
        """The table's rows, in the order of the step."""
        rows = load_table(open_catalog(), self.table).scan().to_arrow().to_pylist()
        return sorted(rows, key=lambda row: (row["uploaded_at"], row["image_id"], row["decision_point_minutes"]))

    def waits(self) -> list[tuple[datetime, datetime]]:
        """The time that late facts wait for."""
        table = load_table(open_catalog(), self.table)
        return [(one.start, one.end) for one in late(table, DATASET.name, receipts(table, DATASET.name))]


def daily(directory: Path, tables: dict[str, list[Row]], **changed: Any) -> Daily:
    """Runs over a history, into a new table."""
    name = f"moderation.late_{next(_numbers)}"
    migrate([replace(TABLE, name=name)])
    place = directory / name
    write_history(place, tables)
    return Daily(place, name, **changed)


@pytest.fixture(name="place")
def _place(catalog_env, tmp_path: Path) -> Path:
    """A directory, beside a catalog."""
    return tmp_path


@pytest.mark.turns
@pytest.mark.parametrize(("deletions", "lookback"), [("label", 14), ("as_of", 14), ("label", 2)])
@settings(PROPERTY, max_examples=1, suppress_health_check=FIXTURES_STAY)
@given(seed=st.integers(1, 2**32 - 1))
def test_any_runs_together_are_one_run(place: Path, deletions: str, lookback: int, seed: int):
    """Daily, missed and doubled ticks give the rows that one run over all gives, but for those that are named."""
    tables = History(seed=seed, images=30).tables()
    runs = daily(place, tables, deletions=deletions, lookback=lookback * DAY)
    as_of = START + DAY + HOUR
    for step in (0, *Random(seed).choices([0, 1, 2, 4], k=2), 4):
        as_of += step * DAY
        runs.run(as_of)
    expected = Oracle(tables, as_of, EPOCH, as_of - SETTLE, deletions).rows()
    waits = runs.waits()
    assert not waits or lookback == 2

    def settled(rows: list[Row]) -> list[Row]:
        return [row for row in rows if not any(start <= row["uploaded_at"] < end for start, end in waits)]

    assert settled(runs.rows()) == settled(expected)
    assert settled(expected)


_FACTS = ("users", "images", "flags", "comments", "views")


@dataclass(frozen=True)
class Commits:
    """When the transactions committed that wrote each row, and that deleted it, by the row's identity."""

    rows: dict[int, datetime]
    deletions: dict[int, datetime]


def slow_commits(tables: dict[str, list[Row]], seed: int) -> Commits:
    """Transactions of which a third commit up to three days after what they say."""
    random = Random(seed)
    lags = [0, 0, 0, 0, 1, 30, 60, 72]
    rows = {id(row): usable(row, TIMES[name]) + random.choice(lags) * HOUR for name in _FACTS for row in tables[name]}
    deleted = (row for row in tables["images"] if row["deleted_at"])
    return Commits(rows, {id(row): row["deleted_at"] + random.choice(lags) * HOUR for row in deleted})


def committed_by(tables: dict[str, list[Row]], commits: Commits, now: datetime) -> dict[str, list[Row]]:
    """What a run that reads the source at `now` finds."""
    found = {name: [row for row in tables[name] if commits.rows[id(row)] <= now] for name in _FACTS}
    there = (commits.deletions.get(id(row), now) <= now for row in found["images"])
    images = [row if seen else {**row, "deleted_at": None} for row, seen in zip(found["images"], there, strict=True)]
    return found | {"images": images}


def seen_by_runs(tables: dict[str, list[Row]], commits: Commits, runs: Sequence[datetime]) -> list[Row]:
    """What is right: each row as the first run made it that could see its image, with the label that the last run sees.

    Rows are those that the last run would make.
    """
    first: dict[tuple[str, int], Row] = {}
    last: list[Row] = []
    for as_of in runs:
        last = Oracle(committed_by(tables, commits, as_of), as_of, EPOCH, as_of - SETTLE).rows()
        now = {(row["image_id"], row["decision_point_minutes"]): row for row in last}
        first = {key: {**first.get(key, row), LABEL: row[LABEL]} for key, row in now.items()}
    return list(first.values())


def run_slowly(place: Path, seed: int, *days: int, **changed: Any) -> tuple[list[Row], list[Row]]:
    """The rows that runs leave whose source commits some rows late, and those that they should leave."""
    tables = History(seed=seed, images=20).tables()
    commits = slow_commits(tables, seed)
    runs, ticks = daily(place, tables, **changed), [START + day * DAY + HOUR for day in days]
    for as_of in ticks:
        write_history(runs.directory, committed_by(tables, commits, as_of))
        runs.run(as_of)
    return runs.rows(), seen_by_runs(tables, commits, ticks)


@pytest.mark.turns
@settings(PROPERTY, max_examples=1, suppress_health_check=FIXTURES_STAY)
@given(seed=st.integers(1, 2**32 - 1))
def test_what_commits_after_a_run_with_an_older_time_is_found_by_the_next(place: Path, seed: int):
    """Images, uploaders, flags and deletions whose transaction commits after the run that should have seen them count.

    They do so once. What a row says of its decision stays as it was known when the row was made.
    """
    found, expected = run_slowly(place, seed, 1, 2, 4, 8)
    assert found == expected
    assert expected


def test_whoever_goes_by_times_alone_misses_it(place: Path):
    """The harness sees it where only facts with a new time are looked for: rows are missing, or labels wrong."""
    found, expected = run_slowly(place, 7, 1, 4, blind=True)
    assert len(found) < len(expected)


@pytest.mark.turns
@pytest.mark.parametrize(("deletions", "blind"), [("label", True), ("as_of", False)])
def test_a_deletion_that_commits_after_the_run_takes_its_image_out_once(place: Path, deletions: str, blind: bool):
    """The first run was to see it; the next one takes the rows out, and a third finds nothing more.

    The counter-test goes by times alone: the rows stay for ever.
    """
    tables = late_history()
    tables["images"][1] |= {"known_at": None}
    runs = daily(place, tables, deletions=deletions, blind=blind)
    runs.run(START + 2 * DAY)
    tables["images"][1] |= {"deleted_at": START + 2 * HOUR}
    tables["flags"].clear()
    write_history(runs.directory, tables)
    reopened = [runs.run(START + day * DAY)["late"]["reopened"] for day in (4, 5)]
    there = {row["image_id"] for row in runs.rows()}
    assert (reopened, there) == (([0, 0], {"early", "late", "next"}) if blind else ([1, 0], {"early", "next"}))


def late_history() -> dict[str, list[Row]]:
    """An image known in time and flagged by someone who is late, one known late, and one that comes a week later."""
    user = {"id": "u", "created_at": START - 400 * DAY}
    image = {"user_id": "u", "category": "Soup", "caption": "Pho"}
    return {
        "users": [user],
        "images": [
            {**image, "id": "early", "uploaded_at": START},
            {**image, "id": "late", "uploaded_at": START + HOUR, "known_at": START + 3 * DAY},
            {**image, "id": "next", "uploaded_at": START + 2 * DAY},
        ],
        "flags": [
            {"id": "f", "user_id": "u", "image_id": "early", "created_at": START + HOUR, "known_at": START + 3 * DAY}
        ],
        "views": [{"image_id": image, "event_time": START + HOUR + MINUTE} for image in ("early", "late")],
    }


def test_the_naive_way_goes_red(place: Path):
    """The harness sees it where runs look at nothing but what is due: an image and a label are missing."""
    runs = daily(place, late_history(), naive=True)
    for days in (2, 4):
        runs.run(START + days * DAY)
    rows = runs.rows()
    assert {row["image_id"] for row in rows} == {"early", "next"}
    assert not any(row[LABEL] for row in rows)


@pytest.mark.turns
@pytest.mark.parametrize("strict", [False, True])
def test_reopened_rows_keep_the_views_that_were_counted(place: Path, strict: bool):
    """Events that are gone by then change no row that is there; a new row says that its views are a lower bound.

    Where events were asked for and nothing else, they are still there for what is due, and the run goes on.
    """
    runs = daily(place, late_history())
    runs.run(START + 2 * DAY)
    before = {row["image_id"]: row for row in runs.rows() if row["decision_point_minutes"] == 30}
    gone = Coverage(
        "a.events", "the table is there", "7", bounded=True, strict=strict, since=START + DAY, until=FOREVER
    )
    details = runs.run(START + 4 * DAY, gone)
    assert details["views"]["from"] == "events"
    assert details["late"] == {"reopened": 2, "left": 0, "views": details["late"]["views"]}
    assert details["late"]["views"]["from"] == "milestones"
    after = {row["image_id"]: row for row in runs.rows() if row["decision_point_minutes"] == 30}
    assert after["early"] == {**before["early"], LABEL: True}
    assert after["late"]["views_1hr"] == 0
