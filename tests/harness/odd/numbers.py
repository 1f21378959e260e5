"""Instants and numbers that do not fit, or just fit, a column: for each, why, and the nearest value that does.

`together` lays all cases side by side in one table, a row per value, so that a writer or reader passes all in one go.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

BEYOND = "outside the years 1 to 9999"
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
FLT_MAX = 3.4028234663852886e38
INFINITY = 2**63 - 1
"""What Postgres and DuckDB write for `infinity`."""

_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_LAST_MILLISECOND = _LAST_SECOND.replace(microsecond=999000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A column of a table, its type in the words of a definition, and values that come for it.

    `values` are triples: the value as Arrow is given it, the nearest value that fits, and why it does not fit, empty
    where it does (the nearest is then the value itself).
    """

    name: str
    type: str
    given: pa.DataType
    values: Sequence[tuple[Any, Any, str]]

    @property
    def array(self) -> pa.Array:
        """The values as they come; instants and days may be given as whole numbers."""
        raw = [value for value, _, _ in self.values]
        if pa.types.is_temporal(self.given):
            whole = pa.int32() if self.given.bit_width == 32 else pa.int64()
            return pa.array(raw, whole).cast(self.given)
        return pa.array(raw, self.given)


def _instants(name: str, unit: str, values: Sequence[tuple[int, datetime, str]]) -> Case:
    return Case(name, "timestamptz", pa.timestamp(unit, "UTC"), values)


