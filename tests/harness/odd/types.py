"""Types with parts, decimals and days: each column with values as steps hand them on, and as the table has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

NAN, INFINITY = float("nan"), float("inf")
LIGHT = 1.401298464324817e-45  # the least float there is
LEAP = date(2024, 2, 29)


@dataclass(frozen=True)
class Case:
    """A column, the Arrow type that its rows come in, and their values; `ROWS` of them, the last as any."""

    column: str
    given: pa.DataType
    values: Sequence[Any]

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.split()[0]


POINTS = pa.list_(pa.struct([("y", pa.string()), ("x", pa.float64())]))
CASES = (
    Case("vector list<float!>!", pa.list_(pa.float32()), ([], [0.1, -0.0], [LIGHT, 3e38], [INFINITY], [1.0] * 384)),
    Case("of_doubles list<float!>", pa.list_(pa.float64()), (None, [0.5], [NAN, INFINITY], [], [-2.0**-149])),
    Case(
        "fixed list<double>", pa.list_(pa.float64(), 2),
        ([1.0, None], None, [NAN, -0.0], [0.1, 0.2], [1e308, 5e-324]),
    ),
    Case("large list<long>", pa.large_list(pa.int64()), ([2**63 - 1, -(2**63)], None, [], [None], [0])),
    Case("texts list<string!>", pa.list_(pa.string()), (["", "a,b", "ü\0"], [], None, ["\\N"], ["[]", "null"])),
    Case("deep list<list<int>!>", pa.list_(pa.list_(pa.int32())), ([[], [1]], [], None, [[None, 2**31 - 1]], [[]])),
    Case(
        # Fields in another order than the table's, one wider.
        "points list<struct<x float!, y string>>", POINTS,
        ([{"y": "a", "x": 1.5}, None], None, [], [{"y": None, "x": -0.0}], [{"y": "", "x": INFINITY}]),
    ),
    Case(
        "shop struct<lat double!, seen struct<at timestamptz, tags list<string>>>",
        pa.struct([
            ("seen", pa.struct([("tags", pa.list_(pa.string())), ("at", pa.timestamp("ms", "UTC"))])),
            ("lat", pa.float32()),
        ]),
        (
            {"lat": 0.5, "seen": {"at": datetime(2024, 2, 29, 23, 59, tzinfo=UTC), "tags": ["x", None]}},
            {"lat": -0.25, "seen": None}, None, {"lat": 1.0, "seen": {"at": None, "tags": None}},
            {"lat": 1.0, "seen": {"at": datetime(1, 1, 1, tzinfo=UTC), "tags": []}},
        ),
    ),
    Case(
        "money decimal(20,9)", pa.decimal128(10, 6),
        (Decimal("0.050831"), None, Decimal("-9999.999999"), Decimal(0), Decimal("0.000001")),
    ),
    Case(
        "widest decimal(38,0)", pa.decimal128(38, 0),
        (Decimal("9" * 38), Decimal("-" + "9" * 38), None, Decimal(0), Decimal(1)),
    ),
    Case(
        "prices list<decimal(9,2)!>", pa.list_(pa.decimal128(9, 2)),
        ([Decimal("-0.01")], [], None, [Decimal("9999999.99")], []),
    ),
    Case("birthday date", pa.date32(), (date(1, 1, 1), LEAP, None, date(9999, 12, 31), date(1969, 12, 31))),
    Case("milliseconds date", pa.date64(), (date(1900, 2, 28), LEAP, None, date(1970, 1, 1), date(1582, 10, 4))),
    Case("holidays list<date>", pa.list_(pa.date32()), ([LEAP, None], [], None, [date(1, 1, 1)], [date(9999, 12, 31)])),
)  # fmt: skip
ROWS = 5
COLUMNS = [case.column for case in CASES]


@dataclass(frozen=True)
class Misfit:
    """A column of one bad value, why it does not fit, and the nearest that does; of two rows the first is right."""

    column: str
    given: pa.DataType
    good: Any
    bad: Any
    why: str
    nearest: Any


LARGEST = (2 - 2.0**-23) * 2.0**127
MISFITS = (
    Misfit(
        "x list<float!>", pa.list_(pa.float64()), [1.0], [0.5, 1e39, 2.0],
        "too large for float", [0.5, LARGEST, 2.0],
    ),
    Misfit("x list<int>", pa.list_(pa.int64()), [None], [2**31, -(2**31)], "too large for int", [2**31 - 1, -(2**31)]),
    Misfit(
        "x list<list<int>>", pa.list_(pa.list_(pa.int64())), [[1], None], [[], [1, 2**40]],
        "too large for int", [[], [1, 2**31 - 1]],
    ),
    Misfit(
        "x struct<a int, b list<date>>", pa.struct([("a", pa.int32()), ("b", pa.list_(pa.date64()))]),
        {"a": 1, "b": [19_782 * 86_400_000]}, {"a": 2, "b": [None, 19_782 * 86_400_000 + 1]}, "b: a time of day",
        {"a": 2, "b": [None, LEAP]},
    ),
    Misfit(
        "x list<decimal(4,2)>", pa.list_(pa.decimal128(9, 3)), [Decimal("1.230")], [None, Decimal("1.239")],
        "more than 2 decimal digits", [None, Decimal("1.23")],
    ),
    Misfit(
        "x list<timestamptz>", pa.list_(pa.timestamp("us", "UTC")), [datetime(2024, 1, 1, tzinfo=UTC)], [2**62],
        "outside the years 1 to 9999", [datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)],
    ),
)  # fmt: skip
