"""What a plan says of the tables that a run would write: the time that it would, and what lies there now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.interval import main as begin
from components.begin_run.migrate import migrate
from components.iceberg.coverage import INSTANT
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from pipelines.moderation_training import DATASET
from stockpot.backfill.touching import Touched, touched
from stockpot.modes import AppendStream, FullRefresh, Snapshot
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, NAME, T0, TABLE, job, table_now

FILLED = replace(DATASET, table=replace(DATASET.table, name=NAME), version="1")
NOW = T0 + 9 * DAY
# Of five rows between two noons.
DAYS = {date(2026, 3, 1): 3, date(2026, 3, 2): 2}


def told(days: float, dataset: Any = FILLED, given: Mapping[str, Any] | None = None) -> Touched:
    """What is told of a run whose interval ends so many days after T0."""
    (found,) = touched(dataset, T0 + days * DAY + DATASET.label_delay, NOW, given or {})
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
    newer = told(1, replace(FILLED, version="2"))
    assert newer == Touched(NAME, "written anew, under another version of the definition", (T0, T0 + DAY), DAYS)


def test_a_backfill_says_what_it_writes_over(filled) -> None:
    """By the parameters that `stockpot backfill` gives a run; across files that hold other time too."""
    given = {"backfill_from": format_instant(T0 - DAY / 2), "backfill_to": format_instant(T0 + DAY), "generation": "2"}
    found = told(1, given=given)
    assert (found.span, found.words, found.days) == (
        (T0 - DAY / 2, T0 + DAY),
        "written anew",
        {**DAYS, date(2026, 3, 1): 5},
    )


def test_a_run_that_is_superseded_touches_nothing(filled) -> None:
    """The reason is the one that the run itself would give."""
    found = told(-1)
    assert (found.span, found.rows) == (None, 0)
    assert found.words.endswith(f"is superseded: the table is filled up to {format_instant(T0 + DAY)}")


def test_an_instant_to_come_is_refused(filled) -> None:
    """As the run would refuse it."""
    with pytest.raises(ConfigurationError, match="future"):
        told(20)


def test_the_plan_is_what_the_run_resolves(filled, tmp_path: Path) -> None:
    """The step that begins a run, asked the same, gives the same interval."""
    outputs = ["instant", "interval_start", "interval_end", "run_key", "views_start", "past", "held", "summary"]
    at = format_instant(T0 + 2 * DAY + DATASET.label_delay)
    begin(
        run_id="", as_of=at, pipeline=DATASET.name, table=TABLE, version="1",
        label_delay_seconds=int(DATASET.label_delay.total_seconds()), **{name: tmp_path / name for name in outputs},
    )  # fmt: skip
    found = told(2).span
    assert found is not None
    assert [(tmp_path / name).read_text() for name in ("interval_start", "interval_end")] == list(
        map(format_instant, found)
    )


def test_other_modes_say_what_they_write(filled) -> None:
    """The whole table, the cut, or rows that are added and not known before the source is read."""
    whole = told(1, replace(FILLED, mode=FullRefresh()))
    assert (whole.rows, whole.words.split()[:4]) == (13, ["the", "whole", "table", "is"])
    given = {"cut": format_instant(T0)}
    cut = told(1, replace(FILLED, mode=Snapshot()), given)
    assert (cut.span, cut.days) == ((T0, T0 + INSTANT), {date(2026, 3, 1): 1})
    stream = told(1, replace(FILLED, mode=AppendStream("uploaded_at")))
    assert (stream.span, stream.rows) == (None, None)


def test_rows_that_are_deleted_do_not_count(filled) -> None:
    """By whomever."""
    table_now().delete(f"image_id == '1-{T0 + DAY:%d%H}-0'")
    assert told(1).rows == 4
