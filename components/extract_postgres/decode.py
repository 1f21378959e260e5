"""Rows of a binary COPY, decoded a column at a time.

The format is that of the manual's page on COPY: a row is a count of fields (int16), then for each field its length
(int32, -1 for null) and its bytes, all big-endian. Rows are of different lengths, but the server sends each in a
message of its own, so their starts are known; from there one pass per column finds all its values at once.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.extract_postgres.columns import Coding, Column, Wire

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Wide loads may reach past the last value.
_PADDING = bytes(16)
_MICROSECONDS_1970_TO_2000 = 946_684_800_000_000
_DAYS_1970_TO_2000 = 10_957
_DAY = 86_400_000_000


class UnfitError(ValueError):
    """A value that its Arrow type cannot hold."""

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Fields:
    """Where the values of one column lie in `data`; `null` marks the empty places of nulls, and is None without any."""

    data: bytes
    start: Positions
    length: Positions
    null: Mask | None

    @classmethod
    def at(cls, data: bytes, start: Positions, length: Positions) -> "Fields":
        """The values of the lengths that the server sent, which is -1 for a null."""
        null = length < 0
        return cls(data, start, np.maximum(length, 0), null) if null.any() else cls(data, start, length, None)

    def any(self, found: Mask) -> bool:
        """Whether what was found is true of a value that is not null."""
        return bool(found.any() if self.null is None else (found & ~self.null).any())

    def load(self, dtype: str) -> npt.NDArray[Any]:
        """The values as fixed-width numbers of the big-endian numpy type `dtype`; anything where they are null."""
        kind = np.dtype(dtype)
        if self.any(self.length != kind.itemsize):
            raise UnfitError(f"the server sent values that are not {kind.itemsize} bytes wide")
        return _overlapping(self.data, kind)[self.start].astype(kind.newbyteorder("="))


def decode(rows: Sequence[bytes], columns: Sequence[Column]) -> pa.RecordBatch:
    """The rows, without header and trailer of the stream, as a record batch.

    Raises:
        UnfitError: a value does not fit its column's Arrow type; the error names the column.
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    ends = np.cumsum(lengths)
    data = b"".join([*rows, _PADDING])
    starts = ends - lengths
    if np.any(_overlapping(data, np.dtype(">i2"))[starts] != len(columns)):
        raise UnfitError("the server sent rows with another number of columns")
    cursor, arrays = starts + 2, []
    for column in columns:
        length = _overlapping(data, np.dtype(">i4"))[cursor].astype(np.int64)
        fields = Fields.at(data, cursor + 4, length)
        arrays.append(_array(fields, column))
        cursor = fields.start + fields.length
    if np.any(cursor != ends):
        raise UnfitError("the server sent rows that do not end with their last column")
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([column.field for column in columns]))


