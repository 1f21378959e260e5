"""Batches that nobody can read: one of 64 KB that stands for gigabytes is a rejected record, and no end of the run."""

import gzip
import struct
import tracemalloc
from collections.abc import Sequence
from types import SimpleNamespace

import crc32c
import pyarrow as pa
import pytest
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.legacy_records import LegacyRecordBatch, LegacyRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords

from components.consume_events import inflate
from components.consume_events.offsets import Span
from components.consume_events.topics import _Stack, _taken, translated
from components.consume_events.unpack import _Packs
from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch
from components.shell.events.validate import Validator
from pipelines.gourmetgram import EVENTS
from tests.harness.odd.bombs import arrow_packed, gzipped

MANY = 80
SNAPPY = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)


def snapped(mebibytes: int) -> bytes:
    """So many MiB of zeros as Kafka's own client packs them by Snappy, each by itself."""
    block = pa.compress(bytes(1 << 20), "snappy", asbytes=True)
    return SNAPPY + (struct.pack(">i", len(block)) + block) * mebibytes


def _record(length: bytes) -> bytes:
    """A record, of the length that it says, with a value of three bytes whose own length is another."""
    body = b"\0\0\0\x01" + length + b"abc\0"
    return bytes([2 * len(body)]) + body


PACKED = {1: gzipped(MANY), 2: snapped(MANY), 3: arrow_packed("lz4")(MANY), 4: arrow_packed("zstd")(MANY)}
SPAN = Span(0, 1 << 40)
VIEW = b'{"event_type":"view","image_id":"00000000-0000-0000-0000-00000000000%d","viewed_at":"2026-01-10T12:00:00"}'


