"""Packed records, inflated within bounds: 64 KB can stand for gigabytes.

Nothing is inflated further than to what a step has room for. The client would do so, so it is never asked to.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from isal import igzip, igzip_lib, isal_zlib
from kafka.errors import UnsupportedCodecError

# A broker takes packs of 1 MiB unless somebody raises that.
MOST_BYTES = 64 << 20
_GZIP, _CODECS = 1, {3: "lz4", 4: "zstd"}
# Deflate makes at most so much of a byte.
_MOST_OF_A_BYTE = 1032
_CHUNK = 1 << 20
_WITH_GZIP_HEADER = 31
# Its types call the class an instance of itself.
_Malformed: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]


class UnreadableError(Exception):
    """Nothing of a batch can be read, now or later; the text says why, in words that many batches share."""


def records_of(batch: Any) -> bytes:
    """The records of a batch of the client's, as they stand in it.

    Raises:
        UnreadableError: they cannot be inflated, or are more than 64 MiB then.
        UnsupportedCodecError: they are packed in a way unknown here.
    """
    # The client unpacks only what it will iterate over.
    packed = bytes(memoryview(batch._buffer)[batch.HEADER_STRUCT.size :])  # noqa: SLF001
    return inflated(batch.compression_type, packed) if batch.compression_type else packed


def inflated(codec: int, packed: bytes) -> bytes:
    """What was packed by Kafka's codec of that number.

    Raises:
        UnreadableError: it cannot be inflated, or is more than 64 MiB then.
        UnsupportedCodecError: the codec is unknown here.
    """
    if codec != _GZIP and codec not in _CODECS:
        raise UnsupportedCodecError(f"compression type {codec}")
    try:
        if codec == _GZIP and len(packed) * _MOST_OF_A_BYTE <= MOST_BYTES:
            whole: bytes = igzip.decompress(packed)  # type: ignore[no-untyped-call]
            return whole
        return _bounded(_gunzipped(packed) if codec == _GZIP else _streamed(packed, _CODECS[codec]))
    except (EOFError, OSError, _Malformed) as error:
        raise UnreadableError("the batch cannot be inflated") from error


def _bounded(parts: Iterator[bytes]) -> bytes:
    found, size = [], 0
    for part in parts:
        found.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise UnreadableError(f"the batch inflates to more than {MOST_BYTES >> 20} MiB")
    return b"".join(found)


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


def _streamed(packed: bytes, codec: str) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.BufferReader(packed), codec) as stream:
        while part := stream.read(_CHUNK):
            yield part
