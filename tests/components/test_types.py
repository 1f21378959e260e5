"""Lists, structs, decimals and days: from a step through table and compaction and back, every bit the same."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.begin_run.migrate import migrate
from components.begin_run.plan_interval import Backfill, plan, plan_backfill
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.conform import conform, target_schema
from components.iceberg.ends import Ends
from components.iceberg.receipts import Receipt
from components.iceberg.tables import iceberg_schema
from components.iceberg.unfit import fit
from components.load_iceberg.load import load
from components.maintain_tables.compact import compact
from components.read_iceberg.read import Request, read
from components.shell.datasets import files, write_dataset
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import EPOCH
from components.shell.schema import Table
from tests.harness.odd.types import CASES, COLUMNS, MISFITS, ROWS, Misfit

DAYS = Table("odd.types", ["day date!", "place int!", *COLUMNS], {"day": "month", "place": "bucket[2]"}, "day")
FIRST = date(2024, 2, 28)
START, DAY = datetime(2024, 2, 28, tzinfo=UTC), timedelta(days=1)


def rows(first: int = 0, day: date = FIRST) -> pa.Table:
    """All cases side by side, a day for each row."""
    days = pa.array([day + n * DAY for n in range(ROWS)], pa.date32())
    columns = {"day": days, "place": pa.array(range(first, first + ROWS), pa.int32())}
    return pa.table(columns | {case.name: pa.array(case.values, case.given) for case in CASES})


def receipt(start: datetime, end: datetime) -> Receipt:
    """What a load of the days is asked to commit."""
    return Receipt(f"{start:%m%d}-{end:%m%d}", "odd", start, end, end, "1")


def loaded(directory: Path, table: Table, given: pa.Table, start: datetime, end: datetime) -> None:
    """Have the rows loaded as the interval."""
    write_dataset(directory, given.schema, given.to_batches(max_chunksize=2))
    load(table, receipt(start, end), directory)


def same(one: Any, other: Any) -> bool:
    """Whether both are the same value, to the sign of zero; NaN is like NaN."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    return type(one) is type(other) and one == other


def assert_right(found: list[dict[str, Any]]) -> None:
    """The rows are the cases, value by value."""
    # A float has not all digits of a double: what is right is the double that the float is.
    expected = [
        {case.name: pa.array([case.values[place]], _narrow(case)).to_pylist()[0] for case in CASES}
        for place in range(ROWS)
    ]
    for row, right in zip(sorted(found, key=lambda row: row["place"]), expected, strict=True):
        for name, value in right.items():
            assert same(row[name], value), (name, row[name], value)


def _narrow(case: Any) -> pa.DataType:
    if case.name in ("vector", "of_doubles"):
        return pa.list_(pa.float32())
    return pa.date32() if case.name == "milliseconds" else case.given


def read_back(directory: Path, name: str, **wanted: Any) -> list[dict[str, Any]]:
    """The rows as `read_iceberg` hands them on."""
    read(Request(name, **wanted), directory)
    return pa.concat_tables([pq.read_table(path) for path in files(directory)]).to_pylist()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """The rows of five days."""
    return rows()


def test_every_type_comes_back_as_it_went(tmp_path: Path, catalog_env: object) -> None:
    """Migrate, load twice, read whole and by days, compact, read again; then a day is written anew among the others."""
    migrate([DAYS])
    assert migrate([DAYS]) == []
    end = START + ROWS * DAY
    loaded(tmp_path / "rows", DAYS, rows(), START, end)
    loaded(tmp_path / "again", DAYS, rows(), START, end)
    assert_right(read_back(tmp_path / "back", DAYS.name))
    two = {"time_column": "day", "start": "2024-02-29T00:00:00Z", "end": "2024-03-02T00:00:00Z"}
    assert [row["place"] for row in read_back(tmp_path / "two", DAYS.name, **two)] in ([1, 2], [2, 1])
    catalog = open_catalog()
    compact(catalog, load_table(catalog, DAYS.name), 1 << 30)
    assert_right(read_back(tmp_path / "joined", DAYS.name))
    day, place = START + 6 * DAY, ROWS + 1
    more = rows(first=place, day=FIRST + 6 * DAY).slice(0, 1)
    loaded(tmp_path / "more", DAYS, more, end, day + DAY)
    found = read_back(tmp_path / "all", DAYS.name)
    assert sorted(row["place"] for row in found) == [*range(ROWS), place]
    assert_right([row for row in found if row["place"] < ROWS])


def test_a_column_of_a_nested_type_is_added(catalog_env: object) -> None:
    """`migrate` adds it at the end, and refuses another type of what is within."""
    small = Table("odd.grown", ["a int!"])
    migrate([small])
    grown = Table("odd.grown", ["a int!", *[column for column in COLUMNS if not column.endswith("!")]])
    assert len(migrate([grown])) == len(grown.columns) - 1
    assert migrate([grown]) == []
    other = Table("odd.grown", [str(one).replace("list<list<int>!>", "list<list<int>>") for one in grown.columns])
    with pytest.raises(ConfigurationError, match="column 'deep' is 'deep list<list<int>!>' in the table"):
        migrate([other])


