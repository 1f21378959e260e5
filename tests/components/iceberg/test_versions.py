"""What another version of pyiceberg or pyarrow must still do: a canary that is quick to ask, and bites."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import EqualTo, IsNaN, IsNull
from pyiceberg.expressions.parser import parse
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import DateType, DecimalType, DoubleType, IntegerType, LongType, NestedField, StringType
from pyiceberg.types import TimestamptzType as Instant

from components.iceberg.catalog import open_catalog

_TYPES = {
    "n": IntegerType(),
    "x": DoubleType(),
    "d": DecimalType(38, 9),
    "at": Instant(),
    "s": StringType(),
    "day": DateType(),
}
SCHEMA = Schema(*(NestedField(number, name, kind) for number, (name, kind) in enumerate(_TYPES.items(), 1)))
TICK = timedelta(microseconds=1)
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
BEFORE_1970 = datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
INSTANTS = [NOON, NOON - TICK, NOON + TICK, datetime(1, 1, 1, tzinfo=UTC), BEFORE_1970, LAST, None, NOON]
DECIMALS = [Decimal(text) for text in ("0", "0.000000001", "-0.1", "9" * 29, "-" + "9" * 29, "1.1", "1")]
ROWS = pa.table({
    "n": pa.array([0, 1, -(2**31), 2**31 - 1, 4, 5, 6, None], pa.int32()),
    "x": pa.array([0.0, -0.0, float("nan"), float("inf"), -float("inf"), 5e-324, 0.1, None], pa.float64()),
    "d": pa.array([*DECIMALS, None], pa.decimal128(38, 9)),
    "at": pa.array(INSTANTS, pa.timestamp("us", "UTC")),
    "s": pa.array(["", " ", "\0", "ä🍮", "null", "a" * 300, "x", None]),
    "day": pa.array([date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), None, None, None, None, None]),
})  # fmt: skip


@pytest.fixture(name="table")
def _table(catalog_env: dict[str, str]) -> Table:
    """A new table that holds ROWS."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("canary")
    table = catalog.create_table("canary.odd", SCHEMA, properties={"commit.retry.num-retries": "0"})
    table.append(ROWS)
    return table


def spelled(table: pa.Table) -> list[str]:
    """The rows, so that NaN is like NaN, and -0.0 unlike 0.0; in order, for a table has none."""
    return sorted(map(repr, table.to_pylist()))


def kept(table: Table, condition: str) -> list[int | None]:
    """`n` of the rows under a condition."""
    return sorted(table.scan(parse(condition)).to_arrow()["n"].to_pylist(), key=str)


def test_what_is_written_is_read(table: Table) -> None:
    """Nulls, NaN, infinities, -0.0, all digits, each microsecond from year 1 to 9999; and what conditions choose."""
    assert spelled(table.scan().to_arrow()) == spelled(ROWS)
    at = NOON.isoformat()
    assert kept(table, f"at >= '{at}' and at < '{(NOON + TICK).isoformat()}'") == [0, None]
    assert kept(table, f"at < '{at}' and at >= '{(NOON - TICK).isoformat()}'") == [1]
    assert table.scan(IsNaN("x")).to_arrow()["n"].to_pylist() == [-(2**31)]
    assert table.scan(IsNull("at")).to_arrow()["n"].to_pylist() == [6]
    assert table.scan(EqualTo("d", value=Decimal("0.000000001"))).to_arrow()["n"].to_pylist() == [1]


def _cut_to_milliseconds(rows: pa.Table) -> pa.Table:
    cut = pc.floor_temporal(rows["at"], unit="millisecond")
    return rows.set_column(3, "at", cut)


