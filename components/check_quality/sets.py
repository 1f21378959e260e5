"""Values of a set as DuckDB is asked for them: those are equal that are in Python, where the text 1 is no number."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from components.check_quality.contract import BOOLEAN, INSTANT, NUMBER, TEXT, microseconds
from components.check_quality.frames import family

_TYPES = {str: "VARCHAR", int: "HUGEINT", float: "DOUBLE"}


def keys(values: Sequence[Any], kind: pa.DataType) -> dict[Any, Any]:
    """Each value once, with what a column of the type has for it; None where nothing of the column is ever equal.

    Yes is 1 and no is 0; instants are whole numbers in `unit`, decimals doubles.

    Raises:
        TypeError: a value is a list or an object, of which there are no sets.
    """
    convert = {TEXT: _text, INSTANT: _tick, BOOLEAN: _number, NUMBER: _number}.get(family(kind), _nothing)
    return {value: convert(value, kind) for value in values}


def among(by_value: Mapping[Any, Any]) -> tuple[str, list[Any]]:
    """The condition that the column `c` has one of the values, and what is to be bound in it."""
    wanted = [key for key in by_value.values() if key is not None]
    if not wanted:
        return "false", []
    return f"(c IN (SELECT unnest(?::{_TYPES[type(wanted[0])]}[])))", [wanted]


def unit(kind: pa.DataType) -> str:
    """What instants or days of the type are counted in, so that none is rounded."""
    return "ns" if getattr(kind, "unit", "us") == "ns" else "us"


def _nothing(_value: Any, _kind: pa.DataType) -> None:
    return None


def _text(value: Any, _kind: pa.DataType) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any, kind: pa.DataType) -> float | None:
    if not isinstance(value, int | float):
        return None
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return int(value) if value == int(value) and -(2**63) <= value < 2**64 else None
    # Of whole numbers beyond 2**53 not all are doubles too.
    return float(value) if abs(value) < 2**1023 and float(value) == value else None


def _tick(value: Any, kind: pa.DataType) -> int | None:
    """The instant that a text names; one with a zone is no instant of a column without, nor the other way round."""
    from components.check_quality.library import instant  # noqa: PLC0415 - it takes seconds to load

    parsed = instant(value)
    zoned = getattr(kind, "tz", None) is not None
    if not isinstance(parsed, datetime) or (parsed.tzinfo is not None) != zoned:
        return None
    ticks = microseconds(parsed if zoned else parsed.replace(tzinfo=UTC))
    return ticks * 1000 if unit(kind) == "ns" else ticks
