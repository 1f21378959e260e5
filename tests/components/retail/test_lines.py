"""Which lines count, against plain loops."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.retail.accounts import counts
from components.retail.lines import Lines, usable_lines
from components.retail.time import cut_day
from components.shell.errors import ConfigurationError
from tests.components.retail.oracle import Row, judged, price

SCHEMA = pa.schema(
    [
        ("transaction_id", pa.string()), ("t_dat", pa.date32()), ("customer_id", pa.string()),
        ("article_id", pa.string()), ("price", pa.decimal128(20, 9)), ("quantity", pa.int64()),
        ("sales_channel_id", pa.int32()), ("known_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
ZONES = ("UTC", "Europe/Stockholm", "America/New_York", "Pacific/Auckland", "Asia/Kolkata")
# Around both changes of the clocks, and a leap day.
DAYS = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 9), date(2024, 3, 10), date(2024, 3, 31), date(2024, 11, 3)]
INSTANTS = [datetime(2024, 2, 29, 11, tzinfo=UTC) + timedelta(days=each, hours=hour)
            for each in (0, 9, 10, 11, 31, 32, 248) for hour in (-11, 0, 12, 17)]  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "transaction_id": st.sampled_from([None, "1", "2", "3"]),
            "t_dat": st.sampled_from([None, *DAYS]),
            "customer_id": st.sampled_from([None, "a", "a", "b"]),
            "article_id": st.sampled_from([None, "01", "01", "1"]),
            "price": st.sampled_from([None, "-0.000000001", "0", "0.050831", "0.050831"]).map(price),
            "quantity": st.sampled_from([None, None, 0, 1, 2]),
            "sales_channel_id": st.sampled_from([None, 1, 2]),
            "known_at": st.one_of(st.none(), st.sampled_from(INSTANTS)),
        }
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def backend() -> Iterator[Any]:
    """One engine for all examples."""
    found = ibis.duckdb.connect()
    yield found
    found.disconnect()


def lines_of(backend: Any, rows: Sequence[Row], as_of: datetime, zone: str) -> Lines:
    """What the product makes of the rows."""
    backend.con.register("rows", pa.Table.from_pylist(list(rows), SCHEMA))
    return usable_lines(backend.table("rows"), cut_day(as_of, zone), as_of, zone)


def rows_of(backend: Any, table: Any) -> list[tuple[Any, ...]]:
    """The rows of a table."""
    found: list[tuple[Any, ...]] = backend.con.sql(backend.compile(table)).fetchall()
    return found


def found(backend: Any, rows: Sequence[Row], as_of: datetime, zone: str) -> tuple[Counter[Any], Counter[str]]:
    """The usable lines and the numbers by reason, as the oracle has them."""
    lines = lines_of(backend, rows, as_of, zone)
    columns = ("transaction_id", "day", "customer_id", "article_id", "price", "quantity", "sales_channel_id")
    return Counter(rows_of(backend, lines.usable.select(*columns))), Counter(
        dict(rows_of(backend, counts(lines.rejected)))
    )


@given(ROWS, st.sampled_from(INSTANTS), st.sampled_from(ZONES), st.randoms())
@settings(max_examples=30)
def test_lines_are_those_of_plain_loops(
    backend: Any, rows: list[Row], as_of: datetime, zone: str, by_chance: random.Random
) -> None:
    """In whatever order the rows come, and none is lost."""
    usable, reasons = found(backend, rows, as_of, zone)
    assert (usable, reasons) == judged(rows, cut_day(as_of, zone), as_of, zone)
    assert usable.total() + reasons.total() == len(rows)
    shuffled = by_chance.sample(rows, len(rows))
    assert found(backend, shuffled, as_of, zone) == (usable, reasons)


@given(ROWS, st.sampled_from(INSTANTS), st.sampled_from(ZONES))
@settings(max_examples=15)
def test_what_is_not_yet_known_changes_nothing(backend: Any, rows: list[Row], as_of: datetime, zone: str) -> None:
    """The lines at a cut are those of the source cut there."""
    cut = cut_day(as_of, zone)
    known = [
        row for row in rows
        if (row["t_dat"] is None or row["t_dat"] < cut) and (row["known_at"] is None or row["known_at"] <= as_of)
    ]  # fmt: skip
    assert found(backend, rows, as_of, zone)[0] == found(backend, known, as_of, zone)[0]


def test_equal_rows_without_a_key_are_different_purchases(backend: Any) -> None:
    """The public files have no key and no time of day: two pieces are two rows."""
    row = {"t_dat": DAYS[0], "customer_id": "a", "article_id": "0108775015", "price": price("0.050831")}
    backend.con.register("keyless", pa.Table.from_pylist([row, row]))
    lines = usable_lines(backend.table("keyless"), DAYS[1], INSTANTS[0], "UTC")
    assert [found[3] for found in rows_of(backend, lines.usable)] == ["0108775015"] * 2


@pytest.mark.parametrize("name", ["article_id", "customer_id"])
def test_ids_that_are_numbers_are_refused(backend: Any, name: str) -> None:
    """They have lost their zeros, and no cast brings them back."""
    row = {"t_dat": DAYS[0], "customer_id": "a", "article_id": "1", "price": 1.5, name: 1}
    backend.con.register("numbers", pa.Table.from_pylist([row]))
    with pytest.raises(ConfigurationError, match=rf"'{name}' is int64.* - keep {name} as text") as raised:
        usable_lines(backend.table("numbers"), DAYS[1], INSTANTS[0], "UTC")
    assert raised.value.exit_code == 11


@pytest.mark.parametrize("name", ["t_dat", "customer_id", "article_id", "price"])
def test_a_column_that_is_left_out_is_named(backend: Any, name: str) -> None:
    """As one whose name is not said is."""
    row = {"t_dat": DAYS[0], "customer_id": "a", "article_id": "1", "price": 1.5}
    backend.con.register("lacking", pa.Table.from_pylist([row]).drop_columns([name]))
    with pytest.raises(ConfigurationError, match=f"there is no column '{name}' - .* source_tables"):
        usable_lines(backend.table("lacking"), DAYS[1], INSTANTS[0], "UTC")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("price", True, "'price' is boolean, not a number"),
        ("t_dat", "2024-02-28", "'t_dat' is string, not a date"),
        ("t_dat", 20240228, "'t_dat' is int64, not a date"),
    ],
)
def test_prices_and_days_of_another_kind_are_refused(backend: Any, name: str, value: object, said: str) -> None:
    """In words that say what to do, whatever the values are."""
    row = {"t_dat": DAYS[0], "customer_id": "a", "article_id": "1", "price": 1.5, name: value}
    backend.con.register("kinds", pa.Table.from_pylist([row]))
    with pytest.raises(ConfigurationError, match=f"column {said} - make it .*; a view will do"):
        usable_lines(backend.table("kinds"), DAYS[1], INSTANTS[0], "UTC")


def test_prices_may_be_texts(backend: Any) -> None:
    """As which a numeric without a precision is extracted, with all its digits; what is none is unfit."""
    row = {"t_dat": DAYS[0], "customer_id": "a", "article_id": "1"}
    texts = ("0.050831", "19.99", "x", "NaN", "-0.0000000001", "123456789012", None)
    backend.con.register("texts", pa.Table.from_pylist([{**row, "price": text} for text in texts]))
    lines = usable_lines(backend.table("texts"), DAYS[1], INSTANTS[0], "UTC")
    assert {found for (found,) in rows_of(backend, lines.usable.select("price"))} == {price("0.050831"), price("19.99")}
    assert dict(rows_of(backend, counts(lines.rejected))) == {"price_unfit": 3, "price_negative": 1, "price_null": 1}


def test_times_without_a_zone_are_read_in_the_shops(backend: Any) -> None:
    """What was known at 01:00 by the clocks of Stockholm was known at midnight in UTC."""
    row = {"t_dat": date(2024, 1, 1), "customer_id": "a", "article_id": "1", "price": 1.5}
    backend.con.register("local", pa.Table.from_pylist([{**row, "known_at": datetime(2024, 1, 5, 1)}]))  # noqa: DTZ001 - without a zone is what is tested
    at = datetime(2024, 1, 5, tzinfo=UTC)
    for as_of, known in ((at, 1), (at - timedelta(microseconds=1), 0)):
        lines = usable_lines(backend.table("local"), date(2024, 1, 5), as_of, "Europe/Stockholm")
        assert len(rows_of(backend, lines.usable.select("article_id"))) == known
