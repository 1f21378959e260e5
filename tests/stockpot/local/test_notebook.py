"""The door for notebooks: the rows that were asked for in every form, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyiceberg.table import Table

import stockpot
from components.iceberg.catalog import open_catalog
from components.shell.errors import ConfigurationError, SourceGoneError
from stockpot.local import endpoints, rows, services
from stockpot.local.rows import Rows
from tests.harness.memory import own_peak

NAME = "feed.training_data"
BIG = 2**53 + 1
ROWS = pa.table(
    {
        "id": pa.array([1, 2, BIG, 4], pa.int64()),
        "n": pa.array([10, None, 30, BIG], pa.int64()),
        "text": ["a", None, "c", "d"],
        "split": ["train", "test", "train", "val"],
        "at": pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 5)], pa.timestamp("us", "UTC")),
    }
)


@pytest.fixture
def table(catalog_env: dict[str, str]) -> Table:
    """Four rows in two snapshots."""
    return _made()


def _made() -> Table:
    catalog = open_catalog(create=True)
    catalog.create_namespace("feed")
    table = catalog.create_table(NAME, schema=ROWS.schema)
    table.append(ROWS.slice(0, 2))
    table.append(ROWS.slice(2))
    return table


def _ids(found: Rows) -> list[int]:
    return sorted(found.arrow()["id"].to_pylist())


def test_every_form_has_the_rows(table: Table) -> None:
    """Values and types come back; whole numbers beyond 2^53 beside nulls are no doubles in pandas."""
    found = stockpot.read(NAME)
    assert found.schema.names == ROWS.schema.names
    assert found.arrow().sort_by("at").to_pylist() == ROWS.to_pylist()
    assert pa.table(found).sort_by("at").to_pylist() == ROWS.to_pylist()
    assert sum(batch.num_rows for batch in found.batches()) == 4
    frame = found.pandas().sort_values("at")
    assert isinstance(frame, pd.DataFrame)
    assert [None if value is pd.NA else value for value in frame["n"]] == ROWS["n"].to_pylist()
    assert found.polars().sort("at").to_dicts() == ROWS.to_pylist()
    assert isinstance(found.polars(), pl.DataFrame)
    relation = found.duckdb()
    for _ in range(2):
        assert relation.aggregate("count(*), sum(id)").fetchall() == [(4, sum(ROWS["id"].to_pylist()))]
    assert sorted(relation.filter("n > 10 and text is not null").project("id").fetchall()) == [(4,), (BIG,)]
    assert found.duckdb(duckdb.connect()).order("id").limit(1).project("text").fetchall() == [("a",)]


def test_columns_condition_split_and_limit_are_kept(table: Table) -> None:
    """Of what is asked for, no more is read."""
    found = stockpot.read(NAME, columns=["text", "id"], where="n > 5", split="train", limit=1)
    assert found.arrow().column_names == ["text", "id"]
    assert found.arrow().num_rows == 1
    assert _ids(stockpot.read(NAME, where="n > 5", split="train")) == [1, BIG]
    assert len(stockpot.read(NAME, limit=3).polars()) == 3
    assert stockpot.read(NAME, columns=None, where=None, split=None).schema.names == ROWS.schema.names
    assert stockpot.read(NAME, limit=2).duckdb().aggregate("count(*)").fetchall() == [(2,)]


@pytest.mark.parametrize("given", [{"columns": 5}, {"split": 1}])
def test_what_is_of_another_kind_is_refused(given: dict[str, Any]) -> None:
    """In one line, as all that cannot be meant."""
    with pytest.raises(ConfigurationError, match="give a"):
        stockpot.read(NAME, **given)


def test_duckdb_reads_the_columns_that_it_needs(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a query does not look at is not read; what its condition looks at is."""
    asked: list[list[str]] = []
    through = rows.Rows.batches

    def seen(found: Rows) -> pa.RecordBatchReader:
        asked.append(found.schema.names)
        return through(found)

    monkeypatch.setattr(rows.Rows, "batches", seen)
    assert stockpot.read(NAME).duckdb().filter("n > 15").project("text").fetchall() == [("c",), ("d",)]
    assert asked == [["n", "text"]]


def test_an_instant_is_the_snapshot_of_then(table: Table) -> None:
    """Before, between and after; text and datetime; and nothing where an instant cannot be meant."""
    first, second = (datetime.fromtimestamp(entry.timestamp_ms / 1000, UTC) for entry in table.history())
    assert len(_ids(stockpot.read(NAME, as_of=first))) == 2
    assert len(_ids(stockpot.read(NAME, as_of=(second - timedelta(milliseconds=1)).isoformat()))) == 2
    assert len(_ids(stockpot.read(NAME, as_of=second))) == 4
    assert len(_ids(stockpot.read(NAME, snapshot=table.history()[0].snapshot_id))) == 2
    for wrong, told in {
        first - timedelta(milliseconds=1): "had no snapshot at",
        datetime.now(UTC) + timedelta(days=1): "in the future",
        datetime(2026, 1, 1): "no offset",  # noqa: DTZ001 - what is refused
    }.items():
        with pytest.raises(ConfigurationError, match=told):
            stockpot.read(NAME, as_of=wrong)
    with pytest.raises(ConfigurationError, match="give one of them"):
        stockpot.read(NAME, as_of=second, snapshot=1)


