"""`stockpot table` beyond rows: a part of them, the history, what differs, and queries that touch nothing else."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.table import Table
from pyiceberg.transforms import BucketTransform, DayTransform

from components.iceberg.catalog import open_catalog
from components.iceberg.receipts import Receipt
from components.shell.missing import FILL
from stockpot import cli
from stockpot.local.looking import Looked, look
from stockpot.local.tables import TableQuery

NAME = "moderation.training_data"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
Stockpot = Callable[..., tuple[int, str, str]]


def _rows(*rows: tuple[str, int, int | None, bool | None]) -> pa.Table:
    """Rows by image, day, views and label, with a list that no group can be made by."""
    images, days, views, labels = zip(*rows, strict=True)
    return pa.table(
        {
            "image_id": pa.array(images),
            "decision_point_minutes": pa.array([0] * len(rows), pa.int32()),
            "uploaded_at": pa.array([datetime(2026, 1, day, 5, tzinfo=UTC) for day in days], pa.timestamp("us", "UTC")),
            "views": pa.array(views, pa.int64()),
            "label": pa.array(labels, pa.bool_()),
            "tags": pa.array([["x"]] * len(rows)),
        }
    )


FIRST = _rows(("a", 1, 10, True), ("b", 1, None, False), ("c", 2, 7, True))
SECOND = _rows(("a", 1, 10, False), ("d", 1, 1, None), ("c", 2, 7, True))


@pytest.fixture
def table(catalog_env: dict[str, str]) -> Table:
    """A table by days of which a load of the pipeline has replaced the first: one row changed, one gone, one new."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("moderation")
    made = catalog.create_table(NAME, schema=FIRST.schema)
    with made.update_spec() as change:
        change.add_field("uploaded_at", DayTransform(), "uploaded_at_day")
    receipt = Receipt("key", "moderation-training", START, END, END, "2", run_id="moderation-training-7")
    made.append(FIRST)
    made.overwrite(SECOND, snapshot_properties=receipt.properties())
    return made


@pytest.fixture
def stockpot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any) -> Stockpot:
    """Call the command in this process: exit code, stdout and stderr."""
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path / "home"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stockpot", "table", NAME, *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


def _snapshots(table: Table) -> tuple[int, int]:
    """The first and the last."""
    log = open_catalog().load_table(NAME).history()
    return log[0].snapshot_id, log[-1].snapshot_id


def _json(answer: tuple[int, str, str]) -> list[dict[str, Any]]:
    assert answer[0] == 0, answer[2]
    found: list[dict[str, Any]] = json.loads(answer[1])
    return found


def test_columns_and_conditions_are_kept(stockpot: Stockpot, table: Table) -> None:
    """No other column and no other row; a name that is not there has its near match."""
    found = _json(stockpot("--columns", "views, image_id", "--where", "views > 5 and label = true", "--output", "json"))
    assert found == [{"views": 7, "image_id": "c"}]
    for words in (("--columns", "image"), ("--where", "image = 'a'")):
        code, out, err = stockpot(*words)
        assert (code, out, err.count("\n")) == (11, "", 1)
        assert "did you mean image_id?" in err


