"""Rows of a binary COPY, decoded a column at a time.

The format is that of the manual's page on COPY: a row is a count of fields (int16), then for each field its length
(int32, -1 for null) and its bytes, all big-endian. Rows are of different lengths, but the server sends each in a
message of its own, so their starts are known; from there one pass per column finds all its values at once.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.extract_postgres.columns import Coding, Column, Wire
from components.extract_postgres.narrow import narrowed
from components.shell.counts import counted

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Wide loads may reach past the last value.
_PADDING = bytes(16)
_UTF8 = "utf-8"
_MICROSECONDS_1970_TO_2000 = 946_684_800_000_000
_DAYS_1970_TO_2000 = 10_957
_DAY = 86_400_000_000
# The years 1 to 9999 in days and microseconds since 1970: what Python, SQL engines and table formats can all say.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
# As many digits as a numeric may have.
_EXACT = Context(prec=200_000)


class BrokenError(ValueError):
    """What the server sent is not what the format says; `column` is empty where it is unknown."""

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Unfit:
    """Which values of a column its Arrow type cannot hold, why, and whether the array has the nearest in their place.

    Where there is none, as for a number that is none, the array has a null.
    """

    mask: Mask
    reason: str
    nearest: bool = False


@dataclass(frozen=True)
class Decoded:
    """The values of a column, and those that did not fit."""

    array: pa.Array
    unfit: tuple[Unfit, ...] = ()


@dataclass(frozen=True)
class Fields:
    """Where the values of one column lie in `data`, and the encoding of its texts.

    `null` marks the empty places of nulls, and is None without any.
    """

    data: bytes
    start: Positions
    length: Positions
    null: Mask | None
    encoding: str = _UTF8

    @classmethod
    def at(cls, data: bytes, start: Positions, length: Positions, encoding: str) -> "Fields":
        """The values of the lengths that the server sent, which is -1 for a null."""
        null = length < 0
        if not null.any():
            return cls(data, start, length, None, encoding)
        return cls(data, start, np.maximum(length, 0), null, encoding)

    def any(self, mask: Mask) -> bool:
        """Whether the mask holds for a value that is not null."""
        return bool(mask.any() if self.null is None else (mask & ~self.null).any())

    def load(self, dtype: str) -> npt.NDArray[Any]:
        """The values as fixed-width numbers of the big-endian numpy type `dtype`; anything where they are null."""
        kind = np.dtype(dtype)
        if self.any(self.length != kind.itemsize):
            raise BrokenError(f"the server sent values that are not {counted(kind.itemsize, 'byte')} wide")
        return _overlapping(self.data, kind)[self.start].astype(kind.newbyteorder("="))


def decode(rows: Sequence[bytes], columns: Sequence[Column], encoding: str = _UTF8) -> list[Decoded]:
    """The rows, without header and trailer of the stream, as columns of equal length; texts come in the encoding.

    Columns without a source are not in the stream: all their values are null.

    Raises:
        BrokenError: the rows are not those of these columns.
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    ends = np.cumsum(lengths)
    data = b"".join([*rows, _PADDING])
    starts = ends - lengths
    if np.any(_overlapping(data, np.dtype(">i2"))[starts] != sum(bool(column.source) for column in columns)):
        raise BrokenError("the server sent rows with another number of columns")
    cursor, decoded = starts + 2, []
    for column in columns:
        if not column.source:
            decoded.append(Decoded(pa.nulls(len(rows), column.arrow)))
            continue
        length = _overlapping(data, np.dtype(">i4"))[cursor].astype(np.int64)
        fields = Fields.at(data, cursor + 4, length, encoding)
        decoded.append(_decoded(fields, column))
        cursor = fields.start + fields.length
    if np.any(cursor != ends):
        raise BrokenError("the server sent rows that do not end with their last column")
    return decoded


