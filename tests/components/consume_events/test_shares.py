"""What is to be read is cut into shares so that each partition is in exactly one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.consume_events.offsets import Span, Topic, planned
from components.consume_events.shares import run_key, shares
from components.shell.errors import SourceGoneError
from pipelines.gourmetgram import COMMENT, FLAG, VIEW

NOON, HOUR = datetime(2026, 1, 10, 12, tzinfo=UTC), timedelta(hours=1)
TOPICS = {"v": VIEW, "w": VIEW, "c": COMMENT, "d": COMMENT, "f": FLAG}
SPANS = st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1)
OFFSETS = st.dictionaries(st.sampled_from(sorted(TOPICS)), SPANS, min_size=1)


def offsets_of(found):
    """The offsets of `{topic: {partition: (start, length)}}`."""
    return {
        name: Topic("id", {number: Span(start, start + length) for number, (start, length) in spans.items()})
        for name, spans in found.items()
    }


@given(OFFSETS, st.integers(1, 8))
def test_shares_tile_the_offsets(found, consumers) -> None:
    """Every partition is in one share with its own span, none is empty, and there are no more than asked for."""
    offsets = offsets_of(found)
    parts = shares(offsets, TOPICS, consumers)
    places = [
        (name, number, span)
        for part in parts
        for name, topic in part.items()
        for number, span in topic.partitions.items()
    ]
    wanted = [(name, number, span) for name, topic in offsets.items() for number, span in topic.partitions.items()]
    assert sorted(places, key=str) == sorted(wanted, key=str)
    assert 1 <= len(parts) <= consumers
    assert all(parts)


@given(OFFSETS, st.integers(1, 8))
def test_comments_and_flags_stay_together(found, consumers) -> None:
    """All of one such kind is in one share, whatever the number of consumers."""
    for kind in (COMMENT, FLAG):
        parts = shares(offsets_of(found), TOPICS, consumers)
        assert sum(any(TOPICS[name] == kind for name in part) for part in parts) <= 1


def test_views_are_spread() -> None:
    """Four long partitions of views go to four consumers."""
    offsets = offsets_of({"v": dict.fromkeys(range(4), (0, 100)), "c": {0: (0, 3)}})
    assert [len(part["v"].partitions) for part in shares(offsets, TOPICS, 4)] == [1, 1, 1, 1]


def test_a_topic_nobody_asks_for_is_in_no_share() -> None:
    """It keeps its place in the offsets and has nothing to read."""
    offsets = offsets_of({"v": {0: (0, 5)}, "old": {0: (7, 0)}})
    assert shares(offsets, {"v": VIEW}, 2) == [{"v": offsets["v"]}]


def test_a_file_that_was_read_to_its_end_is_in_no_share() -> None:
    """An archive has thousands, and each share would look at them all again."""
    offsets = {"v": Topic("archive", {1: Span(5, 5), 2: Span(5, 7)}), "c": Topic("archive", {3: Span(4, 4)})}
    asked = {"v": VIEW, "c": COMMENT}
    assert shares(offsets, asked, 2) == [{"v": Topic("archive", {2: Span(5, 7)})}]
    read = {name: replace(topic, partitions={1: Span(5, 5)}) for name, topic in offsets.items()}
    assert shares(read, asked, 2) == [{name: Topic("archive", {}) for name in "cv"}]


def test_the_key_names_the_work() -> None:
    """It is the same for the same offsets, and another for others or for another version."""
    one, other = offsets_of({"v": {0: (0, 5)}}), offsets_of({"v": {0: (0, 6)}})
    first, second = ("p", "t", "1"), ("p", "t", "2")
    assert run_key(first, one, NOON) == run_key(first, one, NOON + HOUR)
    assert len({run_key(first, one, NOON), run_key(first, other, NOON), run_key(second, one, NOON)}) == 3


def test_when_somebody_looked_is_no_part_of_the_key() -> None:
    """A plan that is made again, after a loss and a moment later, is the same work."""
    plain = offsets_of({"v": {0: (5, 3)}})
    instants = dict.fromkeys(("lost_until", "looked", "since"), "2026-03-01T00:00:00Z")
    again = {"v": replace(plain["v"], waiting={0: 9}, kind="view", cut={0: 5}, **instants)}
    assert run_key(("p", "t", "1"), plain, NOON) == run_key(("p", "t", "1"), again, NOON)


def test_nothing_to_read_is_work_of_its_own_hour() -> None:
    """Two quiet hours are two commits: each says up to when the table is complete."""
    nothing, first = offsets_of({"v": {0: (5, 0)}, "c": {0: (9, 0)}}), ("p", "t", "1")
    assert run_key(first, nothing, NOON) != run_key(first, nothing, NOON + HOUR)
    assert run_key(first, nothing, NOON) == run_key(first, nothing, NOON.astimezone(ZoneInfo("Europe/Vienna")))


def test_a_plan_holds_while_the_topics_hold_its_records() -> None:
    """Growth changes nothing; retention past the start, a shorter partition or another topic id stop the run."""
    spans = offsets_of({"v": {0: (5, 5)}})
    assert planned(spans, offsets_of({"v": {0: (0, 99), 1: (0, 1)}})) is spans
    gone = (
        {"v": Topic("id", {0: Span(6, 20)})},
        {"v": Topic("id", {0: Span(0, 9)})},
        {"v": Topic("x", {0: Span(0, 99)})},
    )
    for present in gone:
        with pytest.raises(SourceGoneError):
            planned(spans, present)
