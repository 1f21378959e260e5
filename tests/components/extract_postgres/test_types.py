"""Values come out as they lie in Postgres, or not at all."""

import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.extract_postgres.extract import Request, extract
from components.shell.datasets import files
from components.shell.errors import ConfigurationError, ContractError

ID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
NOON = datetime(2026, 2, 28, 12, 0, 0, 123456, tzinfo=UTC)
BEFORE_1970 = datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
ODD_TEXT = 'a "quoted",\\N line\nand \\. another\r\n\ttab 🍜 é'
# Declared type, literal, Arrow type, Python value.
VALUES: list[tuple[str, str, pa.DataType, Any]] = [
    ("bool", "true", pa.bool_(), True),
    ("smallint", "-32768", pa.int16(), -32768),
    ("int", "2147483647", pa.int32(), 2147483647),
    ("bigint", "-9223372036854775808", pa.int64(), -(2**63)),
    ("oid", "4294967295", pa.uint32(), 2**32 - 1),
    ("real", "0.1", pa.float32(), 0.10000000149011612),
    ("float8", "0.1", pa.float64(), 0.1),
    ("float8", "-Infinity", pa.float64(), -math.inf),
    ("float8", "5e-324", pa.float64(), 5e-324),
    ("numeric(10,2)", "-12345678.90", pa.decimal128(10, 2), Decimal("-12345678.90")),
    ("numeric(38,0)", "9" * 38, pa.decimal128(38, 0), Decimal("9" * 38)),
    ("numeric(60,30)", "1." + "1" * 30, pa.decimal256(60, 30), Decimal("1." + "1" * 30)),
    ("numeric(2,-3)", "12000", pa.decimal128(5, 0), Decimal(12000)),
    ("numeric(3,5)", "0.00999", pa.decimal128(5, 5), Decimal("0.00999")),
    ("numeric(100,2)", "9" * 90 + ".25", pa.string(), "9" * 90 + ".25"),
    ("numeric", "0.1000000000000000000000000000001", pa.string(), "0.1000000000000000000000000000001"),
    ("numeric", "NaN", pa.string(), "NaN"),
    ("uuid", str(ID), pa.uuid(), ID),
    ("timestamptz", "2026-02-28 17:30:00.123456+05:30", pa.timestamp("us", "UTC"), NOON),
    ("timestamptz", "1969-12-31 23:59:59.999999+00", pa.timestamp("us", "UTC"), BEFORE_1970),
    ("timestamptz", "9999-12-31 23:59:59.999999+00", pa.timestamp("us", "UTC"), LAST),
    ("timestamp", "0001-01-01 00:00:00", pa.timestamp("us"), datetime(1, 1, 1)),  # noqa: DTZ001 - the type has no zone
    ("date", "2024-02-29", pa.date32(), date(2024, 2, 29)),
    ("date", "9999-12-31", pa.date32(), date(9999, 12, 31)),
    ("time", "23:59:59.999999", pa.time64("us"), time(23, 59, 59, 999999)),
    ("timetz", "10:00:00+02", pa.string(), "10:00:00+02"),
    ("interval", "1 year 2 mons 3 days 04:05:06.7", pa.string(), "P1Y2M3DT4H5M6.7S"),
    ("text", "", pa.string(), ""),
    ("text", ODD_TEXT, pa.string(), ODD_TEXT),
    ("varchar(5)", "héllo", pa.string(), "héllo"),
    ("char(4)", "ab", pa.string(), "ab  "),
    ("name", "users", pa.string(), "users"),
    ("bytea", "\\x00ff0a22", pa.binary(), b'\x00\xff\n"'),
    ("json", '{"b": 1,  "a": [null]}', pa.string(), '{"b": 1,  "a": [null]}'),
    ("jsonb", '{"b": 1, "a": 12345678901234567890.5}', pa.string(), '{"a": 12345678901234567890.5, "b": 1}'),
    ("inet", "10.0.0.1/8", pa.string(), "10.0.0.1/8"),
    ("cidr", "10.0.0.0/8", pa.string(), "10.0.0.0/8"),
    ("macaddr", "08:00:2b:01:02:03", pa.string(), "08:00:2b:01:02:03"),
    ("bit(4)", "1010", pa.string(), "1010"),
    ("tstzrange", "[2026-01-01 00:00:00+00,)", pa.string(), '["2026-01-01 00:00:00+00",)'),
    ("mood", "glad", pa.string(), "glad"),
    ("price", "1.25", pa.decimal128(8, 2), Decimal("1.25")),
    ("cheap_price", "0.99", pa.decimal128(8, 2), Decimal("0.99")),
    ("int[]", "{1,NULL,-3}", pa.list_(pa.int32()), [1, None, -3]),
    ("int[]", "{}", pa.list_(pa.int32()), []),
    ("int[]", "[5:6]={1,2}", pa.list_(pa.int32()), [1, 2]),
    ("text[]", '{"a,b",NULL,"NULL","","\\"{"}', pa.list_(pa.string()), ["a,b", None, "NULL", "", '"{']),
    ("uuid[]", f"{{{ID}}}", pa.list_(pa.uuid()), [ID]),
    ("timestamptz[]", "{2026-02-28 12:00:00.123456+00}", pa.list_(pa.timestamp("us", "UTC")), [NOON]),
    ("numeric(6,3)[]", "{1.125,NULL}", pa.list_(pa.decimal128(6, 3)), [Decimal("1.125"), None]),
    ("float8[]", "{NaN,Infinity,0.1}", pa.list_(pa.float64()), [math.nan, math.inf, 0.1]),
    ("bytea[]", '{"\\\\x00ff",NULL}', pa.list_(pa.binary()), [b"\x00\xff", None]),
    ("jsonb[]", '{"{\\"a\\": 1}"}', pa.list_(pa.string()), ['{"a": 1}']),
    ("mood[]", "{sad,glad}", pa.list_(pa.string()), ["sad", "glad"]),
]  # fmt: skip


