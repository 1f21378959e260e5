"""Packs taken apart in bulk hold what the client finds in them record by record."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from components.consume_events.inflate import UnreadableError
from components.consume_events.offsets import Span
from components.consume_events.unpack import Pack, Piece, _begins, _numbers, piece, unpacked

GZIP = 1
# Lengths come in runs, as those of views do, and change where a number of variable length takes one byte more.
SIZES = st.lists(st.tuples(st.sampled_from([0, 1, 40, 50, 51, 110, 120, 130, 9000]), st.integers(1, 40)), min_size=1)


def pack(values: list[bytes | None], stamps: list[int]) -> Pack:
    """The values in one pack, with keys now and then."""
    builder = DefaultRecordBatchBuilder(2, GZIP, 0, -1, -1, -1, 1 << 24)
    for offset, (value, stamp) in enumerate(zip(values, stamps, strict=True)):
        assert builder.append(offset, stamp, b"key" if stamp % 5 == 0 else None, value, [])
    batch = DefaultRecordBatch(bytes(builder.build()))
    return Pack(batch, batch.last_offset, batch.size_in_bytes)


@given(SIZES, st.integers(0, 2**32))
def test_bulk_finds_what_the_client_finds(sizes: list[tuple[int, int]], seed: int) -> None:
    """Offsets, times and values of several packs are those of the client's own reading."""
    chance = random.Random(seed)
    values: list[bytes | None] = [
        None if chance.random() < 0.02 else chance.randbytes(size) for size, times in sizes for _ in range(times)
    ]
    stamps = [1_700_000_000_000 + chance.randrange(20_000) for _ in values]
    cut = chance.randrange(1, len(values) + 1)
    parts = [part for part in (slice(cut), slice(cut, None)) if values[part]]
    packs = [pack(values[part], stamps[part]) for part in parts]
    found = unpacked("topic", [piece(number, Span(0, 1 << 40), one) for number, one in enumerate(packs)])
    told = [
        (number, record.offset, record.timestamp, record.value)
        for number, one in enumerate(packs)
        for record in DefaultRecordBatch(bytes(one.batch._buffer))
    ]
    assert found.times is not None
    bulk = zip(
        found.partitions, found.offsets, found.times, map(found.values.__getitem__, range(len(found))), strict=True
    )
    assert [tuple(row) for row in bulk] == told


@pytest.mark.parametrize("cut", [1, 30])
def test_records_that_end_elsewhere_are_refused(cut: int) -> None:
    """Whether the text of a pack ends early or late, it is not taken for other records."""
    whole = piece(0, Span(0, 100), pack([b"v" * 50] * 20, [0] * 20))
    for text in (whole.text[:-cut], whole.text + b"\x02" * cut):
        with pytest.raises(UnreadableError, match=r"not what Kafka's format says"):
            unpacked("topic", [Piece(0, whole.span, whole.batch, text)])


def test_what_cannot_be_inflated_is_refused() -> None:
    """A pack whose bytes were changed on the way says so."""
    batch = pack([b"v" * 5000], [0]).batch
    raw = bytearray(batch._buffer)
    raw[batch.HEADER_STRUCT.size + 20 :] = b"\xff" * (len(raw) - batch.HEADER_STRUCT.size - 20)
    spoilt = DefaultRecordBatch(bytes(raw))
    with pytest.raises(UnreadableError, match="cannot be inflated"):
        piece(0, Span(0, 1), Pack(spoilt, 0, len(raw)))


def test_a_number_without_end_is_refused_at_once() -> None:
    """Nothing is made of what lies behind its 64 bits: of 64 MiB of it that would take days."""
    text = b"\xff" * (1 << 20)
    with pytest.raises(ValueError, match="more than 64 bits"):
        _begins(text, 1)
    with pytest.raises(ValueError, match="more than 64 bits"):
        _numbers(np.frombuffer(text, np.uint8), np.zeros(1, np.int64))


def test_long_numbers_are_read() -> None:
    """Nine bytes hold 63 bits, with the sign in the lowest."""
    text = np.frombuffer(b"\x80" * 8 + b"\x40" + b"\xff" * 8 + b"\x3f", np.uint8)
    found, behind = _numbers(text, np.array([0, 9], np.int64))
    assert (found.tolist(), behind.tolist()) == ([2**61, -(2**61)], [9, 18])