def _overlapping(data: bytes, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A view of `data` with an element of `dtype` starting at every byte."""
    return np.ndarray((len(data) - dtype.itemsize + 1,), dtype, data, strides=(1,))


def _array(fields: Fields, column: Column) -> pa.Array:
    try:
        return _DECODERS[column.wire.coding](fields, column.wire)
    except (UnfitError, pa.ArrowInvalid) as error:
        raise UnfitError(" ".join(str(error).split())[:200], column.name) from None


def _number(fields: Fields, wire: Wire) -> pa.Array:
    return pa.array(fields.load(np.dtype(wire.arrow.to_pandas_dtype()).newbyteorder(">").str), mask=fields.null)


def _boolean(fields: Fields, _wire: Wire) -> pa.Array:
    return pa.array(fields.load("u1") != 0, mask=fields.null)


def _timestamp(fields: Fields, wire: Wire) -> pa.Array:
    values = _finite(fields, "i8")
    if fields.any(values > np.iinfo(np.int64).max - _MICROSECONDS_1970_TO_2000):
        raise UnfitError("a time lies beyond the year 294246")
    return pa.array(values + _MICROSECONDS_1970_TO_2000, mask=fields.null).cast(wire.arrow)


def _date(fields: Fields, wire: Wire) -> pa.Array:
    return pa.array(_finite(fields, "i4") + _DAYS_1970_TO_2000, pa.int32(), mask=fields.null).cast(wire.arrow)


def _finite(fields: Fields, width: str) -> npt.NDArray[Any]:
    values = fields.load(f">{width}")
    limits = np.iinfo(values.dtype)
    if fields.any((values == limits.max) | (values == limits.min)):
        raise UnfitError("a time is infinite, which Parquet cannot say")
    return values if fields.null is None else np.where(fields.null, values.dtype.type(0), values)


def _time(fields: Fields, wire: Wire) -> pa.Array:
    values = fields.load(">i8")
    if fields.any(values >= _DAY):
        raise UnfitError("a time of day is 24:00:00, which Parquet cannot say")
    return pa.array(values, mask=fields.null).cast(wire.arrow)


def _uuid(fields: Fields, wire: Wire) -> pa.Array:
    values = np.ascontiguousarray(fields.load("V16"))
    valid = None if fields.null is None else pa.array(~fields.null).buffers()[1]
    storage = pa.Array.from_buffers(pa.binary(16), len(values), [valid, pa.py_buffer(values)])
    return pa.ExtensionArray.from_storage(wire.arrow, storage)


def _bytes(fields: Fields, _wire: Wire) -> pa.Array:
    """The values as binary: every other element of an array whose elements are the values and the gaps between them."""
    count = len(fields.start)
    edges = np.empty(2 * count + 1, np.int32)
    end = fields.start + fields.length
    edges[0:-1:2], edges[1:-1:2], edges[-1] = fields.start, end, end[-1] if count else 0
    both = pa.Array.from_buffers(pa.binary(), 2 * count, [None, pa.py_buffer(edges), pa.py_buffer(fields.data)])
    return both.take(pa.array(np.arange(0, 2 * count, 2, dtype=np.int32), mask=fields.null))


def _text(fields: Fields, wire: Wire) -> pa.Array:
    return _bytes(fields, wire).cast(pa.string())


def _decimal(fields: Fields, wire: Wire) -> pa.Array:
    return _text(fields, wire).cast(wire.arrow)


def _list(fields: Fields, wire: Wire) -> pa.Array:
    """The arrays as lists: the places of all elements are collected first, then decoded like a column."""
    if wire.element is None:
        raise UnfitError("a list's element has no type")
    starts: list[int] = []
    lengths: list[int] = []
    offsets = [0]
    for start, length in zip(fields.start.tolist(), fields.length.tolist(), strict=True):
        # Even an empty array has a head; only a null has no bytes at all.
        if length:
            _elements(fields.data, start, starts, lengths)
        offsets.append(len(starts))
    elements = Fields.at(fields.data, np.array(starts, np.int64), np.array(lengths, np.int64))
    values = _DECODERS[wire.element.coding](elements, wire.element)
    mask = None if fields.null is None else pa.array(fields.null)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=wire.arrow, mask=mask)


def _elements(data: bytes, at: int, starts: list[int], lengths: list[int]) -> None:
    """Append places and lengths of an array's elements.

    The format is array_send's: number of dimensions, a flag, the type, size and lower bound of each dimension.
    """
    (dimensions,) = struct.unpack_from(">i", data, at)
    if dimensions > 1:
        raise UnfitError(f"an array has {dimensions} dimensions, a list has one")
    count = struct.unpack_from(">i", data, at + 12)[0] if dimensions else 0
    at += 20
    for _ in range(count):
        (length,) = struct.unpack_from(">i", data, at)
        starts.append(at + 4)
        lengths.append(length)
        at += 4 + max(length, 0)


_DECODERS: dict[Coding, Callable[[Fields, Wire], pa.Array]] = {
    Coding.NUMBER: _number,
    Coding.BOOLEAN: _boolean,
    Coding.TIMESTAMP: _timestamp,
    Coding.DATE: _date,
    Coding.TIME: _time,
    Coding.UUID: _uuid,
    Coding.BYTES: _bytes,
    Coding.TEXT: _text,
    Coding.DECIMAL: _decimal,
    Coding.LIST: _list,
}