def packed(values: Sequence[bytes], codec: int = 0, first: int = 0) -> bytearray:
    """A batch of these values as Kafka's client packs it."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 24)
    for offset, value in enumerate(values):
        assert builder.append(offset, 1_768_046_400_000, None, value, [])
    made = bytearray(builder.build())
    struct.pack_into(">q", made, 0, first)
    return made


def poisoned(codec: int, text: bytes, first: int, count: int = 1) -> bytes:
    """A batch with a checksum that is right, which holds this text in the place of what the codec had packed."""
    made = packed([b"x"], 0, first)[: DefaultRecordBatch.HEADER_STRUCT.size] + text
    struct.pack_into(">i", made, 8, len(made) - 12)
    struct.pack_into(">h", made, DefaultRecordBatch.ATTRIBUTES_OFFSET, codec)
    struct.pack_into(">i", made, DefaultRecordBatch.HEADER_STRUCT.size - 4, count)
    struct.pack_into(">I", made, DefaultRecordBatch.CRC_OFFSET, crc32c.crc32c(bytes(made[21:])))
    return bytes(made)


def fetched(*raw: bytes) -> list[SimpleNamespace]:
    """What the client hands on of these bytes of a fetch."""
    packs, found = _Packs(MemoryRecords(b"".join(raw))), []
    while (batch := packs.next_batch()) is not None:
        assert batch.validate_crc()
        found += [
            SimpleNamespace(value=record.value, offset=record.offset, timestamp=record.timestamp) for record in batch
        ]
    return found


def batches(*raw: bytes, span: Span = SPAN) -> list[Batch]:
    """The batches that reach the step."""
    stack = _Stack("views")
    return [one for one in (*_taken(stack, 0, span, fetched(*raw)), *stack.taken()) if len(one)]


def judged(found: Sequence[Batch]) -> tuple[list[str], list[tuple[int, str]]]:
    """Images of the events, and offsets and reasons of what is rejected."""
    judge = Validator()
    sorted_ones = [judge(batch, EVENTS["view"]) for batch in found]
    events = [row["image_id"] for one in sorted_ones for row in one.events.to_pylist()]
    return events, [(row["offset"], row["reason"]) for one in sorted_ones for row in one.rejected.to_pylist()]


@pytest.mark.parametrize("codec", PACKED)
def test_a_bomb_is_one_rejected_record(codec: int) -> None:
    """Its neighbours are read, it is not, and no more is made of it than fits: offsets go on behind it."""
    bomb = poisoned(codec, PACKED[codec], first=1)
    assert len(bomb) < 5 << 20
    tracemalloc.start()
    found = batches(bytes(packed([VIEW % 1])), bomb, bytes(packed([VIEW % 2], first=2)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * inflate.MOST_BYTES
    events, rejected = judged(found)
    assert [image[-1] for image in events] == ["1", "2"]
    assert rejected == [(1, "the batch inflates to more than 64 MiB")]


@pytest.mark.parametrize(
    ("text", "codec", "count", "reason"),
    [
        (b"\x1f\x8b" + b"\xff" * 40, 1, 1, "the batch cannot be inflated"),
        (gzipped(1)[:-9], 1, 1, "the batch cannot be inflated"),
        (b"\xff" * 40, 4, 1, "the batch cannot be inflated"),
        (b"\xff\xff\xff\xff\x0f", 2, 1, "the batch inflates to more than 64 MiB"),
        (SNAPPY + b"\0\0\0\x09", 2, 1, "the batch cannot be inflated"),
        (b"\x0a\xff", 2, 1, "the batch cannot be inflated"),
        (b"\xff" * 40, 0, 1, "the batch is not what Kafka's format says"),
        pytest.param(
            gzip.compress(b"\xff" * (1 << 20)), 1, 1, "the batch is not what Kafka's format says", id="endless"
        ),
        (b"\x02\x00", 0, 5, "the batch is not what Kafka's format says"),
        (_record(b"\x80\x80\x80\x01"), 0, 1, "the batch is not what Kafka's format says"),
        (_record(b"\x80" * 8 + b"\x40") * 2, 0, 2, "the batch is not what Kafka's format says"),
        (b"", 0, 2_000_000_000, "the batch has more than 1,048,576 records"),
    ],
)
def test_what_is_no_batch_is_rejected_alone(text: bytes, codec: int, count: int, reason: str) -> None:
    """With a checksum that is right, no second try would bring anything else."""
    found = batches(bytes(packed([VIEW % 1])), poisoned(codec, text, 1, count), bytes(packed([VIEW % 2], first=2)))
    events, rejected = judged(found)
    assert ([image[-1] for image in events], rejected) == (["1", "2"], [(1, reason)])


def test_a_bomb_of_an_old_format_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would inflate it by itself; what is sound in that format it still reads."""
    builder = LegacyRecordBatchBuilder(1, 1, 1 << 28)
    builder.append(0, 1_768_046_400_000, None, VIEW % 1)
    sound = bytes(builder.build())
    monkeypatch.setattr(inflate, "MOST_BYTES", 1 << 20)
    builder = LegacyRecordBatchBuilder(1, 1, 1 << 30)
    builder.append(0, 1_768_046_400_000, None, bytes(2 << 20))
    bomb = bytearray(builder.build())
    struct.pack_into(">q", bomb, 0, 1)
    assert isinstance(MemoryRecords(sound).next_batch(), LegacyRecordBatch)
    events, rejected = judged(batches(sound, bytes(bomb)))
    assert [image[-1] for image in events] == ["1"]
    assert rejected == [(1, "the batch inflates to more than 64 MiB")]


def test_only_what_is_wanted_is_rejected() -> None:
    """A batch behind the end of the span is the next run's."""
    bomb = poisoned(4, PACKED[4], first=7)
    assert batches(bomb, span=Span(0, 7)) == []
    (found,) = batches(bomb, span=Span(3, 8))
    assert (found.offsets.tolist(), len(found)) == ([7], 1)


@pytest.mark.parametrize("codec", PACKED)
def test_what_fits_is_inflated_whole(codec: int) -> None:
    """Up to the bound, in several members too."""
    packers = {1: gzipped, 2: snapped, 3: arrow_packed("lz4"), 4: arrow_packed("zstd")}
    text = packers[codec](64)
    assert inflate.inflated(codec, text) == bytes(inflate.MOST_BYTES)


def test_a_codec_that_is_unknown_is_a_wrong_setting() -> None:
    """It may be sound: nothing of it is rejected, and nobody takes it for read."""
    with pytest.raises(ConfigurationError, match="use gzip"), translated():
        batches(poisoned(5, b"x", 0))


def test_several_members_are_one_text() -> None:
    """Gzip allows them, and zeros behind."""
    many = gzipped(1) * 70
    with pytest.raises(inflate.UnreadableError, match="more than 64 MiB"):
        inflate.inflated(1, many)
    assert inflate.inflated(1, many[: len(many) // 70 * 64] + bytes(10)) == bytes(inflate.MOST_BYTES)
