"""How many rows of each interval are there now, in a real table and a real source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg2
import pyarrow as pa
import pytest
from pyiceberg.table import DataScan

from components.begin_run.migrate import migrate
from components.iceberg.receipts import Receipt
from components.load_iceberg.load import load
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError
from components.shell.schema import Table
from pipelines.moderation_training import DATASET
from stockpot.backfill.counting import counted
from stockpot.backfill.intervals import Interval, State
from stockpot.dataset import Dataset
from stockpot.modes import IncrementalByTime
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, NAME, T0, job, table_now

FILLED = replace(DATASET, table=replace(DATASET.table, name=NAME))
FOUND = [Interval(T0 + n * DAY, T0 + (n + 1) * DAY, T0, State.DONE) for n in range(-2, 3)]


@pytest.fixture
def source(database_url: str, catalog_env, monkeypatch: pytest.MonkeyPatch) -> str:
    """A source of images, at the edges of intervals and outside them, with instants that Python cannot hold."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    times = [T0 - 9 * DAY, T0, T0, T0 + DAY, T0 + 3 * DAY]
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE images (id text, created_at timestamptz)")
        cursor.executemany("INSERT INTO images VALUES ('x', %s)", [(time,) for time in times])
        cursor.execute("INSERT INTO images VALUES ('x', 'infinity'), ('x', '-infinity'), ('x', NULL)")
    return database_url


def counts() -> tuple[list[int | None], list[int | None]]:
    """Rows of the table and of the source, by interval."""
    found = counted(FOUND, FILLED)
    return [one.rows for one in found], [one.source_rows for one in found]


def test_rows_are_counted_where_they_are(source: str, tmp_path: Path) -> None:
    """From manifests where files keep to intervals, else by reading; the source's by the half-open interval."""
    assert counts() == ([0] * 5, [0, 0, 2, 1, 0])
    migrate([DEFINITION])
    for number, each in enumerate((job(EPOCH, T0, 8), job(T0, T0 + DAY, 5), job(T0 + DAY, T0 + 2 * DAY, 3))):
        each.load(each.write(tmp_path / str(number)))
    wanted = [4, 4, 5, 3, 0]
    assert counts() == (wanted, [0, 0, 2, 1, 0])
    table = table_now()
    table.overwrite(table.scan().to_arrow())
    table = table_now()
    table.delete(f"image_id == '1-{T0 + DAY:%d%H}-0'")
    assert counts()[0] == [4, 4, 4, 3, 0]


def test_a_table_that_cannot_be_read_is_named(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an engine deletes rows by their values, the dry run says so in one line, and what to do."""
    migrate([DEFINITION])
    each = job(EPOCH, T0, 8)
    each.load(each.write(tmp_path / "rows"))

    def refuse(_scan: object) -> None:
        raise ValueError("PyIceberg does not yet support equality deletes")

    monkeypatch.setattr(DataScan, "plan_files", refuse)
    with pytest.raises(ConfigurationError, match=r"moderation\.training_data cannot be read: .* equality deletes"):
        counts()


def test_a_source_that_cannot_be_counted_is_left_out(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such table, no such column, nothing there: the intervals are told all the same."""
    with psycopg2.connect(source) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE images RENAME created_at TO taken")
    assert counts() == ([0] * 5, [None] * 5)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert counts()[1] == [None] * 5
    assert counted([], FILLED) == []


def test_rows_of_dates_are_counted(catalog_env, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date lies where its day begins in UTC, whatever instants the intervals end at."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    table = Table("a.days", ["day date!"], {"day": "month"}, "day")
    filled = Dataset("days", "1", "Days", table, IncrementalByTime())
    migrate([table])
    first = datetime(2026, 3, 1, tzinfo=UTC)
    rows = pa.table({"day": pa.array([first.date() - n * DAY for n in (1, 1, 2, 30)], pa.date32())})
    write_dataset(tmp_path / "rows", rows.schema, rows.to_batches())
    load(table, Receipt("key", "days", EPOCH, first, first, "1"), tmp_path / "rows")
    for shift, wanted in ((timedelta(), [0, 1, 2, 0]), (timedelta(hours=2), [1, 2, 0, 0])):
        edges = [first + n * DAY + shift for n in range(-3, 2)]
        found = [Interval(start, end, end, State.DONE) for start, end in pairwise(edges)]
        assert [one.rows for one in counted(found, filled)] == wanted