@pytest.mark.parametrize("gone", [0, 1])
def test_what_has_expired_is_not_taken_for_another(table: Table, gone: int) -> None:
    """Whoever expires a snapshot takes it out of the log; the one before it was not current then."""
    table.append(ROWS.slice(0, 1))
    log = table.history()
    instants = [datetime.fromtimestamp(entry.timestamp_ms / 1000, UTC) for entry in log]
    table.maintenance.expire_snapshots().by_id(log[gone].snapshot_id).commit()
    # Of the second nothing tells any more when it came, so how long the first was current is not known either.
    for lost in range(gone + 1):
        with pytest.raises(SourceGoneError, match="has expired"):
            stockpot.read(NAME, as_of=instants[lost])
    assert [len(_ids(stockpot.read(NAME, as_of=instant))) for instant in instants[gone + 1 :]] == [4, 5][gone:]


def test_what_was_rolled_back_was_current_all_the_same(table: Table) -> None:
    """A table that went back to an older snapshot had another one in between."""
    first, second = table.history()
    table.manage_snapshots().rollback_to_snapshot(first.snapshot_id).commit()
    last = table.history()[-1]
    assert last.snapshot_id == first.snapshot_id
    assert len(_ids(stockpot.read(NAME))) == 2
    assert len(_ids(stockpot.read(NAME, as_of=datetime.fromtimestamp(second.timestamp_ms / 1000, UTC)))) == 4


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"columns": ["texts"]}, "did you mean text?"),
        ({"columns": "text"}, "give a list"),
        ({"where": "texts = 'a'"}, "did you mean text?"),
        ({"where": "id = 'a'"}, "does not fit"),
        ({"limit": 0}, "leaves none"),
        ({"snapshot": 1}, "has no snapshot 1"),
        ({"as_of": "yesterday"}, "is not an instant"),
        ({"as_of": date(2026, 1, 1)}, "give a text or a datetime or None"),
        ({"snapshot": "1"}, "snapshot is '1', a str - give a whole number or None"),
        ({"limit": 1.5}, "limit is 1.5, a float - give a whole number or None"),
        ({"columns": [5]}, "one of columns is 5"),
    ],
)
def test_what_cannot_be_read_is_one_line(table: Table, asked: dict[str, object], told: str) -> None:
    """At once, not when the rows are taken."""
    read: Callable[..., Rows] = stockpot.read
    with pytest.raises(ConfigurationError) as raised:
        read(NAME, **asked)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_table_or_library_is_named(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The near match, and the command that installs what is missing."""
    with pytest.raises(ConfigurationError, match=f"did you mean '{NAME}'"):
        stockpot.read("feed.trainingdata")
    for library in ("pandas", "polars", "duckdb"):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(ConfigurationError, match=f"pip install {library}"):
            getattr(stockpot.read(NAME), library)()


def test_the_package_is_cheap() -> None:
    """What reads tables is imported by who reads one."""
    code = "import sys, stockpot; print(sorted({'pyiceberg', 'pyarrow', 'typer', 'components'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert {"close", "read"} <= set(dir(stockpot))
    with pytest.raises(AttributeError, match="has no attribute 'raed'"):
        _ = stockpot.raed


def test_a_stream_does_not_hold_the_table(catalog_env: dict[str, str]) -> None:
    """Of 400 MB in one file a few batches are in memory at a time."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("feed")
    part = pa.table({"id": pa.array(range(50_000)), "x": pa.array([os.urandom(1000) for _ in range(50_000)])})
    table = catalog.create_table(NAME, schema=part.schema, properties={"write.parquet.row-group-limit": "5000"})
    table.append(pa.concat_tables([part] * 8))
    code = (
        "import stockpot, tests.harness.memory as memory\n"
        f"found = stockpot.read('{NAME}')\n"
        "next(iter(stockpot.read('feed.training_data', limit=1).batches()))\n"
        "before = memory.own_peak()\n"
        "print(sum(batch.num_rows for batch in found.batches()), memory.own_peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 400_000
    assert grown < 200
    assert own_peak() > 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose embedded services have the table and are down."""
    for name in (*endpoints.POSTGRES_VARIABLES, *endpoints.STORE_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "home"
    with pytest.MonkeyPatch.context() as patch, services.in_use(place, os.environ, services.Wanted()) as found:
        for name, value in found.for_people.items():
            patch.setenv(name, value) if value else patch.delenv(name, raising=False)
        _made()
    yield place
    stockpot.close()


def test_a_homes_services_are_up_as_long_as_somebody_reads(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows can be taken at any time until `close`, and the environment is the one that was before."""
    before = dict(os.environ)
    found = stockpot.read(NAME, home=home)
    assert dict(os.environ) == before
    assert _ids(found) == [1, 2, 4, BIG]
    monkeypatch.setenv("STOCKPOT_HOME", str(home))
    assert _ids(stockpot.read(NAME, where="id < 3")) == [1, 2]
    assert [one.running for one in services.status(home, os.environ)][:2] == [True, True]
    stockpot.close()
    assert [one.running for one in services.status(home, os.environ)][:2] == [False, False]
    with pytest.raises(ConfigurationError, match="no home with services"):
        stockpot.read(NAME, home=home / "other")
    assert not (home / "other").exists()


def test_the_end_of_the_process_lets_go(home: Path) -> None:
    """A notebook that is closed leaves no server behind."""
    code = f"import stockpot; print(stockpot.read('{NAME}', home='{home}').arrow().num_rows)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"
    assert [one.running for one in services.status(home, os.environ)][:2] == [False, False]
