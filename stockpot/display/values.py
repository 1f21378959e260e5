"""Values of Arrow columns in types of JSON: no instant is out of range, and no NaN or infinity is lost."""

import base64
import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

Speller = Callable[[Any], Any]

_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_SECONDS = 86_400
_DAY_MILLISECONDS = _DAY_SECONDS * 1000
# Days from the first of year 1 to 1970, and of 400 years, after which the calendar repeats itself.
_TO_1970, _DAYS_OF_400_YEARS = 719_162, 146_097
_LAST_YEAR = 9999
_MICROSECOND_DIGITS = 6


def plain_rows(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """The rows of the batch, each value as `plain` has it; instants, days and times as ISO 8601.

    They are read as whole numbers, for Python knows neither years before 1 and after 9999 nor nanoseconds.
    """
    columns = [
        [None if value is None else spell(value) for value in column.cast(_counted(column.type)).to_pylist()]
        for column, spell in ((column, _speller(column.type)) for column in batch.columns)
    ]
    return list(zip(*columns, strict=True))


def plain(value: Any) -> Any:
    """The value in types of JSON: decimals, uuids, `NaN`, `Infinity` and `-Infinity` as text, bytes in base64."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        # `str` would write small ones, and a zero with places, with an exponent.
        return f"{value:f}"
    return str(value) if isinstance(value, UUID | timedelta) else value


def _counted(kind: pa.DataType) -> pa.DataType:
    """The type with whole numbers in place of instants, days and times, however deep they lie."""
    if pa.types.is_dictionary(kind):
        return _counted(kind.value_type)
    if pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind):
        return pa.int32() if kind.bit_width == pa.int32().bit_width else pa.int64()
    return _counted_parts(kind) if pa.types.is_nested(kind) else kind


def _counted_parts(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_map(kind):
        return pa.map_(_field(kind.key_field), _field(kind.item_field))
    if pa.types.is_struct(kind):
        return pa.struct([_field(part) for part in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_field(kind.value_field), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(_field(kind.value_field))
    return pa.large_list(_field(kind.value_field)) if pa.types.is_large_list(kind) else kind


def _field(field: pa.Field) -> pa.Field:
    return field.with_type(_counted(field.type))


def _speller(kind: pa.DataType) -> Speller:
    """What spells a value of the type, counted, that is not null."""
    if pa.types.is_dictionary(kind):
        return _speller(kind.value_type)
    if pa.types.is_timestamp(kind):
        return lambda count: _instant(count, _TICKS[kind.unit], "Z" if kind.tz else "")
    if pa.types.is_time(kind):
        return lambda count: _time(count, _TICKS[kind.unit])
    if pa.types.is_date32(kind):
        return _day
    if pa.types.is_date64(kind):
        return lambda count: _day(count // _DAY_MILLISECONDS)
    return _nested(kind) or plain


def _nested(kind: pa.DataType) -> Speller | None:
    if pa.types.is_map(kind):
        key, item = _of_null(_speller(kind.key_type)), _of_null(_speller(kind.item_type))
        return lambda pairs: [[key(one), item(other)] for one, other in pairs]
    if pa.types.is_struct(kind):
        parts = {part.name: _of_null(_speller(part.type)) for part in kind}
        return lambda value: {name: spell(value[name]) for name, spell in parts.items()}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        each = _of_null(_speller(kind.value_type))
        return lambda values: [each(value) for value in values]
    return None


def _of_null(spell: Speller) -> Speller:
    return lambda value: None if value is None else spell(value)


def _instant(count: int, ticks: int, zone: str) -> str:
    days, rest = divmod(count, ticks * _DAY_SECONDS)
    return f"{_day(days)}T{_time(rest, ticks)}{zone}"


def _day(days: int) -> str:
    """The day that many days after the first of 1970; years of other than four digits with a sign and at least six."""
    cycles, rest = divmod(days + _TO_1970, _DAYS_OF_400_YEARS)
    day = date.fromordinal(rest + 1)
    year = day.year + 400 * cycles
    return f"{year:04}{day:-%m-%d}" if 0 < year <= _LAST_YEAR else f"{year:+07}{day:-%m-%d}"


def _time(count: int, ticks: int) -> str:
    """The time of the day, with microseconds where there are any, and with nanoseconds where there are such."""
    seconds, fraction = divmod(count, ticks)
    digits = f"{fraction * (10**9 // ticks):09}" if fraction else ""
    shown = digits[:_MICROSECOND_DIGITS] if digits.endswith("000") else digits
    minutes, second = divmod(seconds, 60)
    whole = time(minutes // 60, minutes % 60, second).isoformat()
    return f"{whole}.{shown}" if shown else whole
