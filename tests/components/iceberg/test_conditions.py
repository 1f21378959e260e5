"""Conditions that people write choose the same rows from every file, however it was written."""

import math
import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyiceberg.expressions import BooleanExpression, Or
from pyiceberg.table import Table

from components.iceberg.catalog import open_catalog
from components.iceberg.conditions import columns_in, equal, read_condition
from components.iceberg.scan import Selection, scan
from components.shell.errors import ConfigurationError

NAME = "m.t"
LONG = "z" * 5000
ROWS = pa.table(
    {
        "id": pa.array(range(6), pa.int64()),
        "text": ["a", "b", LONG, "m", None, "c"],
        "ratio": [0.5, math.nan, None, -1.0, math.inf, 2.0],
        "at": pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 7)], pa.timestamp("us", "UTC")),
        "flag": [True, False, None, True, False, True],
    }
)


def _made(rows: pa.Table, **properties: str) -> Table:
    catalog = open_catalog(create=True)
    catalog.create_namespace("m")
    table = catalog.create_table(NAME, schema=rows.schema, properties=properties)
    table.append(rows)
    return table


def _ids(table: Table, condition: str | BooleanExpression, *columns: str) -> list[int]:
    current = table.current_snapshot()
    assert current is not None
    found = scan(table, current.snapshot_id, Selection(columns or ("id",), condition=read_condition(condition)))
    return sorted(row["id"] for batch in found.batches() for row in batch.to_pylist())


@pytest.mark.parametrize("columns", [("id",), ("id", "text", "at")])
def test_a_condition_chooses_rows(catalog_env: dict[str, str], columns: tuple[str, ...]) -> None:
    """Nulls are chosen where they are asked for alone; columns that are only compared are not among the rows."""
    table = _made(ROWS)
    for condition, ids in {
        "": [0, 1, 2, 3, 4, 5],
        "id >= 4": [4, 5],
        "text is null": [4],
        "text like 'z%' or id = 0": [0, 2],
        "flag = true and ratio > 0": [0, 5],
        "ratio is nan": [1],
        "not ratio > 0": [3],
        "not (flag = true or text = 'b')": [],
        "text in ('a', 'm', 'x') and at < '2026-01-03T00:00:00+00:00'": [0],
        "id > 99999999999999999999": [],
    }.items():
        assert (condition, _ids(table, condition, *columns)) == (condition, ids)
    assert _ids(table, Or(equal("text", "m"), equal("text", "a"))) == [0, 3]


def test_a_text_without_statistics_hides_no_other(catalog_env: dict[str, str]) -> None:
    """The manifest has bounds of the other row groups alone, by which pyiceberg leaves out the whole file."""
    table = _made(ROWS, **{"write.parquet.row-group-limit": "2"})
    assert table.scan(row_filter="text = 'm'").to_arrow().num_rows == 0
    assert _ids(table, "text = 'm'") == [3]
    assert _ids(table, "text > 'y' or id = 0") == [0, 2]
    current = table.current_snapshot()
    assert current is not None
    rows = scan(table, current.snapshot_id, Selection(("id",), where={"text": "m"})).batches()
    assert [row["id"] for batch in rows for row in batch.to_pylist()] == [3]


def test_files_are_left_out(catalog_env: dict[str, str]) -> None:
    """By bounds of numbers and instants, and by texts of files with one row group."""
    table = _made(ROWS.slice(0, 2))
    table.append(ROWS.slice(3, 1))
    current = table.current_snapshot()
    assert current is not None
    for condition in ("id = 3", "text = 'm'", "at > '2026-01-03T00:00:00+00:00'"):
        found = scan(table, current.snapshot_id, Selection(condition=read_condition(condition)))
        assert (condition, len(found.tasks)) == (condition, 1)


def test_a_file_from_before_a_change_is_read_by_its_own_names(catalog_env: dict[str, str]) -> None:
    """A column that was renamed, widened or is younger than the file, with a name given to another column since."""
    table = _made(pa.table({"id": pa.array([1, 2], pa.int32()), "was": ["a", "b"]}))
    with table.update_schema(allow_incompatible_changes=True) as change:
        change.rename_column("was", "text")
        change.update_column("id", open_catalog().load_table(NAME).schema().find_type("id").__class__())
    with table.update_schema() as change:
        change.add_column("was", open_catalog().load_table(NAME).schema().find_type("id"))
    table.append(pa.table({"id": pa.array([3], pa.int32()), "text": ["a"], "was": pa.array([7], pa.int32())}))
    assert _ids(table, "text = 'a'") == [1, 3]
    assert _ids(table, "was = 7") == [3]
    assert _ids(table, "was is null") == [1, 2]
    assert _ids(table, "was < 9 or text = 'b'") == [2, 3]


def test_pyiceberg_chooses_the_same(catalog_env: dict[str, str]) -> None:
    """Whether it reads a file or we stream it: conditions drawn over rows that are drawn."""
    draw = random.Random(7)
    rows = pa.table({"id": pa.array(range(200), pa.int64()), "n": [draw.choice([None, *range(9)]) for _ in range(200)]})
    table = _made(rows)
    for _ in range(20):
        low, other = draw.randrange(9), draw.randrange(9)
        condition = draw.choice(
            [f"n > {low} and n != {other}", f"n <= {low} or n is null", f"not n in ({low}, {other})"]
        )
        assert _ids(table, condition) == sorted(table.scan(row_filter=condition).to_arrow()["id"].to_pylist())


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("texts = 'a'", "did you mean text?"),
        ("nothing = 'a'", "it has id, text, ratio, at, flag"),
        ("text.x = 'a'", "no column 'text.x'"),
        ("id = 'a'", "Could not convert a into a long"),
        ("at > '2026-01-15T00:00:00Z'", "+00:00"),
        ("text =", "cannot be read as a condition"),
        ("id = 1 and and", "from"),
        ("text like 'a%b'", "at the end"),
    ],
)
def test_what_cannot_be_asked_is_one_line(catalog_env: dict[str, str], condition: str, told: str) -> None:
    """A column that is not there, a value of another type, and what is no condition."""
    table = _made(ROWS)
    with pytest.raises(ConfigurationError) as raised:
        _ids(table, condition)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("strange", [3, object(), None])
def test_what_is_no_condition_is_said(strange: object) -> None:
    """A number is none, nor is nothing."""
    with pytest.raises(ConfigurationError, match="cannot be read as a condition"):
        read_condition(strange)
    with pytest.raises(ConfigurationError, match="is no condition on columns"):
        columns_in(strange)
