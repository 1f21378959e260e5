"""Which values of an Arrow column a narrower type cannot hold, why, and which value it can hold lies nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import pyarrow as pa
import pyarrow.compute as pc

from components.iceberg import nested
from components.shell.counts import counted

# Days from 1970 of the first day of year 1 and of the last of year 9999: what ISO 8601 writes with four digits, and
# what Python, and with it pyiceberg, can count.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY_SECONDS = 86_400
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_MILLISECONDS = _DAY_SECONDS * 1000
_LARGEST_FLOAT = (2 - 2.0**-23) * 2.0**127
_WIDEST = 76
_NAMES = {"int32": "int", "int64": "long"}


@dataclass(frozen=True)
class Misfits:
    """Why each value does not fit, null where it does; and the column with the nearest values that do.

    Nearest is the bound of the type for what lies beyond it; digits that have no place are cut off, of instants so that
    they become earlier.
    """

    why: pa.Array
    nearest: pa.Array


def fitting(column: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The column as `kind`, or None where a value does not fit; it costs a cast, and nothing for the same type."""
    if column.type == kind:
        return column
    if pa.types.is_dictionary(column.type):
        return fitting(column.dictionary_decode(), kind)
    if nested.is_nested(kind):
        return nested.rebuilt(column, kind, fitting)
    try:
        cast = column.cast(kind)
    except pa.ArrowInvalid:
        return None
    # The only kernel that loses values without a word.
    narrowed = pa.types.is_floating(kind) and pa.types.is_floating(column.type)
    if narrowed and column.type.bit_width > kind.bit_width and _floats(column, kind).why.null_count < len(column):
        return None
    return cast


def lies_in_years(column: pa.Array) -> bool:
    """Whether all instants and days of the column lie in the years 1 to 9999; true of columns of other types."""
    if pa.types.is_struct(column.type):
        return all(lies_in_years(part) for part in column.flatten())
    if nested.is_list(column.type):
        return lies_in_years(column.flatten())
    if not (pa.types.is_timestamp(column.type) or pa.types.is_date32(column.type)):
        return True
    low, high = _years(column.type)
    extremes = pc.min_max(ticks_of(column))
    first, last = extremes["min"].as_py(), extremes["max"].as_py()
    return first is None or (low <= first and last <= high)


def misfits(column: pa.Array, kind: pa.DataType) -> Misfits:
    """Which values of `column` do not fit `kind`; both are of one family of types, as `conform` sees to."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if nested.is_nested(kind):
        return _nested(column, kind)
    if pa.types.is_integer(kind):
        return _integers(column, kind)
    if pa.types.is_floating(kind):
        return _floats(column, kind)
    if pa.types.is_decimal(kind):
        return _decimals(column, kind)
    return _instants(column, kind)


def _nested(column: pa.Array, kind: pa.DataType) -> Misfits:
    """Why the first part of each value that does not fit does not, and the value with the nearest parts."""
    reasons: list[pa.Array] = []

    def looked(values: pa.Array, wanted: pa.DataType) -> pa.Array:
        misfit = _looked(values, wanted)
        reasons.append(misfit.why)
        return misfit.nearest

    nearest = nested.rebuilt(column, kind, looked)
    if pa.types.is_struct(kind):
        named = [pc.binary_join_element_wise(field.name, why, ": ") for field, why in zip(kind, reasons, strict=True)]
        return Misfits(pc.coalesce(*named), nearest)
    return Misfits(nested.reason_of(column, reasons[0]), nearest)


def _looked(column: pa.Array, kind: pa.DataType) -> Misfits:
    cast = fitting(column, kind)
    if cast is not None and lies_in_years(cast):
        return Misfits(pa.nulls(len(column), pa.string()), cast)
    return misfits(column, kind)


def _integers(column: pa.Array, kind: pa.DataType) -> Misfits:
    (low, high), (least, most) = _range(kind), _range(column.type)
    nearest = between(column, max(low, least), min(high, most))
    return Misfits(_why([(pc.not_equal(nearest, column), f"too large for {_named(kind)}")]), nearest.cast(kind))


def _range(kind: pa.DataType) -> tuple[int, int]:
    if pa.types.is_unsigned_integer(kind):
        return 0, 2**kind.bit_width - 1
    return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def _floats(column: pa.Array, kind: pa.DataType) -> Misfits:
    narrow = column.cast(kind)
    large = pc.and_(pc.is_finite(column), pc.invert(pc.is_finite(narrow)))
    small = pc.and_(pc.equal(narrow, pa.scalar(0.0, kind)), pc.not_equal(column, pa.scalar(0.0, column.type)))
    bound = pc.if_else(pc.less(column, pa.scalar(0.0, column.type)), -_LARGEST_FLOAT, _LARGEST_FLOAT).cast(kind)
    why = _why([(large, f"too large for {_named(kind)}"), (small, f"too small for {_named(kind)}")])
    return Misfits(why, pc.if_else(large, bound, narrow))


def _decimals(column: pa.Array, kind: pa.DataType) -> Misfits:
    wide = column.cast(_wide(column.type, kind))
    cut = pc.round(wide, ndigits=kind.scale, round_mode="towards_zero")
    most = _largest(kind, wide.type)
    nearest = cut if most is None else _clamped(cut, wide.type, most)
    lost = pc.not_equal(cut, wide)
    large = pc.not_equal(nearest, cut)
    why = _why([(large, f"too large for {_named(kind)}"), (lost, f"more than {counted(kind.scale, 'decimal digit')}")])
    return Misfits(why, nearest.cast(kind))


def _wide(source: pa.DataType, kind: pa.DataType) -> pa.DataType:
    """A type that holds what both hold, as far as there is one; else the given one's scale, which loses nothing."""
    scale = max(source.scale, kind.scale)
    return pa.decimal256(_WIDEST, scale if source.precision - source.scale + scale <= _WIDEST else source.scale)