def test_a_table_that_is_not_there_is_told_with_what_fills_it(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In the caller's home, and beside a name that is nearly the same."""
    monkeypatch.setattr(sys, "argv", ["stockpot", "table", "feed.training_data", "--home", str(tmp_path)])
    with pytest.raises(SystemExit):
        cli.main()
    named = f"did you mean '{NAME}'? Else {FILL} (stockpot run feed-ranking --home {tmp_path})"
    assert capsys.readouterr().err == f"error: there is no table 'feed.training_data' - {named}\n"


def test_the_history_tells_who_did_what(stockpot: Stockpot, table: Table) -> None:
    """Newest first: when, what, how many rows, and the run by its receipt."""
    found = _json(stockpot("--history", "--output", "json"))
    first, last = _snapshots(table)
    assert [found[0]["snapshot"], found[-1]["snapshot"]] == [str(last), str(first)]
    assert [each["operation"] for each in found] == ["append", "delete", "append"]
    assert [(each["added"], each["removed"], each["rows"]) for each in found] == [(3, 0, 3), (0, 3, 0), (3, 0, 3)]
    assert [each["run"] for each in found] == ["moderation-training-7", "moderation-training-7", ""]
    assert found[0]["interval"] == "2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"
    assert [each["current"] for each in found] == [True, False, False]
    assert found[0]["at"].endswith("Z")
    assert len(_json(stockpot("--history", "--limit", 1, "--output", "json"))) == 1
    assert "moderation-training-7" in stockpot("--history")[1]


def test_a_difference_names_rows_by_their_key(stockpot: Stockpot, table: Table) -> None:
    """The contract's key: what changed is no row removed and another added. The same the other way round."""
    first, last = _snapshots(table)
    code, out, _ = stockpot("--diff", first, last)
    assert code == 0
    assert out.splitlines()[:2] == [
        "uploaded_at_day=2026-01-01: 1 added, 1 removed, 1 changed",
        "all: 1 added, 1 removed, 1 changed",
    ]
    found = _json(stockpot("--diff", first, last, "--output", "json"))
    assert {(each["change_"], each["image_id"], each["label"]) for each in found} == {
        ("before", "a", True), ("after", "a", False), ("added", "d", None), ("removed", "b", False),
    }  # fmt: skip
    assert list(found[0]) == ["change_", *FIRST.schema.names]
    back = _json(stockpot("--diff", last, first, "--output", "json"))
    turned = {"before": "after", "after": "before", "added": "removed", "removed": "added"}
    assert {(turned[each["change_"]], each["image_id"]) for each in back} == {
        (each["change_"], each["image_id"]) for each in found
    }
    assert len(_json(stockpot("--diff", first, last, "--limit", 1, "--output", "json"))) == 1
    assert stockpot("--diff", last, last)[1].splitlines()[0] == "all: 0 added, 0 removed, 0 changed"


def test_a_difference_without_a_key_counts_each_row(stockpot: Stockpot, catalog_env: dict[str, str]) -> None:
    """A row that is there twice and then once is removed once; a column that was renamed is the same one."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("moderation")
    spec = PartitionSpec(PartitionField(1, 1000, BucketTransform(4), "image_id_bucket"))
    made = catalog.create_table(NAME, schema=FIRST.schema)
    with made.update_spec() as change:
        change.add_field("image_id", spec.fields[0].transform, "image_id_bucket")
    made.append(pa.concat_tables([FIRST, FIRST.slice(1, 1)]))
    with made.update_schema() as change:
        change.rename_column("views", "seen")
    made.overwrite(FIRST.rename_columns({"views": "seen"}))
    first, last = _snapshots(made)
    code, out, _ = stockpot("--diff", first, last)
    assert code == 0
    assert out.splitlines()[1] == "all: 0 added, 1 removed"
    (row,) = _json(stockpot("--diff", first, last, "--output", "json"))
    assert (row["change_"], row["image_id"], row["seen"]) == ("removed", "b", None)
    with made.update_spec() as change:
        change.remove_field("image_id_bucket")
    assert [line for line in stockpot("--diff", first, last)[1].splitlines() if "added," in line] == [
        "all: 0 added, 1 removed"
    ]


def test_a_namespace_may_be_called_as_duckdbs_own(catalog_env: dict[str, str]) -> None:
    """The table goes by its name all the same."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("main")
    catalog.create_table("main.rows", schema=FIRST.schema).append(FIRST)
    for name in ("rows", "main.rows"):
        with look("main.rows", Looked(TableQuery(), sql=f"select count(*) as n from {name}")) as (found, _):
            assert found.read_all().to_pylist() == [{"n": 3}]


def test_a_query_is_answered(stockpot: Stockpot, table: Table) -> None:
    """Under both names of the table, of a snapshot, of rows that a condition chooses, and no further than the limit."""
    query = (
        f"select label, count(*) as n from {NAME} a join training_data using (image_id, label) group by all order by 1"
    )
    assert _json(stockpot("--sql", query, "--output", "json"))[:2] == [
        {"label": False, "n": 1},
        {"label": True, "n": 1},
    ]
    first, _ = _snapshots(table)
    query = "select sum(views) as n, max(uploaded_at) as at from training_data"
    found = _json(stockpot("--sql", query, "--snapshot", first, "--where", "label = true", "--output", "json"))
    assert found == [{"n": "17", "at": "2026-01-02T05:00:00Z"}]
    assert len(_json(stockpot("--sql", "select * from training_data", "--limit", 2, "--output", "json"))) == 2
    assert "(20 rows)" in stockpot("--sql", "select * from range(99)")[1]


@pytest.mark.parametrize(
    "query",
    [
        "select * from '{file}'",
        "select * from read_csv('{file}')",
        "select * from read_text('{file}')",
        "select * from glob('{file}')",
        "copy training_data to '{file}2'",
        "attach '{file}.db'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma enable_external_access",
        "create table x as select 1",
        "drop view training_data",
        "select 1; select 2",
        "select * from rows",
        "select * from sys",
        "select nothing from training_data",
        "selct 1",
        "",
        "select error('x')",
        "select cast(image_id as int) from training_data",
    ],
)
def test_a_query_touches_nothing_else(stockpot: Stockpot, table: Table, tmp_path: Any, query: str) -> None:
    """No file, no extension, no variable of ours, no statement but one SELECT; exit code 11 and one line."""
    file = tmp_path / "own.csv"
    file.write_text("a\nsecret\n")
    code, out, err = stockpot("--sql", query.format(file=file) or " ")
    assert (code, err.count("\n")) == (11, 1), err
    assert "secret" not in out + err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("own")] == ["own.csv"]


def test_a_query_tells_what_failed_below(stockpot: Stockpot, table: Table) -> None:
    """A file that the store has lost is told as it is everywhere, not in DuckDB's words."""
    loaded = open_catalog().load_table(NAME)
    loaded.io.delete(next(iter(loaded.scan().plan_files())).file.file_path)
    code, _, err = stockpot("--sql", "select sum(views) from training_data")
    assert (code, err.count("\n")) == (11, 1)
    assert "has lost a file" in err


@pytest.mark.parametrize("option", ["--sql", "--diff"])
def test_without_duckdb_one_line_says_what_to_do(
    stockpot: Stockpot, table: Table, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """It is no part of what the command needs for all else."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, _, err = stockpot(option, *(("select 1",) if option == "--sql" else _snapshots(table)))
    assert (code, err.count("\n")) == (11, 1)
    assert "-m pip install duckdb" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--history", "--sql", "select 1"), "--sql and --history ask for different things"),
        (("--history", "--where", "a = 1"), "--history takes no --where"),
        (("--diff", 1, 2), "has no snapshot 1"),
    ],
)
def test_what_does_not_go_together_is_said(stockpot: Stockpot, table: Table, words: Any, told: str) -> None:
    """Exit code 11, and one line."""
    code, out, err = stockpot(*words)
    assert (code, out, err.count("\n")) == (11, "", 1)
    assert told in err
