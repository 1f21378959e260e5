"""Spans in the JSON of offsets are the same however many there are, and take a few bytes each where there are many."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.shell.spans import read, spelled, written

OFFSETS = st.tuples(st.integers(0, 1 << 62), st.integers(0, 1 << 62)).map(lambda both: tuple(sorted(both)))
SPANS = st.dictionaries(st.integers(0, 1 << 31), OFFSETS, max_size=150)


@given(SPANS)
def test_what_is_written_is_read(spans: dict[int, tuple[int, int]]) -> None:
    """Spelled out or packed, and whatever JSON it went through."""
    for told in (written(spans), spelled(spans)):
        assert read(json.loads(json.dumps(told))) == spans
    assert ("partitions" in written(spans)) == (len(spans) <= 100)


def test_many_take_less_than_an_argument() -> None:
    """Ten thousand files, of which Linux could not be told fifty bytes each."""
    spans = {(1 << 30) + number * 99_991 % (1 << 30): (0, number * 7919 % 60_000) for number in range(10_000)}
    assert len(json.dumps(written(spans))) < 90_000
    assert read(written(spans)) == spans


@pytest.mark.parametrize(
    "topic",
    [{}, {"packed": 5}, {"packed": "x"}, {"packed": "eJw="}, {"partitions": {"0": 5}},
     {"partitions": {"0": {"start": True, "end": 1}}}, {"partitions": {"0": {"start": 0, "end": 1.5}}}],
)  # fmt: skip
def test_what_is_no_span_is_told(topic: dict[str, Any]) -> None:
    """As errors that whoever reads offsets takes for malformed ones."""
    with pytest.raises((AttributeError, KeyError, OverflowError, TypeError, ValueError)):
        read(topic)