def _overlapping(data: bytes, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A view of `data` with an element of `dtype` starting at every byte."""
    return np.ndarray((len(data) - dtype.itemsize + 1,), dtype, data, strides=(1,))


def _decoded(fields: Fields, column: Column) -> Decoded:
    try:
        decoded = _DECODERS[column.wire.coding](fields, column.wire)
        return decoded if column.wanted is None else _as_wanted(decoded, column.wanted)
    except (BrokenError, pa.ArrowInvalid) as error:
        raise BrokenError(" ".join(str(error).split())[:200], column.name) from None


def _as_wanted(decoded: Decoded, wanted: pa.DataType) -> Decoded:
    array, lost = narrowed(decoded.array, wanted)
    if lost is None:
        return replace(decoded, array=array)
    return Decoded(array, (*decoded.unfit, Unfit(lost.to_numpy(zero_copy_only=False), f"is no {wanted}")))


def _number(fields: Fields, wire: Wire) -> Decoded:
    kind = np.dtype(wire.arrow.to_pandas_dtype()).newbyteorder(">").str
    return Decoded(pa.array(fields.load(kind), mask=fields.null))


def _boolean(fields: Fields, _wire: Wire) -> Decoded:
    return Decoded(pa.array(fields.load("u1") != 0, mask=fields.null))


def _timestamp(fields: Fields, wire: Wire) -> Decoded:
    first, last = _FIRST_DAY * _DAY, (_LAST_DAY + 1) * _DAY - 1
    values, unfit = _limited(fields, ">i8", first - _MICROSECONDS_1970_TO_2000, last - _MICROSECONDS_1970_TO_2000)
    return Decoded(pa.array(values + _MICROSECONDS_1970_TO_2000, mask=fields.null).cast(wire.arrow), unfit)


def _date(fields: Fields, wire: Wire) -> Decoded:
    values, unfit = _limited(fields, ">i4", _FIRST_DAY - _DAYS_1970_TO_2000, _LAST_DAY - _DAYS_1970_TO_2000)
    return Decoded(pa.array(values + _DAYS_1970_TO_2000, pa.int32(), mask=fields.null).cast(wire.arrow), unfit)


def _limited(fields: Fields, kind: str, first: int, last: int) -> tuple[npt.NDArray[Any], tuple[Unfit, ...]]:
    """The values, where they lie beyond the limits the nearest; infinite times are the ends of their type's range."""
    values = fields.load(kind)
    outside = (values < first) | (values > last)
    if fields.null is not None:
        outside &= ~fields.null
    if fields.null is None and not outside.any():
        return values, ()
    unfit = (Unfit(outside, "is infinite or outside the years 1 to 9999", nearest=True),) if outside.any() else ()
    return np.clip(values, values.dtype.type(first), values.dtype.type(last)), unfit


def _time(fields: Fields, wire: Wire) -> Decoded:
    values = fields.load(">i8")
    if not fields.any(values >= _DAY):
        return Decoded(pa.array(values, mask=fields.null).cast(wire.arrow))
    late = (values >= _DAY) if fields.null is None else (values >= _DAY) & ~fields.null
    held = pa.array(np.minimum(values, _DAY - 1), mask=fields.null).cast(wire.arrow)
    return Decoded(held, (Unfit(late, "is 24:00:00, which lies outside of a day", nearest=True),))


def _uuid(fields: Fields, wire: Wire) -> Decoded:
    values = np.ascontiguousarray(fields.load("V16"))
    valid = None if fields.null is None else pa.array(~fields.null).buffers()[1]
    storage = pa.Array.from_buffers(pa.binary(16), len(values), [valid, pa.py_buffer(values)])
    return Decoded(pa.ExtensionArray.from_storage(wire.arrow, storage))


def _bytes(fields: Fields, _wire: Wire) -> Decoded:
    return Decoded(_binary(fields))


def _binary(fields: Fields) -> pa.Array:
    """The values as binary: every other element of an array whose elements are the values and the gaps between them."""
    count = len(fields.start)
    edges = np.empty(2 * count + 1, np.int32)
    end = fields.start + fields.length
    edges[0:-1:2], edges[1:-1:2], edges[-1] = fields.start, end, end[-1] if count else 0
    both = pa.Array.from_buffers(pa.binary(), 2 * count, [None, pa.py_buffer(edges), pa.py_buffer(fields.data)])
    return both.take(pa.array(np.arange(0, 2 * count, 2, dtype=np.int32), mask=fields.null))


def _text(fields: Fields, _wire: Wire) -> Decoded:
    values = _binary(fields)
    try:
        if fields.encoding == _UTF8:
            return Decoded(values.cast(pa.string()))
    except pa.ArrowInvalid:
        # Only a database without an encoding holds such bytes.
        pass
    decoded = [_in(fields.encoding, value) for value in values.to_pylist()]
    texts = pa.array(decoded, pa.string())
    mask = pc.and_(texts.is_null(), values.is_valid()).to_numpy(zero_copy_only=False)
    reason = "is no UTF-8" if fields.encoding == _UTF8 else f"has a byte that {fields.encoding} does not define"
    return Decoded(texts, (Unfit(mask, reason),) if mask.any() else ())


def _in(encoding: str, value: bytes | None) -> str | None:
    """The text of these bytes; None where they are none."""
    try:
        return None if value is None else value.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decimal(fields: Fields, wire: Wire) -> Decoded:
    values = _binary(fields).cast(pa.string())
    try:
        return Decoded(values.cast(wire.arrow))
    except pa.ArrowInvalid:
        # Arrow also gives up on zeros behind the point that its widest decimal has no room for.
        texts = values.to_pylist()
        numbers = [_exact(text) for text in texts]
        strange = np.array([text in _NO_NUMBERS for text in texts])
        large = np.array([number is not None and not _fits(number, wire) for number in numbers])
        fitting = [None if is_large else number for number, is_large in zip(numbers, large, strict=True)]
        held = pa.array(fitting, wire.arrow)
        unfit = ((strange, "is no finite number"), (large, f"has more digits than {_called(wire)} holds"))
        return Decoded(held, tuple(Unfit(mask, reason) for mask, reason in unfit if mask.any()))


def _exact(text: str | None) -> Decimal | None:
    """The number without zeros at its end; None where it is none."""
    return None if text is None or text in _NO_NUMBERS else Decimal(text).normalize(_EXACT)


def _fits(number: Decimal, wire: Wire) -> bool:
    _sign, digits, exponent = number.as_tuple()
    precision, scale = int(wire.arrow.precision), int(wire.arrow.scale)
    # Zero has a digit, which needs no room.
    return not number or (-int(exponent) <= scale and len(digits) + int(exponent) <= precision - scale)


def _called(wire: Wire) -> str:
    return f"decimal({wire.arrow.precision},{wire.arrow.scale})"


def _list(fields: Fields, wire: Wire) -> Decoded:
    """The arrays as lists: the positions of all elements are collected first, then decoded like a column."""
    if wire.element is None:
        raise BrokenError("a list's element has no type")
    starts: list[int] = []
    lengths: list[int] = []
    offsets, folded = [0], np.zeros(len(fields.start), bool)
    for row, (start, length) in enumerate(zip(fields.start.tolist(), fields.length.tolist(), strict=True)):
        # Even an empty array has a head; only a null has no bytes at all.
        folded[row] = bool(length) and not _elements(fields.data, start, starts, lengths)
        offsets.append(len(starts))
    parts = Fields.at(fields.data, np.array(starts, np.int64), np.array(lengths, np.int64), fields.encoding)
    elements = _DECODERS[wire.element.coding](parts, wire.element)
    unfit = [replace(fault, mask=_of_lists(fault.mask, offsets)) for fault in elements.unfit]
    if folded.any():
        unfit.append(Unfit(folded, "is an array of several dimensions"))
    null = np.zeros(len(folded), bool) if fields.null is None else fields.null
    for fault in unfit:
        null = null if fault.nearest else null | fault.mask
    mask = pa.array(null) if null.any() else None
    array = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), elements.array, type=wire.arrow, mask=mask)
    return Decoded(array, tuple(unfit))


def _of_lists(mask: Mask, offsets: Sequence[int]) -> Mask:
    """Which lists have an element that the mask marks."""
    marked = np.concatenate([[0], np.cumsum(mask)])
    edges = marked[np.array(offsets)]
    return np.asarray(edges[1:] > edges[:-1])


def _elements(data: bytes, at: int, starts: list[int], lengths: list[int]) -> bool:
    """Whether the array at this place is a list; then places and lengths of its elements are appended.

    The format is array_send's: number of dimensions, a flag, the type, size and lower bound of each dimension.
    """
    (dimensions,) = struct.unpack_from(">i", data, at)
    if dimensions > 1:
        return False
    count = struct.unpack_from(">i", data, at + 12)[0] if dimensions else 0
    at += 20
    for _ in range(count):
        (length,) = struct.unpack_from(">i", data, at)
        starts.append(at + 4)
        lengths.append(length)
        at += 4 + max(length, 0)
    return True


_DECODERS: dict[Coding, Callable[[Fields, Wire], Decoded]] = {
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