_S, _US = 253_402_300_799, 253_402_300_799_999_999
_S_FIRST, _US_FIRST = -62_135_596_800, -62_135_596_800_000_000
CASES = (
    _instants(
        "us", "us",
        [(_US, LAST, ""), (_US_FIRST, FIRST, ""), (0, _EPOCH, ""), (_US + 1, LAST, BEYOND),
         (_US_FIRST - 1, FIRST, BEYOND), (INFINITY, LAST, BEYOND), (-INFINITY - 1, FIRST, BEYOND)],
    ),
    _instants(
        "ms", "ms",
        [(_S * 1000 + 999, _LAST_MILLISECOND, ""), (_S * 1000 + 1000, _LAST_MILLISECOND, BEYOND),
         (INFINITY, _LAST_MILLISECOND, BEYOND), (-INFINITY - 1, FIRST, BEYOND)],
    ),
    _instants(
        "ns", "ns",
        [(1_000, _EPOCH.replace(microsecond=1), ""), (1_999, _EPOCH.replace(microsecond=1), "digits below 1 us"),
         (-1, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "digits below 1 us"),
         (-1_000, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "")],
    ),
    Case(
        "day", "date", pa.date32(),
        [(2_932_896, date(9999, 12, 31), ""), (-719_162, date(1, 1, 1), ""), (2_932_897, date(9999, 12, 31), BEYOND),
         (-719_163, date(1, 1, 1), BEYOND), (2**31 - 1, date(9999, 12, 31), BEYOND), (-(2**31), date(1, 1, 1), BEYOND)],
    ),
    Case(
        "narrow", "float", pa.float64(),
        [(0.5, 0.5, ""), (math.inf, math.inf, ""), (-math.inf, -math.inf, ""), (math.nan, math.nan, ""),
         (1e39, FLT_MAX, "too large for float"), (-1e300, -FLT_MAX, "too large for float"),
         (1e-60, 0.0, "too small for float"), (-0.0, -0.0, ""), (FLT_MAX, FLT_MAX, "")],
    ),
    Case(
        "wide", "double", pa.float64(),
        [(math.inf, math.inf, ""), (math.nan, math.nan, ""), (5e-324, 5e-324, ""), (-0.0, -0.0, "")],
    ),
    Case(
        "int", "int", pa.int64(),
        [(2**31 - 1, 2**31 - 1, ""), (-(2**31), -(2**31), ""), (2**31, 2**31 - 1, "too large for int"),
         (-(2**63), -(2**31), "too large for int")],
    ),
    Case("uint32", "int", pa.uint32(), [(2**32 - 1, 2**31 - 1, "too large for int"), (7, 7, "")]),
    Case(
        "uint64", "long", pa.uint64(),
        [(2**63 - 1, 2**63 - 1, ""), (2**63, 2**63 - 1, "too large for long"),
         (2**64 - 1, 2**63 - 1, "too large for long")],
    ),
    Case("id", "long", pa.int64(), [(2**53 + 1, 2**53 + 1, ""), (-(2**63), -(2**63), "")]),
    Case(
        "price", "decimal(6,2)", pa.decimal128(20, 4),
        [(Decimal("9999.9900"), Decimal("9999.99"), ""),
         (Decimal("10000.0000"), Decimal("9999.99"), "too large for decimal(6,2)"),
         (Decimal("-1.2345"), Decimal("-1.23"), "more than 2 decimal digits"),
         (Decimal("9999.9999"), Decimal("9999.99"), "more than 2 decimal digits"),
         (Decimal("-9999999999999999.9999"), Decimal("-9999.99"), "too large for decimal(6,2)")],
    ),
    Case(
        "sum", "decimal(38,10)", pa.decimal256(60, 20),
        [(Decimal("1.5"), Decimal("1.5").quantize(Decimal("1.0000000000")), ""),
         (Decimal(10) ** 39, Decimal("9999999999999999999999999999.9999999999"), "too large for decimal(38,10)")],
    ),
    Case("text", "string", pa.string(), [("", "", ""), ("null", "null", ""), ("NaN", "NaN", "")]),
)  # fmt: skip
# Parquet counts neither seconds nor milliseconds of days.
IN_MEMORY = (
    _instants(
        "s", "s",
        [(_S, _LAST_SECOND, ""), (_S_FIRST, FIRST, ""), (_S + 1, _LAST_SECOND, BEYOND), (_S_FIRST - 1, FIRST, BEYOND),
         (INFINITY, _LAST_SECOND, BEYOND)],
    ),
    Case(
        "day64", "date", pa.date64(),
        [(86_400_000, date(1970, 1, 2), ""), (2**62 // 86_400_000 * 86_400_000, date(9999, 12, 31), BEYOND)],
    ),
)  # fmt: skip


def columns() -> list[str]:
    """The cases' columns in the words of a definition, each nullable."""
    return [f"c_{case.name} {case.type}" for case in CASES]


def together() -> pa.Table:
    """All cases side by side: each value in a row of its own, null in the columns of the others."""
    arrays, done = {}, 0
    total = sum(len(case.values) for case in CASES)
    for case in CASES:
        array = case.array
        after = total - done - len(array)
        arrays[f"c_{case.name}"] = pa.concat_arrays([pa.nulls(done, case.given), array, pa.nulls(after, case.given)])
        done += len(array)
    return pa.table(arrays)


def expected(policy: str) -> list[tuple[str, Any]]:
    """What is in the table: the column and value of each row, in order, under one policy for all columns."""
    return [
        (f"c_{case.name}", None if why and policy == "null" else nearest)
        for case in CASES
        for _, nearest, why in case.values
        if not why or policy != "reject"
    ]


def reasons() -> list[str]:
    """Why values do not fit, one by one."""
    return [f"c_{case.name}: {why}" for case in CASES for _, _, why in case.values if why]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same one, NaN and the sign of zero included."""
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    return type(one) is type(other) and bool(one == other)


@dataclass(frozen=True)
class Spelling:
    """A value in a table, and what a person or a program reads of it; `text` is None for null."""

    kind: pa.DataType
    given: Any
    text: str | None

    @property
    def array(self) -> pa.Array:
        """The one value; instants, days and times are given as whole numbers."""
        return Case("", "", self.kind, [(self.given, None, "")]).array


_ZONED, _LOCAL = pa.timestamp("us", "UTC"), pa.timestamp("us")
# Years of other than four digits as ISO 8601 has them: a sign and, as JavaScript writes them, six digits at least.
SPELLINGS = (
    Spelling(_ZONED, 0, "1970-01-01T00:00:00Z"),
    Spelling(_ZONED, _US, "9999-12-31T23:59:59.999999Z"),
    Spelling(_ZONED, _US + 1, "+010000-01-01T00:00:00Z"),
    Spelling(_ZONED, _US_FIRST, "0001-01-01T00:00:00Z"),
    Spelling(_ZONED, _US_FIRST - 1, "+000000-12-31T23:59:59.999999Z"),
    Spelling(_ZONED, INFINITY, "+294247-01-10T04:00:54.775807Z"),
    Spelling(_LOCAL, -INFINITY, "-290308-12-21T19:59:05.224193"),
    Spelling(pa.timestamp("ns", "UTC"), -1, "1969-12-31T23:59:59.999999999Z"),
    Spelling(pa.timestamp("ns"), 1_000, "1970-01-01T00:00:00.000001"),
    Spelling(pa.timestamp("ms"), 253_402_300_800_000, "+010000-01-01T00:00:00"),
    Spelling(pa.date32(), 2**31 - 1, "+5881580-07-11"),
    Spelling(pa.date32(), -(2**31), "-5877641-06-23"),
    Spelling(pa.date32(), 0, "1970-01-01"),
    Spelling(pa.time64("us"), 86_399_999_999, "23:59:59.999999"),
    Spelling(pa.time64("ns"), 1, "00:00:00.000000001"),
    Spelling(pa.float64(), math.nan, "NaN"),
    Spelling(pa.float32(), math.inf, "Infinity"),
    Spelling(pa.float64(), -math.inf, "-Infinity"),
    Spelling(pa.float64(), -0.0, "-0.0"),
    Spelling(pa.float64(), 5e-324, "5e-324"),
    Spelling(pa.int64(), 2**53 + 1, "9007199254740993"),
    Spelling(pa.int64(), -(2**63), "-9223372036854775808"),
    Spelling(pa.uint64(), 2**64 - 1, "18446744073709551615"),
    Spelling(pa.decimal128(38, 2), Decimal("-999999999999999999999999999999999999.99"), f"-{'9' * 36}.99"),
    Spelling(pa.string(), "", ""),
    Spelling(pa.string(), None, None),
    Spelling(_ZONED, None, None),
)