def _through(column: str, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        place = rows.column_names.index(column)
        there = rows[column].cast(kind, safe=False).cast(rows.schema.field(column).type, safe=False)
        return rows.set_column(place, column, there)

    return change


def _without_nan(rows: pa.Table) -> pa.Table:
    return rows.set_column(1, "x", pc.if_else(pc.is_nan(rows["x"]), None, rows["x"]))


@pytest.mark.parametrize(
    "change",
    [
        _cut_to_milliseconds,
        _without_nan,
        _through("d", pa.decimal256(60, 8)),
        _through("x", pa.float32()),
        lambda rows: rows.filter(pc.is_valid(rows["n"])),
        lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    ],
)
def test_a_version_that_loses_something_is_noticed(change: Callable[[pa.Table], pa.Table]) -> None:
    """The counter-test: milliseconds, null for NaN, a digit less, floats, a row less, a row twice."""
    assert spelled(change(ROWS)) != spelled(ROWS)


def test_an_overwrite_takes_what_its_condition_names_and_no_null(table: Table) -> None:
    """Half-open intervals; rows whose instant is null stay, and so does the rest of a file that is rewritten."""
    new = ROWS.slice(2, 1).set_column(3, "at", pa.array([NOON], pa.timestamp("us", "UTC")))
    inside = f"at >= '{NOON.isoformat()}' and at < '{(NOON + TICK).isoformat()}'"
    table.overwrite(new, overwrite_filter=parse(inside), snapshot_properties={"stockpot.run-key": "k"})
    rest = [row for row in ROWS.to_pylist() if row["at"] != NOON]
    assert spelled(table.scan().to_arrow()) == sorted(map(repr, rest + new.to_pylist()))
    summary = table.current_snapshot().summary
    assert summary.additional_properties["stockpot.run-key"] == "k"
    table.overwrite(new.slice(0, 0), overwrite_filter=parse(inside))
    assert spelled(table.scan().to_arrow()) == sorted(map(repr, rest))


@pytest.mark.parametrize("careful", [True, False])
def test_of_two_who_saw_the_same_one_is_refused(table: Table, careful: bool) -> None:
    """Without pyiceberg's own retry the second commit fails; with it, the rows are there twice (the counter-test)."""
    if not careful:
        with table.transaction() as transaction:
            transaction.set_properties({"commit.retry.num-retries": "4"})
    one, other = (open_catalog().load_table("canary.odd") for _ in range(2))
    one.append(ROWS.slice(0, 1))
    with suppress(CommitFailedException, ValidationException):
        other.append(ROWS.slice(0, 1))
    assert table.refresh().scan().count() == ROWS.num_rows + (1 if careful else 2)


def test_evolution_goes_by_field_id(table: Table) -> None:
    """Added, renamed, widened, dropped and added again: old files give null, the wider value, and no old value."""
    first = table.current_snapshot().snapshot_id
    with table.update_schema() as update:
        update.add_column("more", LongType())
        update.rename_column("s", "text")
        update.update_column("n", LongType())
        update.delete_column("x")
    with table.update_schema() as update:
        update.add_column("x", DoubleType())
    found = table.scan().to_arrow()
    assert found.schema.field("n").type == pa.int64()
    assert found["text"].to_pylist() == ROWS["s"].to_pylist()
    assert found["n"].to_pylist() == ROWS["n"].to_pylist()
    assert found["x"].null_count == found["more"].null_count == ROWS.num_rows
    assert spelled(table.scan(snapshot_id=first).to_arrow()) == spelled(ROWS)


def test_an_expiry_forgets_the_old_and_nothing_else(table: Table) -> None:
    """The expired snapshot is gone by name; the rows, the newer snapshot and the properties stay."""
    first = table.current_snapshot().snapshot_id
    table.append(ROWS.slice(0, 1))
    with table.transaction() as transaction:
        transaction.set_properties({"stockpot.receipt.p": "{}"})
    table.maintenance.expire_snapshots().by_id(first).commit()
    found: Any = open_catalog().load_table("canary.odd")
    assert found.snapshot_by_id(first) is None
    assert found.properties["stockpot.receipt.p"] == "{}"
    assert spelled(found.scan().to_arrow()) == spelled(pa.concat_tables([ROWS, ROWS.slice(0, 1)]))
