"""Postgres columns: types and their values, names, encodings. `Kept` values come out, `Unfit` ones follow a policy."""

import math
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa

ID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
NOON = datetime(2026, 2, 28, 12, 0, 0, 123456, tzinfo=UTC)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
ODD_TEXT = 'a "quoted",\\N line\nand \\. another\r\n\ttab 🍜 é'
_INSTANT = pa.timestamp("us", "UTC")

# What the columns below are made of. Composite types bear the names of built-in ones, and must not be taken for them.
SHADOWING = (
    "name",
    "json",
    "text",
    "bytea",
    "uuid",
    "bool",
    "int4",
    "date",
    "timestamptz",
    "numeric",
    "varchar",
    "inet",
)
TYPES = (
    "CREATE TYPE mood AS ENUM ('sad', 'glad')",
    "CREATE TYPE \"mood's é\" AS ENUM ('fröhlich', '悲しい')",
    "CREATE DOMAIN price AS numeric(8, 2)",
    "CREATE DOMAIN cheap_price AS price CHECK (value < 1)",
    "CREATE DOMAIN numbers AS int[]",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE TYPE floats AS RANGE (subtype = float8)",
    "CREATE SCHEMA app",
    *(f'CREATE TYPE app."{name}" AS (a int, b pg_catalog.text)' for name in SHADOWING),
)


@dataclass(frozen=True)
class Kept:
    """A declared type, a literal of it, and the Arrow type and Python value it becomes."""

    declared: str
    literal: str
    arrow: pa.DataType
    value: Any
    made_text: bool = False


def _printed(declared: str, literal: str, text: str = "") -> Kept:
    """A type without a form of its own: as Postgres prints it."""
    return Kept(declared, literal, pa.string(), text or literal, made_text=True)


