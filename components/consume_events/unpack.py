"""Packed records of the broker, unpacked in bulk.

The client's own way makes several objects per record, which costs more than all the rest of the step. Its fetcher hands
on whole packs here instead, as they came off the wire; which of them count (transactions, control records, checksums)
is still for the client to say. The format is "Record Batch" in Kafka's protocol guide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from kafka.consumer.fetcher import Fetcher
from kafka.errors import UnsupportedCodecError
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.legacy_records import LegacyRecordBatch
from numpy.typing import NDArray

from components.consume_events.inflate import UnreadableError, inflated, records_of
from components.consume_events.offsets import Span
from components.shell.counts import counted
from components.shell.events.batch import Batch, Places, Values, listed

# A number of variable length has seven bits to a byte; the eighth says that there are more.
_LOW_BITS = 127
# The format knows numbers of 64 bits; one that goes on has no end, for 64 MiB of it take days.
_LAST_SHIFT, _ENDLESS = 63, "a number of more than 64 bits"
# Looking ahead takes as long as going on by a few records, and pays where at least as many are found.
_ALIKE, _AHEAD = 8, 512
# More than any producer packs together; of the smallest records, 64 MiB hold nine million.
_MOST_RECORDS = 1 << 20


@dataclass(frozen=True)
class Pack:
    """Records that were packed together, still packed; it passes through the client as if it were one record.

    `unreadable` says why nothing of it can be read, where that is known already.
    """

    batch: Any
    offset: int
    size_in_bytes: int
    unreadable: str = ""
    timestamp: int = 0
    timestamp_type: int = 0
    headers: Sequence[Any] = ()
    key: None = None
    checksum: None = None

    @property
    def value(self) -> "Pack":
        """The pack itself, where the client looks for a record's value."""
        return self

    def __len__(self) -> int:
        """Its size in bytes, as of any value."""
        return self.size_in_bytes

    def validate_crc(self) -> bool:
        """True: the client has checked the pack as a whole."""
        return True


class _Whole:
    """A record batch that yields itself as one record, and is the client's own in all else."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Pack]:
        yield Pack(self._batch, self._batch.last_offset, self._batch.size_in_bytes)


class _Old:
    """A batch in a format of before 2017, which the client takes apart itself: inflated for it, within bounds."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        batch = self._batch
        if batch.compression_type == batch.CODEC_LZ4 and not batch.magic:
            raise UnsupportedCodecError("lz4 with the headers of before 2016")
        try:
            _, packed = batch._read_key_value(batch.KEY_OFFSET_V1 if batch.magic else batch.KEY_OFFSET_V0)  # noqa: SLF001 - kafka-python has no public way to it
            content = inflated(batch.compression_type, packed or b"")
        except UnreadableError as error:
            known = {"last_offset": batch.base_offset, "max_timestamp": batch._timestamp or 0, "records_count": 1}  # noqa: SLF001 - kafka-python has no public way to it
            bare = SimpleNamespace(base_offset=batch.base_offset, size_in_bytes=batch.size_in_bytes, **known)
            yield Pack(bare, batch.base_offset, batch.size_in_bytes, str(error))
            return
        batch._buffer, batch._decompressed = memoryview(content), True  # noqa: SLF001 - kafka-python has no public way to it
        yield from batch


class _Packs:
    """What a fetch brought, pack by pack."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def next_batch(self) -> Any:
        """The next pack, or None; the markers of transactions stay with the client."""
        batch = self._records.next_batch()
        if isinstance(batch, LegacyRecordBatch) and batch.compression_type:
            return _Old(batch)
        if not isinstance(batch, DefaultRecordBatch) or batch.is_control_batch:
            return batch
        return _Whole(batch)


class PackedRecords(Fetcher.PartitionRecords):  # type: ignore[misc]  # the client ships no types
    """The client's reading of a fetch, with packs in the place of records."""

    def __init__(self, fetch_offset: int, partition: Any, records: Any, **settings: Any) -> None:
        super().__init__(fetch_offset, partition, _Packs(records), **settings)


@dataclass(frozen=True)
class Piece:
    """A pack on its way: its partition, the offsets of it that are wanted, and its records as they stand in it."""

    partition: int
    span: Span
    batch: Any
    text: bytes


def piece(partition: int, span: Span, pack: Pack) -> Piece:
    """The pack with its records inflated.

    Raises:
        UnreadableError: it cannot be inflated, or is too large then.
        UnsupportedCodecError: it is packed in a way unknown here.
    """
    if pack.unreadable:
        raise UnreadableError(pack.unreadable)
    if pack.batch.records_count > _MOST_RECORDS:
        raise UnreadableError(f"the batch has more than {_MOST_RECORDS:,} records")
    return Piece(partition, span, pack.batch, records_of(pack.batch))


def refused(topic: str, partition: int, span: Span, batch: Any, reason: str) -> Batch:
    """What stands for a pack of which nothing can be read: one record, at the first of its offsets that is wanted.

    It counts as one, for how many records it says to hold is as little to be trusted as the rest of it.
    """
    first = max(batch.base_offset, span.start)
    if first >= span.end:
        return single(topic, partition, span, [])
    description = (
        f"offsets {batch.base_offset} to {batch.last_offset}, {counted(batch.size_in_bytes, 'byte')} as packed"
    )
    columns = np.array([partition], np.int32), np.array([first], np.int64), np.array([batch.max_timestamp], np.int64)
    return Batch(topic, *columns, listed([description.encode()]), reason)


