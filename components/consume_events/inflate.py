"""Packed records, inflated within bounds: 64 KB can stand for gigabytes.

Nothing is inflated further than to what a step has room for. The client would do so, so it is never asked to.
"""

import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from isal import igzip, igzip_lib, isal_zlib
from kafka.errors import UnsupportedCodecError

# A broker takes packs of 1 MiB unless somebody raises that.
MOST_BYTES = 64 << 20
_TOO_LARGE = f"the batch inflates to more than {MOST_BYTES >> 20} MiB"
_GZIP, _SNAPPY, _CODECS = 1, 2, {3: "lz4", 4: "zstd"}
# How Kafka's own client begins what it packs by Snappy, with versions behind it: blocks follow, each behind its length.
_BLOCKS, _BLOCKS_HEADER = b"\x82SNAPPY\0", 16
# Deflate makes at most so much of a byte.
_MOST_OF_A_BYTE = 1032
_CHUNK = 1 << 20
_WITH_GZIP_HEADER = 31
# Its types call the class an instance of itself.
_Malformed: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # as said above


class UnreadableError(Exception):
    """Nothing of a batch can be read, now or later; the text says why, in words that many batches share."""


def records_of(batch: Any) -> bytes:
    """The records of a batch of the client's, as they stand in it.

    Raises:
        UnreadableError: they cannot be inflated, or are more than 64 MiB then.
        UnsupportedCodecError: they are packed in a way unknown here.
    """
    # The client unpacks only what it will iterate over.
    packed = bytes(memoryview(batch._buffer)[batch.HEADER_STRUCT.size :])  # noqa: SLF001 - kafka-python has no public way to it
    return inflated(batch.compression_type, packed) if batch.compression_type else packed


def inflated(codec: int, packed: bytes) -> bytes:
    """What was packed by Kafka's codec of that number.

    Raises:
        UnreadableError: it cannot be inflated, or is more than 64 MiB then.
        UnsupportedCodecError: the codec is unknown here.
    """
    if codec not in (_GZIP, _SNAPPY, *_CODECS):
        raise UnsupportedCodecError(f"compression type {codec}")
    try:
        if codec == _GZIP and len(packed) * _MOST_OF_A_BYTE <= MOST_BYTES:
            whole: bytes = igzip.decompress(packed)  # type: ignore[no-untyped-call]  # of isal's own
            return whole
        return _bounded(_parts(codec, packed))
    except (EOFError, OSError, ValueError, struct.error, _Malformed) as error:
        raise UnreadableError("the batch cannot be inflated") from error


def _parts(codec: int, packed: bytes) -> Iterator[bytes]:
    if codec == _SNAPPY:
        return map(_unsnapped, _blocks(packed))
    return _gunzipped(packed) if codec == _GZIP else _streamed(packed, _CODECS[codec])


def _bounded(parts: Iterator[bytes]) -> bytes:
    pieces, size = [], 0
    for part in parts:
        pieces.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise UnreadableError(_TOO_LARGE)
    return b"".join(pieces)


def _gunzipped(packed: bytes) -> Iterator[bytes]:
    """The parts of what is in all members; zeros may follow them."""
    while packed.strip(b"\0"):
        member = isal_zlib.decompressobj(_WITH_GZIP_HEADER)
        yield member.decompress(packed, _CHUNK)
        while not member.eof:
            part = member.decompress(member.unconsumed_tail, _CHUNK)
            if not part and not member.eof:
                raise EOFError
            yield part
        packed = member.unused_data


def _blocks(packed: bytes) -> Iterator[bytes]:
    """The blocks that were packed each by itself; a client other than Kafka's own packs all as one."""
    if not packed.startswith(_BLOCKS):
        yield packed
        return
    at = _BLOCKS_HEADER
    while at < len(packed):
        (length,) = struct.unpack_from(">i", packed, at)
        at += 4 + length
        if length <= 0 or at > len(packed):
            raise EOFError
        yield packed[at - length : at]


def _unsnapped(block: bytes) -> bytes:
    """The block inflated, which says at its beginning how long it is then."""
    size = shift = 0
    for byte in block[:5]:
        size |= (byte & 127) << shift
        shift += 7
        if byte <= 127:  # noqa: PLR2004 - the last byte of a number
            break
    if size > MOST_BYTES:
        raise UnreadableError(_TOO_LARGE)
    content: bytes = pa.decompress(block, size, "snappy", asbytes=True)
    return content


def _streamed(packed: bytes, codec: str) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.BufferReader(packed), codec) as stream:
        while part := stream.read(_CHUNK):
            yield part
