"""What the table of events is known to hold after runs that plan and commit as ever, whatever became of their topics.

The topics are told, not held: rows are appended apart, and the runs say what they saw.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.begin_run.plan_stream import plan
from components.consume_events.offsets import Offsets, Span, Topic, annotated, begun, continued, describe, parse_offsets
from components.event_tables import commit
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.coverage import joined, remembered
from components.iceberg.receipts import receipts
from components.read_views import table as table_module
from components.read_views.table import open_events
from components.shell.instants import format_instant
from pipelines.gourmetgram import EVENTS, VIEW
from tests.components.read_iceberg.events import DOCUMENT, MINUTE, NAME, T0, VIEWS, append, create, event

PIPELINE = "event-aggregation"
COMMENTS, OTHERS = "gourmetgram.comments", "others"
KINDS = {VIEWS: EVENTS["view"], OTHERS: EVENTS["view"], COMMENTS: EVENTS["comment"]}
MOMENT, DAY = timedelta(seconds=30), timedelta(days=1)


@pytest.fixture
def table(catalog_env: dict[str, str]) -> None:
    """The table with ten views, one a minute."""
    create()
    append([event(n, T0 + n * MINUTE) for n in range(10)])


def topic(*spans: tuple[int, int], waiting: int = 0) -> Topic:
    """A topic that holds these spans, its first partition up to `waiting` behind an open transaction."""
    return Topic("x", {n: Span(*span) for n, span in enumerate(spans)}, waiting={0: waiting} if waiting else {})


def run(
    scratch: Path, as_of: datetime, present: Offsets, looked: datetime | None = None, *, told: bool = True
) -> datetime:
    """The instant at which a run at `as_of` looked at the topics: a moment later unless it is given.

    With `told=False`, the run is one of a version that did not say when it looked.
    """
    looked = looked or as_of + MOMENT
    found = plan(as_of, looked, "1", receipts(load_table(open_catalog(), NAME), PIPELINE))
    before = parse_offsets(json.loads(found.after))
    asked = {name: KINDS[name] for name in present}
    spans = annotated(continued(before, present, fail_on_data_loss=False), before, asked, looked)
    spans = spans if told else {name: replace(one, looked="") for name, one in spans.items()}
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


def test_a_quiet_partition_is_known_from_the_first_look_on(table: None, tmp_path: Path) -> None:
    """What it had lost was known before; when its first view comes, ten days later, nothing changes."""
    held = {VIEWS: topic((100, 500), (40, 40))}
    looked = run(tmp_path, T0 + 20 * MINUTE, held)
    assert coverage() == (looked, False, T0 + 20 * MINUTE)
    append([event(40, T0 + 10 * DAY, partition=1)])
    run(tmp_path, T0 + 11 * DAY, {VIEWS: topic((100, 500), (40, 41))})
    assert coverage() == (looked, False, T0 + 11 * DAY)


def test_a_first_view_before_the_look_tells_more(table: None, tmp_path: Path) -> None:
    """Retention takes whole segments: behind the first view that is left of each partition nothing is gone."""
    append([event(40, T0 + 15 * MINUTE, partition=1)])
    run(tmp_path, T0 + 20 * MINUTE, {VIEWS: topic((100, 500), (40, 41))}, T0 + 2 * DAY)
    assert coverage()[0] == T0 + 15 * MINUTE


@pytest.mark.parametrize(
    ("held", "begins"), [(topic((0, 10), (5, 9)), 2 * MINUTE), (topic((0, 10), (5, 9), (30, 40)), 4 * DAY)]
)
def test_a_table_that_begins_at_an_instant(table: None, tmp_path: Path, held: Topic, begins: timedelta) -> None:
    """A partition that reaches back to it is whole from there, whenever its first view is; one that does not is not."""
    append([event(9, T0 + 3 * DAY, partition=1), event(30, T0 + 4 * DAY, partition=2)])
    present = begun({VIEWS: held}, {VIEWS: {0: 2, 1: 9, 2: 30}}, T0 + 2 * MINUTE)
    run(tmp_path, T0 + 20 * MINUTE, present, T0 + 5 * DAY)
    assert coverage() == (T0 + begins, False, T0 + 20 * MINUTE)


def test_files_of_later_views_are_not_read(table: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a partition that had lost its beginning has no view, nothing after the look can tell of its beginning."""
    run(tmp_path, T0 + 20 * MINUTE, {VIEWS: topic((100, 500), (40, 40))})
    for number in range(4):
        append([event(500 + number, T0 + (1 + number) * DAY)])
    read, earliest = [], table_module._earliest
    monkeypatch.setattr(table_module, "_earliest", lambda *given: read.append(given) or earliest(*given))
    coverage()
    assert len(read) == 2


def test_receipts_of_earlier_versions_are_taken_at_their_commit(table: None, tmp_path: Path) -> None:
    """They do not tell of the look, which came before; the first run that tells of one is not moved any more."""
    held = {VIEWS: topic((100, 500), (40, 40))}
    begun_at = datetime.now(UTC) - MINUTE
    run(tmp_path, T0 + 20 * MINUTE, held, told=False)
    assert begun_at < coverage()[0] < datetime.now(UTC) + MINUTE
    looked = run(tmp_path, T0 + 80 * MINUTE, held)
    for days in (2, 3):
        append([event(40 + days, T0 + days * DAY, partition=1)])
        run(tmp_path, T0 + days * DAY, {VIEWS: topic((100, 500), (40, 40 + days))})
        assert coverage()[:2] == (looked, False)