@pytest.fixture
def every_type(sql: Callable[..., None]) -> None:
    """A table with a column for every value, a row of them, and a row of nulls."""
    sql("CREATE TYPE mood AS ENUM ('sad', 'glad')")
    sql("CREATE DOMAIN price AS numeric(8, 2)")
    sql("CREATE DOMAIN cheap_price AS price CHECK (value < 1)")
    sql(f"CREATE TABLE kinds ({', '.join(f'c{number} {value[0]}' for number, value in enumerate(VALUES))})")
    places = ", ".join(f"%s::{value[0]}" for value in VALUES)
    sql(f"INSERT INTO kinds VALUES ({places})", *(value[1] for value in VALUES))
    sql(f"INSERT INTO kinds VALUES ({', '.join('NULL' for _ in VALUES)})")


@pytest.mark.usefixtures("every_type")
def test_every_type_is_kept_exactly(database_url: str, tmp_path: Path) -> None:
    """Each value has its Arrow type and its value, and null stays null."""
    extract(database_url, Request(("kinds",)), tmp_path)
    table = pq.read_table(files(tmp_path / "kinds")[0])
    for number, (declared, literal, arrow, value) in enumerate(VALUES):
        column = table.column(f"c{number}")
        assert column.type == arrow, declared
        found = column.to_pylist()
        # NaN equals nothing, but it looks the same.
        assert found == [value, None] or repr(found) == repr([value, None]), (declared, literal)


@pytest.mark.usefixtures("every_type")
def test_uuids_and_times_are_the_same_for_duckdb(database_url: str, tmp_path: Path) -> None:
    """DuckDB reads a UUID as a UUID and an instant as an instant."""
    extract(database_url, Request(("kinds",)), tmp_path)
    uuid_at = next(number for number, value in enumerate(VALUES) if value[0] == "uuid")
    instant_at = next(number for number, value in enumerate(VALUES) if value[0] == "timestamptz")
    relation = duckdb.read_parquet(files(tmp_path / "kinds")[0])
    found = (
        relation.project(f"c{uuid_at}, typeof(c{uuid_at}), epoch_us(c{instant_at}), typeof(c{instant_at})")
        .limit(1)
        .fetchall()
    )
    assert found == [(ID, "UUID", int(NOON.timestamp()) * 1_000_000 + 123456, "TIMESTAMP WITH TIME ZONE")]


