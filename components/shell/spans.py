"""The spans of a topic's partitions in the JSON of offsets: spelled out, or packed where there are many.

A file of an archive is a partition, and there may be thousands of them. What a run is told of them is an argument of a
process, of which Linux takes 128 KiB, so of each there are a few bytes instead of fifty.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

_SPELLED_OUT = 100
_PARTITIONS, _PACKED = "partitions", "packed"
Spans = Mapping[int, tuple[int, int]]
"""For each partition where its span starts, and where it ends."""


def written(spans: Spans) -> dict[str, Any]:
    """What the JSON of a topic says of its spans: its `partitions`, or `packed` text."""
    return spelled(spans) if len(spans) <= _SPELLED_OUT else {_PACKED: _packed(spans)}


def spelled(spans: Spans) -> dict[str, Any]:
    """The same as `partitions`, however many there are."""
    return {_PARTITIONS: {str(number): {"start": low, "end": high} for number, (low, high) in sorted(spans.items())}}


def read(topic: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """The spans that the JSON of a topic says, of which KFP hands on every number as a double.

    Raises:
        AttributeError, KeyError, OverflowError, TypeError, ValueError: it says none.
    """
    if _PACKED in topic:
        return _unpacked(topic[_PACKED])
    return {int(number): (_whole(one["start"]), _whole(one["end"])) for number, one in topic[_PARTITIONS].items()}


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError
    return int(value)


def _packed(spans: Spans) -> str:
    numbers = sorted(spans)
    columns = (
        [high - low for low, high in pairwise([0, *numbers])],
        [spans[number][1] for number in numbers],
        [spans[number][1] - spans[number][0] for number in numbers],
    )
    return b64encode(zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), 9)).decode()


def _unpacked(text: str) -> dict[int, tuple[int, int]]:
    try:
        steps, ends, lengths = json.loads(zlib.decompress(b64decode(text, validate=True)))
    except zlib.error as error:
        raise ValueError from error
    rows = zip(accumulate(steps), ends, lengths, strict=True)
    return {_whole(number): (_whole(end) - _whole(length), _whole(end)) for number, end, length in rows}