KEPT = [
    Kept("bool", "true", pa.bool_(), True),
    Kept("smallint", "-32768", pa.int16(), -32768),
    Kept("int", "2147483647", pa.int32(), 2147483647),
    Kept("bigint", "-9223372036854775808", pa.int64(), -(2**63)),
    Kept("oid", "4294967295", pa.uint32(), 2**32 - 1),
    Kept("real", "0.1", pa.float32(), 0.10000000149011612),
    Kept("float8", "0.1", pa.float64(), 0.1),
    Kept("float8", "-Infinity", pa.float64(), -math.inf),
    Kept("float8", "5e-324", pa.float64(), 5e-324),
    Kept("numeric(10,2)", "-12345678.90", pa.decimal128(10, 2), Decimal("-12345678.90")),
    Kept("numeric(38,0)", "9" * 38, pa.decimal128(38, 0), Decimal("9" * 38)),
    Kept("numeric(2,-3)", "12000", pa.decimal128(5, 0), Decimal(12000)),
    Kept("numeric(3,5)", "0.00999", pa.decimal128(5, 5), Decimal("0.00999")),
    Kept("numeric(39,0)", "9" * 39, pa.string(), "9" * 39),
    Kept("numeric(60,30)", "1." + "1" * 30, pa.string(), "1." + "1" * 30),
    Kept("numeric", "0.1000000000000000000000000000001", pa.string(), "0.1000000000000000000000000000001"),
    Kept("numeric", "NaN", pa.string(), "NaN"),
    Kept("numeric", "-Infinity", pa.string(), "-Infinity"),
    Kept("uuid", str(ID), pa.uuid(), ID),
    Kept("timestamptz", "2026-02-28 17:30:00.123456+05:30", _INSTANT, NOON),
    Kept("timestamptz", "1969-12-31 23:59:59.999999+00", _INSTANT, datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)),
    Kept("timestamptz", "9999-12-31 23:59:59.999999+00", _INSTANT, LAST),
    Kept("timestamp", "0001-01-01 00:00:00", _INSTANT, FIRST),
    Kept("timestamp", "2026-02-28 12:00:00.123456", _INSTANT, NOON),
    Kept("date", "2024-02-29", pa.date32(), date(2024, 2, 29)),
    Kept("date", "0001-01-01", pa.date32(), date(1, 1, 1)),
    Kept("date", "9999-12-31", pa.date32(), date(9999, 12, 31)),
    Kept("time", "23:59:59.999999", pa.time64("us"), time(23, 59, 59, 999999)),
    Kept("timetz", "10:00:00+02", pa.string(), "10:00:00+02"),
    Kept("interval", "1 year 2 mons 3 days 04:05:06.7", pa.string(), "P1Y2M3DT4H5M6.7S"),
    Kept("text", "", pa.string(), ""),
    Kept("text", ODD_TEXT, pa.string(), ODD_TEXT),
    Kept("varchar(5)", "héllo", pa.string(), "héllo"),
    Kept("char(4)", "ab", pa.string(), "ab  "),
    Kept('"char"', "x", pa.string(), "x"),
    Kept("name", "users", pa.string(), "users"),
    Kept("bytea", "\\x00ff0a22", pa.binary(), b'\x00\xff\n"'),
    Kept("json", '{"b": 1,  "a": [null]}', pa.string(), '{"b": 1,  "a": [null]}'),
    Kept("jsonb", '{"b": 1, "a": 12345678901234567890.5}', pa.string(), '{"a": 12345678901234567890.5, "b": 1}'),
    Kept("inet", "10.0.0.1/8", pa.string(), "10.0.0.1/8"),
    Kept("inet", "10.0.0.1", pa.string(), "10.0.0.1"),
    Kept("inet", "::1", pa.string(), "::1"),
    Kept("cidr", "10.0.0.0/8", pa.string(), "10.0.0.0/8"),
    Kept("cidr", "10.0.0.1", pa.string(), "10.0.0.1/32"),
    Kept("macaddr", "08:00:2b:01:02:03", pa.string(), "08:00:2b:01:02:03"),
    Kept("bit(4)", "1010", pa.string(), "1010"),
    Kept("tstzrange", "[2026-01-01 00:00:00+00,)", pa.string(), '["2026-01-01 00:00:00+00",)'),
    Kept("int4multirange", "{[1,3),[5,6)}", pa.string(), "{[1,3),[5,6)}"),
    Kept("floats", "[0.1,2)", pa.string(), "[0.1,2)"),
    Kept("mood", "glad", pa.string(), "glad"),
    Kept('"mood\'s é"', "悲しい", pa.string(), "悲しい"),
    Kept("price", "1.25", pa.decimal128(8, 2), Decimal("1.25")),
    Kept("cheap_price", "0.99", pa.decimal128(8, 2), Decimal("0.99")),
    Kept("int[]", "{1,NULL,-3}", pa.list_(pa.int32()), [1, None, -3]),
    Kept("int[]", "{}", pa.list_(pa.int32()), []),
    Kept("int[]", "[5:6]={1,2}", pa.list_(pa.int32()), [1, 2]),
    Kept("numbers", "{1,2}", pa.list_(pa.int32()), [1, 2]),
    Kept("text[]", '{"a,b",NULL,"NULL","","\\"{"}', pa.list_(pa.string()), ["a,b", None, "NULL", "", '"{']),
    Kept("uuid[]", f"{{{ID}}}", pa.list_(pa.uuid()), [ID]),
    Kept("timestamptz[]", "{2026-02-28 12:00:00.123456+00}", pa.list_(_INSTANT), [NOON]),
    Kept("timestamp[]", "{2026-02-28 12:00:00.123456,NULL}", pa.list_(_INSTANT), [NOON, None]),
    Kept("numeric(6,3)[]", "{1.125,NULL}", pa.list_(pa.decimal128(6, 3)), [Decimal("1.125"), None]),
    Kept("price[]", "{1.25,NULL}", pa.list_(pa.decimal128(8, 2)), [Decimal("1.25"), None]),
    Kept("float8[]", "{NaN,Infinity,0.1}", pa.list_(pa.float64()), [math.nan, math.inf, 0.1]),
    Kept("bytea[]", '{"\\\\x00ff",NULL}', pa.list_(pa.binary()), [b"\x00\xff", None]),
    Kept("jsonb[]", '{"{\\"a\\": 1}",NULL,"null"}', pa.list_(pa.string()), ['{"a": 1}', None, "null"]),
    Kept("inet[]", "{10.0.0.1,10.0.0.0/8}", pa.list_(pa.string()), ["10.0.0.1", "10.0.0.0/8"]),
    Kept("int4range[]", '{"[1,3)",NULL,empty}', pa.list_(pa.string()), ["[1,3)", None, "empty"]),
    Kept("mood[]", "{sad,glad}", pa.list_(pa.string()), ["sad", "glad"]),
    _printed("int[][]", "{{1,2},{3,4}}"),
    _printed("numbers[]", '{"{1,2}","{3}"}'),
    _printed("pair", '(1,"a,b")'),
    _printed("pair", "(,)"),
    _printed("pair[]", '{"(1,x)",NULL}'),
    *(_printed(f'app."{name}"', "(7,x)") for name in SHADOWING),
    _printed('app."text"[]', '{"(7,x)"}'),
    _printed("point", "(1,0.1)"),
    _printed("box", "(2,2),(0,0)"),
    _printed("box[]", "{(2,2),(0,0);(1,1),(0,0)}"),
    _printed("circle", "<(1,2),3>"),
    _printed("money", "1234.5", "$1,234.50"),
    _printed("tsvector", "'a':1 'b'"),
    _printed("tsquery", "'a' & 'b'"),
    _printed("jsonpath", '$."a"'),
    _printed("pg_lsn", "16/B374D848"),
    _printed("xid8", "12345678901"),
    _printed("tid", "(1,2)"),
    _printed("regclass", "pg_class"),
    _printed("int2vector", "1 2"),
    _printed("pg_snapshot", "10:20:10,14"),
]


