"""Spans continue where the last commit ended, or say what is lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from components.consume_events.offsets import (
    Offsets,
    Span,
    Topic,
    annotated,
    begun,
    continued,
    describe,
    parse_offsets,
    parse_topics,
)
from components.shell.errors import ConfigurationError, SourceGoneError
from pipelines.gourmetgram import EVENTS


def topic(*spans: tuple[int, int], identity: str = "one") -> Offsets:
    """A topic `t` with these spans."""
    return {"t": Topic(identity, {number: Span(*span) for number, span in enumerate(spans)})}


CONTINUED = [
    ({}, topic((3, 10)), topic((3, 10))),
    (topic((0, 5)), topic((0, 10)), topic((5, 10))),
    (topic((0, 5)), topic((5, 10)), topic((5, 10))),
    (topic((0, 5)), topic((0, 5)), topic((5, 5))),
    (topic((0, 5)), topic((0, 9), (2, 4)), topic((5, 9), (2, 4))),
    (topic((0, 5), identity=""), topic((0, 9)), topic((5, 9))),
    (topic((0, 5)), topic((0, 9), identity=""), topic((5, 9), identity="")),
    (topic((0, 5)), {}, topic((5, 5))),
]


@pytest.mark.parametrize(("committed", "present", "expected"), CONTINUED)
def test_a_run_continues_where_the_last_ended(committed: Offsets, present: Offsets, expected: Offsets) -> None:
    """Known partitions go on, new ones start at their beginning, and topics not asked for keep their place."""
    assert continued(committed, present) == expected


GONE = [
    (topic((0, 5)), topic((6, 10)), "retention has passed it"),
    (topic((0, 5)), topic((0, 4)), "deleted and made again"),
    (topic((0, 5)), topic((0, 10), identity="two"), "deleted and made again"),
    (topic((0, 5), (0, 0)), topic((0, 10)), "no partition 1"),
]


@pytest.mark.parametrize(("committed", "present", "words"), GONE)
def test_lost_history_is_told(committed: Offsets, present: Offsets, words: str) -> None:
    """A gap or another topic of the same name ends the run with exit code 13 and what to do."""
    with pytest.raises(SourceGoneError, match=words) as caught:
        continued(committed, present)
    assert caught.value.exit_code == 13
    assert "fail_on_data_loss=false" in caught.value.todo


LOSSY = [
    (topic((0, 5), (0, 7)), topic((6, 10), (2, 9)), topic((6, 10), (7, 9)), {0: 5, 1: 7}),
    (topic((0, 5)), topic((0, 4)), topic((0, 4)), {0: 5}),
    (topic((0, 5), (0, 3)), topic((1, 10), identity="two"), topic((1, 10), identity="two"), {0: 5, 1: 3}),
    (topic((0, 5)), topic((0, 9)), topic((5, 9)), {}),
]


@pytest.mark.parametrize(("committed", "present", "spans", "after"), LOSSY)
def test_a_run_that_may_goes_on_after_a_loss(
    committed: Offsets, present: Offsets, spans: Offsets, after: dict[int, int]
) -> None:
    """It reads what is there, no record twice, and says from where it was to go on."""
    found = continued(committed, present, fail_on_data_loss=False)
    assert found == {"t": replace(spans["t"], after=after)}
    assert parse_offsets(describe(found)) == found
    # Whoever goes on from there loses nothing more.
    assert continued(found, present)["t"].after == {}


LOOKED, EARLIER = "2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"
JUDGED = [
    ({}, topic((6, 10)), ""),
    (topic((0, 5)), topic((0, 9)), ""),
    (topic((0, 5)), topic((6, 10)), LOOKED),
    (topic((0, 5)), topic((0, 9), (0, 4)), ""),
    (topic((0, 5)), topic((0, 9), (2, 4)), LOOKED),
    ({"other": Topic("two", {0: Span(0, 5)})}, topic((2, 9)), LOOKED),
    ({"t": replace(topic((0, 5))["t"], lost_until=EARLIER)}, topic((0, 9)), EARLIER),
    ({"t": replace(topic((0, 5))["t"], lost_until=EARLIER)}, topic((6, 9)), LOOKED),
]


@pytest.mark.parametrize(("committed", "present", "lost_until"), JUDGED)
def test_what_was_lost_is_told_with_the_instant_of_the_look(
    committed: Offsets, present: Offsets, lost_until: str
) -> None:
    """Of what is gone nobody knows when it became known, but that it was before; and every later run says so, too."""
    spans = continued(committed, present, fail_on_data_loss=False)
    found = annotated(spans, committed, {"t": EVENTS["view"]}, datetime(2026, 3, 2, tzinfo=UTC))
    assert (found["t"].lost_until, found["t"].kind) == (lost_until, "view")
    assert parse_offsets(describe(found)) == found
    assert found["t"].looked == LOOKED
    kept = annotated(continued(found, {}), found, {}, datetime(2026, 3, 3, tzinfo=UTC))
    assert (kept["t"].lost_until, kept["t"].kind, kept["t"].after) == (lost_until, "view", {})
    assert kept["t"].looked == LOOKED


def test_what_no_longer_reaches_back_to_where_a_table_begins_is_told() -> None:
    """Where a partition begins at that instant or later, nobody knows what was there; a later run says it no more."""
    spans, at = topic((0, 9), (0, 9), (4, 9), (4, 9), (4, 4)), {"t": {0: 0, 1: 5, 2: 4, 3: 9, 4: 4}}
    found = begun(spans, at, datetime(2026, 3, 1, tzinfo=UTC))["t"]
    assert found.partitions == topic((0, 9), (5, 9), (4, 9), (9, 9), (4, 4))["t"].partitions
    assert (found.since, found.cut) == (EARLIER, {2: 4, 4: 4})
    assert parse_offsets(describe({"t": found})) == {"t": found}
    for present in (spans, {}):
        again = continued({"t": found}, present)["t"]
        assert (again.since, again.cut) == ("", {})


@pytest.mark.parametrize("present", [topic((0, 4), identity="archive"), topic((0, 9)), topic(identity="archive")])
def test_files_that_change_are_no_loss_to_go_on_after(present: Offsets) -> None:
    """What was in them would be read twice, so they have to be brought back."""
    with pytest.raises(SourceGoneError, match=r"lost lines|from files before|has gone"):
        continued(topic((0, 5), identity="archive"), present, fail_on_data_loss=False)


def test_offsets_survive_their_json() -> None:
    """What is written is read back, also when every number has become a double on the way."""
    offsets = topic((0, 5), (7, 7))
    described = describe(offsets)
    assert parse_offsets(described) == offsets
    many = topic(*((number, number + 1) for number in range(500)))
    assert parse_offsets(json.loads(json.dumps(describe(many)))) == many
    for span in described["t"]["partitions"].values():
        span.update({name: float(value) for name, value in span.items()})
    assert parse_offsets(described) == offsets


SPAN = {"start": 0, "end": 5}
MALFORMED = [
    {"t": 5},
    {"t": {}},
    {"t": {"partitions": {"x": SPAN}}},
    {"t": {"partitions": {"-1": SPAN}}},
    {"t": {"partitions": {"0": 5}}},
    {"t": {"partitions": {"0": {"start": 0}}}},
    {"t": {"partitions": {"0": {"start": 6, "end": 5}}}},
    {"t": {"partitions": {"0": {"start": -1, "end": 5}}}},
    {"t": {"partitions": {"0": {"start": 0, "end": 5.5}}}},
    {"t": {"partitions": {"0": {"start": 0, "end": True}}}},
    {"t": {"partitions": {"0": {"start": 0, "end": float("inf")}}}},
    {"t": {"partitions": {"9" * 5000: SPAN}}},
    {"t": {"id": 5, "partitions": {"0": SPAN}}},
    {"t": {"id": "one", "partitions": {"0": SPAN}, "after": {"0": -1}}},
    {"t": {"id": "one", "partitions": {"0": SPAN}, "waiting": {"0": -1}}},
    {"t": {"id": "one", "partitions": {"0": SPAN}, "cut": {"0": -1}}},
    {"t": {"id": "one", "partitions": {"0": SPAN}, "lost_until": 5}},
    {"t": {"id": "one", "partitions": {"0": SPAN}, "looked": 5}},
    {"t": {"id": "one", "packed": "nothing"}},
]


@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_offsets_are_a_wrong_parameter(value: dict) -> None:
    """Offsets that say nothing clear are never guessed at."""
    with pytest.raises(ConfigurationError, match="offsets of topic t"):
        parse_offsets(value)


@pytest.mark.parametrize("value", [{}, {"t": "likes"}, {"t": 5}])
def test_unknown_topics_are_a_wrong_parameter(value: dict) -> None:
    """Each topic has a kind of event that is defined."""
    with pytest.raises(ConfigurationError):
        parse_topics(value, EVENTS)


def test_a_kind_that_was_mistyped_is_told() -> None:
    """The definition that was probably meant is named."""
    with pytest.raises(ConfigurationError, match="'veiw', which is unknown - did you mean view"):
        parse_topics({"t": "veiw"}, EVENTS)


@pytest.mark.parametrize("name", ["../secret", "..", ".", "", "/etc", "a/b", "a\n", "a\x1b[2J", "x" * 250])
def test_a_topic_is_no_path(name: str) -> None:
    """Below an archive a topic is a folder: no name leads out of it, none is one that Kafka would not take."""
    for read, value in ((partial(parse_topics, events=EVENTS), "view"), (parse_offsets, {"partitions": {"0": SPAN}})):
        with pytest.raises(ConfigurationError, match="is no name of a topic"):
            read({name: value})
