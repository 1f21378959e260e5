"""What the table of events is known to hold after runs that plan and commit as ever, whatever became of their topics.

The topics are told, not held: rows are appended apart, and the runs say what they saw.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from components.begin_run.plan_stream import plan
from components.consume_events.offsets import Offsets, Span, Topic, continued, describe, judged, parse_offsets
from components.event_tables import commit
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.coverage import joined, remembered
from components.iceberg.receipts import receipts
from components.read_views.table import open_events
from components.shell.instants import format_instant
from pipelines.gourmetgram import EVENTS, VIEW
from tests.components.read_iceberg.events import DOCUMENT, MINUTE, NAME, T0, VIEWS, append, create, event

PIPELINE = "event-aggregation"
COMMENTS, OTHERS = "gourmetgram.comments", "others"
KINDS = {VIEWS: EVENTS["view"], OTHERS: EVENTS["view"], COMMENTS: EVENTS["comment"]}
MOMENT = timedelta(seconds=30)


@pytest.fixture
def table(catalog_env: dict[str, str]) -> None:
    """The table with ten views, one a minute."""
    create()
    append([event(n, T0 + n * MINUTE) for n in range(10)])


def topic(*spans: tuple[int, int], waiting: int = 0) -> Topic:
    """A topic that holds these spans, its first partition up to `waiting` behind an open transaction."""
    return Topic("x", {n: Span(*span) for n, span in enumerate(spans)}, waiting={0: waiting} if waiting else {})


def run(scratch: Path, as_of: datetime, present: Offsets, looked: datetime | None = None) -> datetime:
    """The instant at which a run at `as_of` looked at the topics, by its rows a moment later; it reads what is new."""
    looked = looked or as_of + MOMENT
    found = plan(as_of, looked, "1", receipts(load_table(open_catalog(), NAME), PIPELINE))
    before = parse_offsets(json.loads(found.after))
    asked = {name: KINDS[name] for name in present}
    spans = judged(continued(before, present, fail_on_data_loss=False), before, asked, looked)
    commit.main(
        staged=[],
        offsets=describe(spans),
        table=DOCUMENT,
        pipeline=PIPELINE,
        version="1",
        run_key=format_instant(as_of),
        as_of=as_of,
        interval_start=found.start,
        interval_end=as_of,
        **{name: scratch / name for name in ("snapshot_id", "receipt", "summary")},
    )
    return looked


def coverage() -> tuple[datetime, bool, datetime]:
    """Since when, whether from the very beginning, and until when the table holds all views."""
    found = open_events(NAME, VIEW).coverage()
    return datetime.fromisoformat(found["since"]), found["whole"], datetime.fromisoformat(found["until"])


def gaps() -> list[tuple[datetime, datetime]]:
    """The time that no run covers, as the table's properties tell it."""
    return joined(remembered(load_table(open_catalog(), NAME), PIPELINE)[0])


def test_a_late_topic_of_another_kind_takes_no_trust_away(table: None, tmp_path: Path) -> None:
    """Comments that were gone before somebody asked for them are no views, neither in this run nor in the next."""
    views = {VIEWS: topic((0, 10))}
    run(tmp_path, T0 + 20 * MINUTE, views)
    for minutes in (80, 140, 200):
        run(tmp_path, T0 + minutes * MINUTE, views | {COMMENTS: topic((500, 900))})
        assert coverage() == (T0, True, T0 + minutes * MINUTE)
    assert gaps() == []


@pytest.mark.parametrize("late", [{VIEWS: topic((0, 10), (7, 9))}, {VIEWS: topic((0, 10)), OTHERS: topic((7, 9))}])
def test_late_views_are_trusted_from_the_look_on(table: None, tmp_path: Path, late: Offsets) -> None:
    """A topic or a partition of views that had lost its beginning leaves no gap, and is told by every later run."""
    run(tmp_path, T0 + 20 * MINUTE, {VIEWS: topic((0, 10))})
    looked = run(tmp_path, T0 + 80 * MINUTE, late, T0 + 100 * MINUTE)
    for minutes in (90, 140):
        run(tmp_path, T0 + minutes * MINUTE, late, T0 + 150 * MINUTE)
        assert coverage() == (looked, False, T0 + minutes * MINUTE)
    assert gaps() == []


def test_no_run_covers_the_time_up_to_the_look_that_found_a_loss(table: None, tmp_path: Path) -> None:
    """However many ticks are made up for after it, the first beyond the look covers time again."""
    run(tmp_path, T0 + 20 * MINUTE, {VIEWS: topic((0, 10))})
    left, looked = {VIEWS: topic((15, 20))}, T0 + 200 * MINUTE
    for minutes in (80, 140, 190):
        run(tmp_path, T0 + minutes * MINUTE, left, looked)
    run(tmp_path, T0 + 260 * MINUTE, left)
    assert gaps() == [(T0 + 20 * MINUTE, looked)]
    for minutes in (260, 320):
        run(tmp_path, T0 + minutes * MINUTE, left | {COMMENTS: topic((5, 9))})
        assert coverage() == (looked, False, T0 + minutes * MINUTE)
    assert gaps() == [(T0 + 20 * MINUTE, looked)]


def test_a_topic_is_given_up_with_what_waits_of_it(table: None, tmp_path: Path) -> None:
    """Behind its open transaction there may be views that nobody reads any more: all is known from then on."""
    asked, others = {VIEWS: topic((0, 10)), OTHERS: topic((0, 5), waiting=8)}, {VIEWS: topic((0, 10))}
    run(tmp_path, T0 + 20 * MINUTE, {VIEWS: topic((0, 10)), OTHERS: topic((0, 5))})
    run(tmp_path, T0 + 40 * MINUTE, asked)
    assert coverage() == (T0, True, T0 + 20 * MINUTE)
    looked = run(tmp_path, T0 + 60 * MINUTE, others)
    assert coverage() == (looked, False, T0 + 60 * MINUTE)
    for minutes, present in ((80, others), (100, others | {OTHERS: topic((0, 8))})):
        run(tmp_path, T0 + minutes * MINUTE, present)
        assert coverage() == (looked, False, T0 + minutes * MINUTE)
    assert gaps() == []