@dataclass(frozen=True)
class Unfit:
    """A value that its column's Arrow type cannot hold, what is said of it, and the nearest that it can, if any."""

    declared: str
    literal: str
    reason: str
    nearest: Any = None


_YEARS = "years 1 to 9999"
UNFIT = [
    Unfit("timestamptz", "infinity", _YEARS, LAST),
    Unfit("timestamptz", "0044-03-15 12:00:00+00 BC", _YEARS, FIRST),
    Unfit("timestamptz", "10000-01-01 00:00:00+00", _YEARS, LAST),
    Unfit("timestamptz", "294276-12-31 23:59:59+00", _YEARS, LAST),
    Unfit("timestamp", "-infinity", _YEARS, FIRST),
    Unfit("timestamp", "4713-01-01 00:00:00 BC", _YEARS, FIRST),
    Unfit("date", "infinity", _YEARS, date(9999, 12, 31)),
    Unfit("date", "-infinity", _YEARS, date(1, 1, 1)),
    Unfit("date", "5874897-12-31", _YEARS, date(9999, 12, 31)),
    Unfit("date", "4713-01-01 BC", _YEARS, date(1, 1, 1)),
    Unfit("time", "24:00:00", "24:00:00", time(23, 59, 59, 999999)),
    Unfit("numeric(5,2)", "NaN", "no finite number"),
    Unfit("int[]", "{{1,2},{3,4}}", "several dimensions"),
    Unfit("timestamptz[]", "{infinity,NULL,2026-02-28 12:00:00.123456+00}", _YEARS, [LAST, None, NOON]),
    Unfit("numeric(5,2)[]", "{NaN,1}", "no finite number"),
]


@dataclass(frozen=True)
class Encoding:
    """A database's encoding, with names and texts that it can hold and ASCII cannot."""

    name: str
    word: str


ENCODINGS = [
    Encoding("LATIN1", "crème brûlée"),
    Encoding("WIN1252", "Œuf à 3 €"),
    Encoding("EUC_JP", "味噌ラーメン"),
    Encoding("SQL_ASCII", "naïve 寿司"),
]


@dataclass(frozen=True)
class Stated:
    """A declared type, a literal of it, the type that a pipeline states, and the Arrow type and value it comes as."""

    declared: str
    literal: str
    stated: str
    arrow: pa.DataType
    value: Any