@pytest.mark.parametrize(
    ("declared", "literal"),
    [
        ("timestamptz", "infinity"),
        ("timestamp", "-infinity"),
        ("timestamptz", "294276-12-31 23:59:59+00"),
        ("date", "infinity"),
        ("time", "24:00:00"),
        ("numeric(5,2)", "NaN"),
        ("int[]", "{{1,2},{3,4}}"),
        ("timestamptz[]", "{infinity}"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    declared: str, literal: str, sql: Callable[..., None], database_url: str, tmp_path: Path
) -> None:
    """A value that no Arrow type holds stops the extract with its table and column named, and nothing is sealed."""
    sql(f'CREATE TABLE odd (id int, "the value" {declared})')
    sql("INSERT INTO odd VALUES (1, NULL), (2, %s)", literal)
    with pytest.raises(ContractError, match=r"odd\.the value"):
        extract(database_url, Request(("odd",)), tmp_path)
    assert not list(tmp_path.rglob("_manifest.json"))


@pytest.mark.parametrize("declared", ["point", "money", "tsvector", "pair", "pair[]"])
def test_an_unsupported_type_is_named(
    declared: str, sql: Callable[..., None], database_url: str, tmp_path: Path
) -> None:
    """A type that has no faithful form in Parquet is refused with column and type."""
    sql("CREATE TYPE pair AS (a int, b int)")
    sql(f"CREATE TABLE odd (id int, thing {declared})")
    with pytest.raises(ConfigurationError, match=rf"odd\.thing is of type {declared.replace('[]', '')}"):
        extract(database_url, Request(("odd",)), tmp_path)


def test_bytes_that_are_no_utf8_are_refused(postgres_server: str, tmp_path: Path) -> None:
    """A database without an encoding may hold text that is none; it is refused, not mended."""
    name = f"ascii_{uuid.uuid4().hex[:8]}"
    with_connection(
        postgres_server.format(name="postgres"),
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'",
    )
    url = postgres_server.format(name=name)
    with_connection(url, "CREATE TABLE odd (words text)", "INSERT INTO odd VALUES (E'\\xff')")
    try:
        with pytest.raises(ContractError, match="table odd"):
            extract(url, Request(("odd",)), tmp_path)
    finally:
        with_connection(postgres_server.format(name="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def with_connection(url: str, *statements: str) -> None:
    """Run statements on a connection of their own."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | INSTANTS,
        st.none() | st.floats(allow_nan=False),
        st.none() | st.binary(max_size=30),
        st.none() | st.uuids(),
        st.none() | st.lists(st.none() | TEXTS, max_size=4),
        st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**8), max_value=10**8),
    ),
    max_size=12,
)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_rows_come_back(
    rows: list[tuple[Any, ...]], sql: Callable[..., None], database_url: str, tmp_path: Path
) -> None:
    """Random rows with nulls, odd characters and extreme numbers come back as they were written."""
    sql("DROP TABLE IF EXISTS things")
    sql("CREATE TABLE things (a text, b bigint, c timestamptz, d float8, e bytea, f uuid, g text[], h numeric(12, 3))")
    for row in rows:
        sql(
            "INSERT INTO things VALUES (%s, %s, %s, %s, %s, %s::uuid, %s, %s)",
            *row[:5],
            row[5] and str(row[5]),
            *row[6:],
        )
    extract(database_url, Request(("things",), workers=1), tmp_path)
    columns = pq.read_table(files(tmp_path / "things")[0]).to_pydict().values()
    assert list(zip(*columns, strict=True)) == rows
