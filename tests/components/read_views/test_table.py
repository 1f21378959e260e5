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
from tests.components.read_iceberg.events import MINUTE, NAME, T0, VIEWS, Row, append, create, event

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
    ("as_of", "known_at", "until"), [(END, T0, END), (T0, END, T0), (None, T0 + MINUTE, T0 + MINUTE)]
)
def test_the_table_is_filled_up_to_its_last_run(
    catalog_env: dict[str, str], as_of: datetime | None, known_at: datetime, until: datetime
) -> None:
    """A quiet hour is covered by the run that found it quiet; a record of a producer whose clock is ahead by no run."""
    create()
    append([event(0, T0, known_at=known_at)], as_of=as_of)
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(until)


def _topic(*spans: tuple[int, int], **other: Any) -> dict[str, Any]:
    """What a receipt tells of a topic of views."""
    partitions = {str(number): {"start": start, "end": end} for number, (start, end) in enumerate(spans)}
    return {"id": "x", "kind": "view", "partitions": partitions, **other}


def test_an_archive_reaches_as_far_as_its_last_view(catalog_env: dict[str, str]) -> None:
    """A run that finds a dump's files says nothing of the time after them, and a comment that came later neither."""
    create()
    rows = [event(n, T0 + n * MINUTE) for n in (0, 9, 5)]
    append([*rows, event(0, T0 + 20 * MINUTE, event_type="comment")], as_of=END, topics={VIEWS: _topic(id="archive")})
    append([event(4, T0 + 3 * MINUTE)], as_of=END + MINUTE, run=1, topics={VIEWS: _topic(id="archive")})
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(T0 + 9 * MINUTE)
    append([event(5, END + 60 * MINUTE)], as_of=END + 2 * MINUTE, run=2, topics={VIEWS: _topic(id="archive")})
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(END + 2 * MINUTE)


def test_records_behind_an_open_transaction_are_not_there(catalog_env: dict[str, str]) -> None:
    """The table is complete up to the last run that left nothing waiting; what waits of comments is no view."""
    create()
    comments = {"gourmetgram.comments": _topic((0, 1), kind="comment", waiting={"0": 9})}
    append([event(0, T0)], as_of=T0 + 5 * MINUTE, topics={VIEWS: _topic((0, 1)), **comments})
    for run in (1, 2):
        append([], as_of=END + run * MINUTE, run=run, topics={VIEWS: _topic((1, 1), waiting={"0": 7})})
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(T0 + 5 * MINUTE)
    append([], as_of=END + 3 * MINUTE, run=3, topics={VIEWS: _topic((1, 1)), **comments})
    assert open_events(NAME, VIEW).coverage()["until"] == format_instant(END + 3 * MINUTE)


def test_every_partition_reaches_back_to_where_it_was_first_read(catalog_env: dict[str, str]) -> None:
    """Retention removes whole segments: of each partition and each topic of views another time is gone."""
    create()
    others = "others"
    topics = {VIEWS: _topic((0, 9), (4, 9)), others: _topic((6, 9), (0, 0)), "c": _topic((5, 9), kind="comment")}
    places = [(VIEWS, 0, 0), (VIEWS, 1, 4), (VIEWS, 1, 6), (others, 0, 8), (others, 0, 9)]
    rows = [event(n, T0 + at * MINUTE, topic=name, partition=n) for name, n, at in places]
    for number, row in enumerate(rows):
        append([row], as_of=END + number * MINUTE, run=number, topics=topics)
    coverage = open_events(NAME, VIEW).coverage()
    assert (coverage["since"], coverage["whole"]) == (format_instant(T0 + 8 * MINUTE), False)


def test_what_was_lost_is_told_by_the_topics_of_views(catalog_env: dict[str, str]) -> None:
    """Of a topic that came later and had lost its beginning, views are missing; of one of comments, none."""
    create()
    append([event(0, T0)], as_of=END, topics={VIEWS: _topic((0, 1))})
    lost = {"lost_until": format_instant(END)}
    append([], as_of=END, run=1, topics={VIEWS: _topic((1, 1)), "c": _topic((5, 9), kind="comment", **lost)})
    coverage = open_events(NAME, VIEW).coverage()
    assert (coverage["since"], coverage["whole"]) == (format_instant(T0), True)
    append([], as_of=END, run=2, topics={VIEWS: _topic((1, 1)), "others": _topic((5, 9), **lost)})
    coverage = open_events(NAME, VIEW).coverage()
    assert (coverage["since"], coverage["whole"]) == (format_instant(END), False)


def test_the_last_receipt_outlives_its_snapshot(catalog_env: dict[str, str]) -> None:
    """Where a compaction is all that has not expired, the property that keeps the receipt still tells of a loss."""
    create()
    table = append([event(0, T0)])
    told = {
        "run-key": "k", "pipeline": "p", "interval-start": format_instant(END), "interval-end": format_instant(END),
        "as-of": format_instant(END), "rows": "1", "definition-version": "1",
        "offsets": json.dumps({VIEWS: _topic((1, 1))}),
    }  # fmt: skip
    kept = {f"stockpot.{name}": value for name, value in told.items()} | {"snapshot-id": "7", "sequence-number": "1"}
    gaps = {"gaps": [[format_instant(T0), format_instant(T0 + 30 * MINUTE)]], "generation": 0}
    with table.transaction() as transaction:
        transaction.set_properties({"stockpot.receipt.p": json.dumps(kept), "stockpot.coverage.p": json.dumps(gaps)})
    coverage = open_events(NAME, VIEW).coverage()
    assert (coverage["since"], coverage["until"]) == (format_instant(T0 + 30 * MINUTE), format_instant(END))