_MONEY = pa.decimal128(20, 9)
STATED = [
    Stated("smallint", "-7", "int", pa.int32(), -7),
    Stated("smallint", "7", "long", pa.int64(), 7),
    Stated("int", "2147483647", "long", pa.int64(), 2147483647),
    Stated("oid", "4294967295", "long", pa.int64(), 4294967295),
    Stated("bigint", "-9223372036854775808", "long", pa.int64(), -(2**63)),
    Stated("bigint", "2147483647", "int", pa.int32(), 2**31 - 1),
    Stated("float8", "49", "int", pa.int32(), 49),
    Stated("numeric(10,2)", "-49.00", "long", pa.int64(), -49),
    Stated("numeric", "9223372036854775807", "long", pa.int64(), 2**63 - 1),
    Stated("numeric(3,2)", "0.10", "double", pa.float64(), 0.1),
    Stated("bigint", "9007199254740993", "double", pa.float64(), 2.0**53),
    Stated("real", "0.1", "float", pa.float32(), 0.10000000149011612),
    Stated("real", "0.1", "double", pa.float64(), 0.10000000149011612),
    Stated("float8", "5e-324", "double", pa.float64(), 5e-324),
    Stated("numeric(10,2)", "12345678.25", "decimal(20,9)", _MONEY, Decimal("12345678.25")),
    Stated("numeric(3,-2)", "12300", "decimal(5,0)", pa.decimal128(5, 0), Decimal(12300)),
    Stated("numeric(14,2)", "99999999999.5", "decimal(20,9)", _MONEY, Decimal("99999999999.5")),
    Stated("bigint", "99999999999", "decimal(20,9)", _MONEY, Decimal(99999999999)),
    Stated("numeric", "0.050831", "decimal(20,9)", _MONEY, Decimal("0.050831")),
    Stated("numeric", "1.50000000000000000000", "decimal(20,9)", _MONEY, Decimal("1.5")),
    Stated("numeric(60,30)", "1.5", "decimal(20,9)", _MONEY, Decimal("1.5")),
    Stated("price", "1.25", "decimal(8,2)", pa.decimal128(8, 2), Decimal("1.25")),
    Stated("int", "-5", "decimal(20,9)", _MONEY, Decimal(-5)),
    Stated("bigint", "9223372036854775807", "decimal(38, 9)", pa.decimal128(38, 9), Decimal(2**63 - 1)),
    Stated("uuid", str(ID), "uuid", pa.uuid(), ID),
    Stated("uuid", str(ID), "string", pa.string(), str(ID)),
    Stated("varchar(5)", "héllo", "string", pa.string(), "héllo"),
    Stated("char(4)", "ab", "string", pa.string(), "ab  "),
    Stated("jsonb", '{"a": 1}', "string", pa.string(), '{"a": 1}'),
    Stated("mood", "glad", "string", pa.string(), "glad"),
    Stated("point", "(1,0.1)", "string", pa.string(), "(1,0.1)"),
    Stated("bool", "true", "boolean", pa.bool_(), True),
    Stated("date", "2024-02-29", "date", pa.date32(), date(2024, 2, 29)),
    Stated("time", "23:59:59.999999", "time", pa.time64("us"), time(23, 59, 59, 999999)),
    Stated("timestamptz", "2026-02-28 17:30:00.123456+05:30", "timestamptz", _INSTANT, NOON),
    Stated("timestamp", "2026-02-28 12:00:00.123456", "timestamptz", _INSTANT, NOON),
    Stated("bytea", "\\x00ff", "binary", pa.binary(), b"\x00\xff"),
    Stated("int[]", "{1,NULL}", "list<int>", pa.list_(pa.int32()), [1, None]),
    Stated("text[]", "{a,NULL}", "list<string>", pa.list_(pa.string()), ["a", None]),
]
# A declared type, and one that is not to be had from it without loss or guessing.
OTHERWISE = [
    ("text", "long"),
    ("float8", "float"),
    ("float8", "decimal(20,9)"),
    ("int", "string"),
    ("numeric(10,2)", "string"),
    ("numeric", "string"),
    ("numeric(40,2)", "string"),
    ("numeric[]", "list<string>"),
    ("text", "uuid"),
    ("text", "timestamptz"),
    ("timestamptz", "date"),
    ("date", "timestamptz"),
    ("int", "boolean"),
    ("text", "binary"),
    ("bool", "int"),
    ("numeric[]", "long"),
    ("int[]", "int"),
    ("int", "list<int>"),
    ("int[]", "list<long>"),
    ("numeric[]", "decimal(20,9)"),
    ('app."int4"', "int"),
    ('app."numeric"', "decimal(20,9)"),
]
# Values of a numeric without a precision that no decimal(20,9) holds.
TOO_LONG = ["0.0000000001", "123456789012", "-123456789012.5", "NaN", "Infinity", "1e400"]
# What is asked for, a source's column, values that have a place in it, and others that have none, with the reason.
NARROWED: list[tuple[str, str, list[tuple[str, Any]], list[tuple[str, str]]]] = [
    ("int", "bigint", [("-2147483648", -(2**31))], [("2147483648", "is no int32"), ("-2147483649", "is no int32")]),
    ("int", "oid", [("7", 7)], [("4294967295", "is no int32")]),
    (
        "int", "float8", [("2147483647", 2**31 - 1), ("-0", 0)],
        [("1.5", "is no int32"), ("NaN", "is no int32"), ("2147483648", "is no int32"), ("-Infinity", "is no int32")],
    ),
    ("long", "float8", [("-9223372036854775808", -(2**63))], [("9223372036854775808", "is no int64")]),
    (
        "long", "numeric(40,2)", [("9223372036854775807.00", 2**63 - 1)],
        [
            ("9223372036854775808", "is no int64"), ("1.5", "has more digits than decimal(19,0) holds"),
            ("NaN", "is no finite number"),
        ],
    ),
    ("decimal(4,2)", "bigint", [("99", Decimal(99))], [("100", "has more digits than decimal(4,2) holds")]),
    (
        "decimal(4,2)", "numeric(10,4)", [("99.9900", Decimal("99.99"))],
        [("0.0001", "has more digits than decimal(4,2) holds"), ("100", "has more digits than decimal(4,2) holds")],
    ),
]  # fmt: skip