def schema_of(column: str, given: pa.DataType) -> pa.Schema:
    """What rows of one such column are made into."""
    return target_schema(iceberg_schema(Table("a.b", [column])), pa.schema([("x", given)]))


@pytest.mark.parametrize("case", MISFITS, ids=lambda case: case.column)
def test_a_part_that_does_not_fit_is_treated_as_the_definition_says(case: Misfit) -> None:
    """The whole value is rejected, becomes null, or has the nearest parts; others stay as they are."""
    batch = pa.record_batch({"x": pa.array([None, case.good, case.bad], case.given)})
    target = schema_of(case.column, case.given)
    found = fit(batch, target, {})
    assert found.rows.num_rows == 2
    assert found.rejected is not None
    assert found.rejected.column("reason").to_pylist() == [f"x: {case.why}"]
    kept = found.rows.column("x").to_pylist()
    assert fit(batch, target, {"x": "null"}).rows.column("x").to_pylist() == [*kept, None]
    assert fit(batch, target, {"x": "clamp"}).rows.column("x").to_pylist() == [*kept, case.nearest]
    if "years" in case.why:
        return  # steps that carry rows over may carry what others wrote
    with pytest.raises(ContractError, match=f"1 value that does not fit .*{case.why}"):
        conform(batch.slice(2), target)


@pytest.mark.parametrize(
    ("column", "given", "value", "says"),
    [
        ("x list<float!>", pa.list_(pa.float32()), [1.0, None], "'x.element' is null in 1 place"),
        ("x struct<a int!>", pa.struct([("a", pa.int32())]), {"a": None}, "'x.a' is null in 1 place"),
        ("x list<struct<a int!>>", pa.list_(pa.struct([("a", pa.int32())])), [None, {"a": None}], "'x.element.a'"),
        ("x list<float>", pa.list_(pa.string()), ["1"], "column 'x' is list"),
        ("x list<float>", pa.float32(), 1.0, "column 'x' is float in the rows"),
        ("x struct<a int>", pa.struct([("b", pa.int32())]), {"b": 1}, "column 'x' is struct"),
        ("x date", pa.timestamp("us"), datetime(2024, 1, 1), "column 'x' is timestamp"),  # noqa: DTZ001 - it has none
        ("x decimal(9,2)", pa.float64(), 0.1, "column 'x' is double"),
    ],
)  # fmt: skip
def test_another_type_or_a_null_within_is_refused(column: str, given: pa.DataType, value: object, says: str) -> None:
    """What means something else is no matter of single values: the load ends with exit 10 before it writes."""
    batch = pa.record_batch({"x": pa.array([None, value], given)})
    with pytest.raises(ContractError) as caught:
        conform(batch, schema_of(column, given))
    assert says in str(caught.value)


def test_intervals_of_days_are_whole_days(tmp_path: Path, catalog_env: object) -> None:
    """A load of half a day is refused before it writes, and so is a row outside the days, the first one named."""
    migrate([DAYS])
    half = receipt(START, START + ROWS * DAY - DAY / 2)
    write_dataset(tmp_path / "rows", rows().schema, rows().to_batches())
    with pytest.raises(ConfigurationError, match=r"is not of whole days, and 'day' of table odd\.types is a date"):
        load(DAYS, half, tmp_path / "rows")
    with pytest.raises(ContractError, match=r"lies outside .* in 1 row, in one it is 2024-03-03"):
        load(DAYS, receipt(START, START + (ROWS - 1) * DAY), tmp_path / "rows")
    with pytest.raises(ContractError, match=r"lies before the interval in 1 row .* in one it is 2024-02-28"):
        load(DAYS, receipt(START + DAY, START + ROWS * DAY), tmp_path / "rows")
    with pytest.raises(ConfigurationError, match="within a day, and the column counts whole days"):
        read(Request(DAYS.name, time_column="day", start="2024-02-29T01:00:00Z"), tmp_path / "back")
    assert load_table(open_catalog(), DAYS.name).current_snapshot() is None


def test_a_plan_by_days_leaves_the_day_that_is_not_over() -> None:
    """At five o'clock yesterday is the last day; a backfill of half a day is refused."""
    at = datetime(2024, 3, 1, 5, tzinfo=UTC)
    identity, by_days = ("odd", "odd.types", "1"), Ends(by_days=True)
    found = plan(at, at, by_days, identity, [])
    assert (found.start, found.end) == (EPOCH, datetime(2024, 3, 1, tzinfo=UTC))
    done = replace(receipt(EPOCH, found.end), run_key=found.run_key)
    assert plan(at + DAY / 2, at + DAY, by_days, identity, [done]).why == "repeated"
    late = plan(at, at, Ends(timedelta(hours=6), by_days=True), identity, [])
    assert late.end == datetime(2024, 2, 29, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match="filled by whole days, not from 2024-02-28T12:00:00Z"):
        plan_backfill(at, at, by_days, identity, Backfill(START + DAY / 2, 1), [])
