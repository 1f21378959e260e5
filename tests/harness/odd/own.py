"""Every type, as our own loads write it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pyarrow as pa

from tests.harness.odd.making import POINT, Odd, Row, rows_of, stored_whole

# Without a zone, as it stands in a column that has none.
_LOCAL = datetime(1, 1, 1)  # noqa: DTZ001 - a column without a zone
T0 = datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)
_ALL = pa.schema(
    {
        "id": pa.int64(), "flag": pa.bool_(), "small": pa.int32(), "big": pa.int64(), "f": pa.float32(),
        "d": pa.float64(), "price": pa.decimal128(20, 4), "day": pa.date32(), "clock": pa.time64("us"),
        "at": pa.timestamp("us", "UTC"),
        "local": pa.timestamp("us"), "text": pa.string(), "raw": pa.binary(), "uid": pa.uuid(), "four": pa.binary(4),
        "s": POINT, "l": pa.list_(pa.string()), "points": pa.list_(POINT), "m": pa.map_(pa.string(), pa.int64()),
        "deep": pa.list_(pa.list_(POINT)), "named": pa.map_(pa.string(), POINT),
    }
)  # fmt: skip
_FULL: Row = {
    "id": 1, "flag": True, "small": -(2**31), "big": 2**63 - 1, "f": 1.5, "d": -0.0,
    "price": Decimal("1234567890123456.7891"),
    "day": date(1, 1, 1), "clock": T0.time(), "at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "local": _LOCAL, "text": "Açai 🌙 \x00", "raw": b"\x00\xff", "uid": UUID(int=2**128 - 1), "four": b"abcd",
    "s": {"x": 1, "y": None}, "l": ["a", None, ""], "points": [{"x": 1, "y": "y"}, None], "m": {"a": 1, "b": None},
    "deep": [[{"x": 1, "y": "y"}], None, []], "named": {"k": {"x": 1, "y": "y"}, "n": None},
}  # fmt: skip
_EMPTY: Row = {**dict.fromkeys(_ALL.names), "id": 2}
_HOLLOW: Row = {**_EMPTY, "id": 3, "d": float("inf"), "text": "", "raw": b"", "s": {"x": None, "y": None}}
_HOLLOW |= {"l": [], "points": [], "m": {}, "deep": [], "named": {}, "f": float("-inf")}


OWN = [
    Odd(
        "every_type",
        lambda catalog, name: stored_whole(catalog, name, rows_of(_ALL, _FULL), rows_of(_ALL, _EMPTY, _HOLLOW)),
        [_FULL, _EMPTY, _HOLLOW],
    ),
]