def unpacked(topic: str, pieces: Sequence[Piece]) -> Batch:
    """The wanted records of these packs.

    Raises:
        UnreadableError: a pack is not what the format says.
    """
    try:
        return _unpacked(topic, pieces)
    except (IndexError, ValueError) as error:
        raise UnreadableError("the batch is not what Kafka's format says") from error


def _unpacked(topic: str, pieces: Sequence[Piece]) -> Batch:
    batches, texts = [piece.batch for piece in pieces], [piece.text for piece in pieces]
    begins = [_begins(text, batch.records_count) for text, batch in zip(texts, batches, strict=True)]
    counts = np.array([len(each) for each in begins])
    shifts = np.cumsum([0, *map(len, texts[:-1])])
    at = np.concatenate([np.array(each, np.int64) for each in begins]) + np.repeat(shifts, counts)
    text = bytearray(b"".join(texts))
    deltas, later, starts, lengths = _fields(np.frombuffer(text, np.uint8), at)
    offsets = np.repeat(np.array([batch.base_offset for batch in batches]), counts) + deltas
    first = np.repeat(np.array([piece.span.start for piece in pieces]), counts)
    end = np.repeat(np.array([piece.span.end for piece in pieces]), counts)
    wanted = (first <= offsets) & (offsets < end)
    ends = starts + np.maximum(lengths, 0)
    # Between a value and where the next record begins stands at least the length of that.
    if (ends >= np.append(at[1:], len(text) + 1)).any():
        raise ValueError("a value reaches beyond its record")
    values = Values(text, starts[wanted], ends[wanted], lengths[wanted] < 0)
    partitions = np.repeat(np.array([piece.partition for piece in pieces], np.int32), counts)
    return Batch(topic, partitions[wanted], offsets[wanted], _times(batches, counts, later)[wanted], values)


def _times(batches: Sequence[Any], counts: Places, later: Places) -> Places:
    """Milliseconds: the broker's time of append where it stamps records itself, the producer's where not."""
    stamped = np.repeat(np.array([batch.timestamp_type == batch.LOG_APPEND_TIME for batch in batches]), counts)
    appended = np.repeat(np.array([batch.max_timestamp for batch in batches]), counts)
    created = np.repeat(np.array([batch.first_timestamp for batch in batches]), counts) + later
    return np.where(stamped, appended, created)


def _begins(text: bytes, count: int) -> list[int]:
    """Where the records begin, each behind its length; that of one is known only from the one before.

    Records mostly come in runs of one length: after some of them, the others of the run are found at once.
    """
    begins: list[int] = []
    at = last = alike = 0
    while len(begins) < count:
        begin = at
        byte, shift = text[at], 7
        length = byte & _LOW_BITS
        at += 1
        while byte > _LOW_BITS:
            if shift > _LAST_SHIFT:
                raise ValueError(_ENDLESS)
            byte = text[at]
            length |= (byte & _LOW_BITS) << shift
            at, shift = at + 1, shift + 7
        begins.append(at)
        # Signed numbers are written with the sign in the lowest bit.
        at += length >> 1
        alike = alike + 1 if length == last else 0
        last = length
        if alike >= _ALIKE:
            more = _run(text, begin, begins[-1], at - begin)[: count - len(begins)]
            begins += more
            at += len(more) * (at - begin)
    if at != len(text):
        raise ValueError(f"{counted(count, 'record ends', 'records end')} at byte {at} of {len(text)}")
    return begins


def _run(text: bytes, begin: int, end: int, step: int) -> range:
    """Where records begin that follow, `step` by `step`, and have the same length before them: `text[begin:end]`."""
    columns = (text[first : first + _AHEAD * step : step] for first in range(begin, end))
    times = min(len(column) - len(column.lstrip(column[:1])) for column in columns)
    return range(end + step, end + times * step, step)


def _fields(data: NDArray[np.uint8], at: Places) -> tuple[Places, Places, Places, Places]:
    """Of the records at these positions: differences in offset and time, start of the value, and its length or -1."""
    later, at = _numbers(data, at + 1)
    deltas, at = _numbers(data, at)
    keys, at = _numbers(data, at)
    lengths, at = _numbers(data, at + np.maximum(keys, 0))
    return deltas, later, at, lengths


def _numbers(data: NDArray[np.uint8], at: Places) -> tuple[Places, Places]:
    """The numbers of variable length at these positions, and the positions behind them."""
    byte = data[at].astype(np.int64)
    numbers, behind, shift = byte & _LOW_BITS, at + 1, 7
    longer = np.flatnonzero(byte > _LOW_BITS)
    while longer.size:
        if shift > _LAST_SHIFT:
            raise ValueError(_ENDLESS)
        byte = data[behind[longer]].astype(np.int64)
        numbers[longer] |= (byte & _LOW_BITS) << shift
        behind[longer] += 1
        longer, shift = longer[byte > _LOW_BITS], shift + 7
    return (numbers >> 1) ^ -(numbers & 1), behind


def single(topic: str, partition: int, span: Span, records: Sequence[Any]) -> Batch:
    """The wanted ones of records that the client brings one by one: those in the formats of before 2017."""
    wanted = [record for record in records if span.start <= record.offset < span.end]
    return Batch(
        topic,
        np.full(len(wanted), partition, np.int32),
        np.array([record.offset for record in wanted], np.int64),
        np.array([record.timestamp for record in wanted], np.int64),
        listed([record.value for record in wanted]),
    )
