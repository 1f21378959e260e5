"""The reader of tables: snapshots, columns, ranges, tables that are not there, and its memory."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.types import StringType

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.scan import Selection, scan
from components.read_iceberg.read import Request, read
from components.shell import datasets
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import format_instant
from tests.components.read_iceberg.events import MINUTE, NAME, T0, Row, append, create, event


def _rows(directory: Path) -> list[Row]:
    return [row for path in datasets.files(directory) for row in pq.read_table(path).to_pylist()]


def _read(directory: Path, **request: Any) -> tuple[list[Row], Any]:
    found = read(Request(**{"table": NAME, **request}), directory)
    return _rows(directory), found


@pytest.fixture
def table(catalog_env: dict[str, str]) -> list[Row]:
    """The rows of a table in two snapshots: views of three hours, then a comment and a late view."""
    create()
    views = [event(n, T0 + n * 10 * MINUTE, f"i{n % 3}") for n in range(18)]
    later = [event(0, T0 + MINUTE, event_type="comment"), event(18, T0, "late", known_at=T0 + 300 * MINUTE)]
    append(views)
    append(later)
    return [*views, *later]


def test_a_table_comes_whole(table: list[Row], tmp_path: Path) -> None:
    """Without any wish all rows and columns come, and the snapshot that was read is named."""
    rows, found = _read(tmp_path / "rows")
    assert sorted(rows, key=str) == sorted(table, key=str)
    current = load_table(open_catalog(), NAME).current_snapshot()
    assert current is not None
    assert found.snapshot == str(current.snapshot_id)
    assert (found.summary.rows_in, found.summary.rows_out) == (20, 20)


def test_a_snapshot_stays_what_it_was(table: list[Row], tmp_path: Path) -> None:
    """A snapshot named by its id gives the rows of then; one that is not there ends with 13."""
    first = load_table(open_catalog(), NAME).history()[0].snapshot_id
    rows, found = _read(tmp_path / "rows", snapshot_id=str(first))
    assert sorted(rows, key=str) == sorted(table[:18], key=str)
    assert found.snapshot == str(first)
    with pytest.raises(SourceGoneError, match="no snapshot 42"):
        _read(tmp_path / "none", snapshot_id="42")


@pytest.mark.parametrize("small", [0, 4 << 20])
def test_columns_range_and_texts_are_pushed_down(
    table: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """Only the wanted columns come, in their order, whether a file is read in one piece or in parts.

    The range is half-open; files that cannot match are not read.
    """
    monkeypatch.setattr("components.iceberg.scan._SMALL_BYTES", small)
    wish = {
        "columns": ["image_id string!", "event_time"],
        "time_column": "event_time",
        "start": format_instant(T0),
        "end": format_instant(T0 + 60 * MINUTE),
        "where": {"event_type": "view"},
    }
    rows, found = _read(tmp_path / "rows", **wish)
    assert list(rows[0]) == ["image_id", "event_time"]
    assert sorted(row["image_id"] for row in rows) == ["i0", "i0", "i1", "i1", "i2", "i2", "late"]
    assert found.summary.details["files"] < 4
    assert found.summary.rows_in - found.summary.rows_out == found.summary.details["filtered"]["outside_selection"]


def test_any_range_is_what_a_plain_filter_gives(table: list[Row]) -> None:
    """Rows at the start are in and rows at the end are out, by either of the two clocks."""
    found, random = load_table(open_catalog(), NAME), Random(1)
    current = found.current_snapshot()
    assert current is not None
    for _ in range(20):
        start, end = sorted(T0 + random.randint(-3, 31) * 10 * MINUTE for _ in "se")
        column = random.choice(["event_time", "known_at"])
        selection = Selection(("offset", "event_type"), column, start, end)
        batches = scan(found, current.snapshot_id, selection).batches()
        got = sorted((row["event_type"], row["offset"]) for batch in batches for row in batch.to_pylist())
        assert got == sorted((row["event_type"], row["offset"]) for row in table if start <= row[column] < end)


def test_rows_are_looked_at_unless_the_manifest_is_sure(table: list[Row]) -> None:
    """Only of a file that says so of each column is it taken that all rows match; nulls and other texts are none."""
    append([event(30, T0 + 600 * MINUTE, event_id="own"), event(31, T0 + 601 * MINUTE)])
    append([event(32, T0 + 700 * MINUTE), event(33, T0 + 701 * MINUTE, event_type="comment", event_id="own")])
    found = load_table(open_catalog(), NAME)
    current = found.current_snapshot()
    assert current is not None

    def told(selection: Selection) -> dict[int, bool]:
        scanned = scan(found, current.snapshot_id, selection)
        return {task.file.partition[0] % 24: scanned._all_match(task.file) for task in scanned.tasks}

    views = told(Selection(("offset",), where={"event_type": "view"}))
    assert views.pop((T0 + 700 * MINUTE).hour) is False
    assert views.pop((T0 + 600 * MINUTE).hour) is True
    assert told(Selection(("offset",), where={"event_id": "own"})) == {22: False, 23: False}
    for text, offsets in {"view": {30, 31, 32}, "comment": {0, 33}}.items():
        batches = scan(found, current.snapshot_id, Selection(("offset",), where={"event_type": text})).batches()
        got = {offset for batch in batches for offset in batch.column("offset").to_pylist()}
        assert offsets <= got
        assert got == {row["offset"] for row in table if row["event_type"] == text} | offsets


def test_a_younger_column_is_null_in_older_files(table: list[Row], tmp_path: Path) -> None:
    """Files from before a column was added give null for it, and can be filtered by it."""
    found = load_table(open_catalog(), NAME)
    with found.update_schema() as update:
        update.add_column("country", StringType())
    young = {**event(99, T0), "country": "ie"}
    found.append(pa.Table.from_pylist([young], schema=found.schema().as_arrow()))
    rows, _ = _read(tmp_path / "rows", columns=["offset", "country"])
    assert sorted({row["country"] or "" for row in rows}) == ["", "ie"]
    assert _read(tmp_path / "one", columns=["offset"], where={"country": "ie"})[0] == [{"offset": 99}]


def test_a_table_without_rows_gives_an_empty_dataset(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """A table that nobody has filled yet is no error, and its columns come."""
    create()
    rows, found = _read(tmp_path / "rows", columns=["image_id"])
    assert rows == []
    assert found.snapshot == ""
    assert datasets.schema(tmp_path / "rows").names == ["image_id"]


@pytest.mark.parametrize("migrated", [True, False])
def test_a_missing_table_says_what_to_do(catalog_env: dict[str, str], tmp_path: Path, migrated: bool) -> None:
    """It ends with 11, names the near match, and means no rows only where that is asked for and types are told."""
    if migrated:
        create()
    table = "event_aggregations.event"
    with pytest.raises(
        ConfigurationError, match=f"does not exist.*{'did you mean ' + NAME if migrated else ''}.*run the pipeline"
    ):
        _read(tmp_path / "rows", table=table)
    with pytest.raises(ConfigurationError, match="type of its columns"):
        _read(tmp_path / "rows", table=table, columns=["image_id"], if_missing="empty")
    columns = ["image_id string!", "event_time timestamptz!"]
    rows, found = _read(tmp_path / "rows", table=table, columns=columns, if_missing="empty")
    assert rows == []
    assert found.summary.details["missing"]
    assert datasets.schema(tmp_path / "rows").field("event_time").type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"columns": ["imageid"]}, "no column 'imageid'"),
        ({"columns": [7]}, "hold texts"),
        ({"start": "2026-01-01T00:00:00Z"}, "needs a time_column"),
        ({"time_column": "offset", "end": "2026-01-01T00:00:00Z"}, "time_column offset is long"),
        ({"time_column": "event_time", "start": "2026-01-02T00:00Z", "end": "2026-01-01T00:00Z"}, "ends before"),
        ({"start": "yesterday"}, "is not an instant"),
        ({"where": {"kind": "view"}}, "no column 'kind'"),
        ({"snapshot_id": "latest"}, "must be a number"),
        ({"if_missing": "ignore"}, "if_missing is 'ignore'"),
        ({"table": "events", "if_missing": "empty"}, "no name of a table"),
        ({"table": "a..b", "if_missing": "empty"}, "no name of a table"),
    ],
)
def test_wrong_wishes_are_explained(table: list[Row], tmp_path: Path, request_: dict[str, Any], words: str) -> None:
    """Every wrong parameter ends with 11 and a line that names it."""
    with pytest.raises(ConfigurationError, match=words):
        _read(tmp_path / "rows", **request_)


def test_the_command_hands_on_the_snapshot(table: list[Row], tmp_path: Path) -> None:
    """The step writes rows, snapshot and summary, and says on stdout what it read."""
    arguments = {"table": NAME, "rows": "rows", "snapshot": "snapshot", "summary": "summary", "columns": '["offset"]'}
    given = [part for name, value in arguments.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "components.read_iceberg", *given]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "20 rows of snapshot" in done.stdout
    assert (tmp_path / "snapshot").read_text() in done.stdout
    assert json.loads((tmp_path / "summary").read_text())["rows_out"] == 20


def test_late_and_early_rows_keep_their_instants(table: list[Row], tmp_path: Path) -> None:
    """Instants come to the microsecond and in UTC."""
    rows, _ = _read(tmp_path / "rows", where={"image_id": "late"})
    assert rows[0]["known_at"] - rows[0]["event_time"] == timedelta(hours=5)
