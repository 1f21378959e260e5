"""Views out of the table of events: which are read, and how far the table is known to hold them all."""

import json
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import FIRST
from components.read_views.read import Chosen, Outputs, Request, read
from components.read_views.table import open_events
from components.shell.datasets import files
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from pipelines.gourmetgram import VIEW
from tests.components.read_iceberg.events import MINUTE, NAME, T0, Row, append, create, event

END = T0 + 60 * MINUTE


def _read(tmp_path: Path, views_from: str = "auto", source: str = "", table: str = NAME) -> tuple[list[Row], Chosen]:
    outputs = Outputs(tmp_path / "views", tmp_path / "rejected", tmp_path / "summary.json")
    chosen = read(_no_store, Request(VIEW, views_from, source, "lake", T0, END, table), outputs)
    return [row for path in files(outputs.views) for row in pq.read_table(path).to_pylist()], chosen


def _no_store() -> Any:
    pytest.fail("the store's client is not needed for this")


def test_views_of_the_interval_come_from_the_table(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """Views from the interval's start to an hour after its end come, once each, and nothing else."""
    create()
    views = [event(n, T0 + (n - 3) * 10 * MINUTE, f"i{n}") for n in range(20)]
    append([*views, event(1, T0, event_type="comment"), event(1, T0, event_type="flag")])
    found, chosen = _read(tmp_path)
    wanted = [view for view in views if T0 <= view["event_time"] < END + 60 * MINUTE]
    assert [row["image_id"] for row in found] == [view["image_id"] for view in wanted]
    assert set(found[0]) == {"image_id", "event_time", "known_at"}
    assert (chosen.views_from, chosen.snapshot_id) == (
        "events",
        str(load_table(open_catalog(), NAME).snapshots()[0].snapshot_id),
    )


def test_without_the_table_milestones_do(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """A catalog without tables, or without this one, means milestones, and the reason is told."""
    found, chosen = _read(tmp_path)
    assert (found, chosen.views_from, chosen.why) == ([], "milestones", f"there is no table {NAME}")
    create()
    assert _read(tmp_path, table="event_aggregations.others")[1].views_from == "milestones"


def test_events_that_were_asked_for_must_be_there(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """Without table and prefix, events end with 11."""
    create()
    with pytest.raises(ConfigurationError, match="does not exist"):
        _read(tmp_path, "events", table="event_aggregations.others")


def test_the_first_view_known_is_found_in_any_order(catalog_env: dict[str, str]) -> None:
    """Over several files in any order, late and early, coverage begins with the view known first, not with comments."""
    create()
    random = Random(4)
    rows = [event(0, T0 - 500 * MINUTE, event_type="comment")]
    rows += [
        event(n, T0 + random.randint(-600, 600) * MINUTE, known_at=T0 + random.randint(0, 900) * MINUTE)
        for n in range(60)
    ]
    random.shuffle(rows)
    for start in range(0, len(rows), 20):
        append(rows[start : start + 20])
    since = min(row["known_at"] for row in rows if row["event_type"] == "view")
    assert open_events(NAME, VIEW).coverage()["since"] == format_instant(since)


def test_a_table_without_views_covers_nothing(catalog_env: dict[str, str]) -> None:
    """Comments alone, or no rows at all, are no record of views."""
    create()
    assert open_events(NAME, VIEW).coverage() == {"since": "", "whole": False, "until": ""}
    append([event(0, T0, event_type="comment")], as_of=END)
    assert open_events(NAME, VIEW).coverage() == {"since": "", "whole": False, "until": ""}


@pytest.mark.parametrize(("starts", "whole"), [(0, True), (7, False)])
def test_a_topic_read_from_its_beginning_is_whole(catalog_env: dict[str, str], starts: int, whole: bool) -> None:
    """The first receipt tells, later ones do not matter, and neither do snapshots without one."""
    create()
    append([event(starts, T0)], as_of=END, starts=starts, run=1)
    append([event(starts + 1, T0)])
    append([event(starts + 2, T0)], as_of=END, starts=starts + 2, run=2)
    assert open_events(NAME, VIEW).coverage()["whole"] is whole


def test_the_first_receipt_outlives_its_snapshot(catalog_env: dict[str, str]) -> None:
    """Where the first snapshot has expired, the property that keeps its receipt is believed."""
    create()
    append([event(5, T0)], as_of=END, starts=5, run=2)
    assert not open_events(NAME, VIEW).coverage()["whole"]
    spans = {"gourmetgram.views": {"partitions": {"0": {"start": 0, "end": 5}}}}
    with load_table(open_catalog(), NAME).transaction() as transaction:
        transaction.set_properties({FIRST: json.dumps({"offsets": json.dumps(spans)})})
    assert open_events(NAME, VIEW).coverage()["whole"]


@pytest.mark.parametrize(
    ("as_of", "known_at", "until"), [(END, T0, END), (T0, END, END), (None, T0 + MINUTE, T0 + MINUTE)]
)
def test_the_table_is_filled_up_to_its_last_run_or_event(
    catalog_env: dict[str, str], as_of: datetime | None, known_at: datetime, until: datetime
) -> None:
    """A quiet hour is covered by the run that found it quiet."""
    create()
    append([event(0, T0, known_at=known_at)], as_of=as_of)
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(until)
