"""Spans continue where the last commit ended, or say what is lost."""

import pytest

from components.consume_events.offsets import (
    Offsets,
    Span,
    Topic,
    continued,
    describe,
    parse_offsets,
    parse_topics,
)
from components.shell.errors import ConfigurationError, SourceGoneError


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
    assert "start anew" in caught.value.todo


def test_offsets_survive_their_json() -> None:
    """What is written is read back, also when every number has become a double on the way."""
    offsets = topic((0, 5), (7, 7))
    described = describe(offsets)
    assert parse_offsets(described) == offsets
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
    {"t": {"id": 5, "partitions": {"0": SPAN}}},
]


@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_offsets_are_a_wrong_parameter(value: dict) -> None:
    """Offsets that say nothing clear are never guessed at."""
    with pytest.raises(ConfigurationError, match="offsets of topic t"):
        parse_offsets(value)


@pytest.mark.parametrize("value", [{}, {"t": "likes"}, {"t": 5}])
def test_unknown_topics_are_a_wrong_parameter(value: dict) -> None:
    """Each topic has a kind of event that is known here."""
    with pytest.raises(ConfigurationError):
        parse_topics(value)