def _largest(kind: pa.DataType, wide: pa.DataType) -> Decimal | None:
    """The largest value of `kind` that `wide` can write; None where it can write none that is too large."""
    with localcontext(prec=2 * _WIDEST):
        most = (Decimal(10) ** kind.precision - 1).scaleb(-kind.scale)
        exact = most.quantize(Decimal(1).scaleb(-wide.scale), rounding="ROUND_DOWN")
        return exact if kind.precision - kind.scale + wide.scale <= wide.precision else None


def _clamped(column: pa.Array, kind: pa.DataType, most: Decimal) -> pa.Array:
    high, low = pa.scalar(most, kind), pa.scalar(most.copy_negate(), kind)
    capped = pc.if_else(pc.greater(column, high), high, column)
    return pc.if_else(pc.less(capped, low), low, capped)


def _instants(column: pa.Array, kind: pa.DataType) -> Misfits:
    counts, cut = ticks_of(column), _divisor(column.type, kind)
    least = floored(counts, cut)
    factor = 1 if cut > 1 else _ticks(kind) // _ticks(column.type)
    low, high = _years(kind)
    nearest = between(least, -(-low // factor), high // factor)
    outside = pc.not_equal(nearest, least)
    lost = pc.not_equal(pc.multiply(least, cut), counts) if cut > 1 else pa.repeat(False, len(column))
    digits = "a time of day" if pa.types.is_date32(kind) else f"digits below 1 {kind.unit}"
    why = _why([(outside, "outside the years 1 to 9999"), (lost, digits)])
    return Misfits(why, _as_counts(pc.multiply(nearest, factor), kind))


def ticks_of(column: pa.Array) -> pa.Array:
    """The whole numbers that stand for the column's instants or days."""
    return column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())


def _as_counts(counts: pa.Array, kind: pa.DataType) -> pa.Array:
    return counts.cast(pa.int32()).cast(kind) if pa.types.is_date32(kind) else counts.cast(kind)


def _ticks(kind: pa.DataType) -> int:
    """Ticks of the type in a second; a day counts as one."""
    return _TICKS[kind.unit] if pa.types.is_timestamp(kind) else 1


def _divisor(source: pa.DataType, kind: pa.DataType) -> int:
    """How many of the given ticks make one of the target's; 1 where they are as long, or longer."""
    if pa.types.is_date64(source):
        return _DAY_MILLISECONDS
    return max(_ticks(source) // _ticks(kind), 1)


def floored(counts: pa.Array, divisor: int) -> pa.Array:
    """The counts in units that hold `divisor` of theirs, rounded down."""
    if divisor == 1:
        return counts
    quotient = pc.divide(counts, divisor)
    below = pc.less(counts, pc.multiply(quotient, divisor))
    return pc.subtract(quotient, below.cast(pa.int64()))


def _years(kind: pa.DataType) -> tuple[int, int]:
    """The first and the last tick of the years 1 to 9999 that the type can count."""
    if pa.types.is_date32(kind):
        return _FIRST_DAY, _LAST_DAY
    ticks, (least, most) = _TICKS[kind.unit] * _DAY_SECONDS, _range(pa.int64())
    return max(_FIRST_DAY * ticks, least), min((_LAST_DAY + 1) * ticks - 1, most)


def between(column: pa.Array, low: int, high: int) -> pa.Array:
    """The whole numbers, those beyond a bound replaced by it."""
    capped = pc.min_element_wise(column, pa.scalar(high, column.type), skip_nulls=False)
    return pc.max_element_wise(capped, pa.scalar(low, column.type), skip_nulls=False)


def _why(cases: Sequence[tuple[pa.Array, str]]) -> pa.Array:
    """The text of the first case that holds, row by row; null where none does."""
    known = [pc.if_else(pc.fill_null(holds, False), text, pa.scalar(None, pa.string())) for holds, text in cases]
    return pc.coalesce(*known)


def _named(kind: pa.DataType) -> str:
    """What a table definition calls the type."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return _NAMES.get(str(kind), str(kind))
