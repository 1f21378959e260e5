"""The engine computes within bounds and writes what was promised."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pytest

from components.shell.datasets import MANIFEST, read_batches
from components.shell.engine import engine, keep, lent, records, streamed, write
from components.shell.errors import ContractError, TransientError

SCHEMA = ibis.schema({"number": "!int32", "at": "!timestamp('UTC', 6)"})
ROWS = (
    ibis.range(1, 4)
    .unnest()
    .name("number")
    .as_table()
    .mutate(at=ibis.literal("2026-01-01T00:00:00Z").cast("timestamp('UTC', 6)"))
)


def test_what_is_computed_is_a_dataset(tmp_path: Path) -> None:
    """Rows come out with exactly the schema that was asked for, and a manifest."""
    with engine("100MB") as backend:
        manifest = write(backend, ROWS.order_by(ibis.desc("number")), SCHEMA, tmp_path)
    (batch,) = read_batches(tmp_path)
    assert manifest.rows == 3
    assert batch.column("number").to_pylist() == [3, 2, 1]
    assert batch.schema == SCHEMA.to_pyarrow()


def test_no_progress_is_drawn_into_the_log() -> None:
    """Not by a step either whose program is a text, for which DuckDB draws by itself."""
    asked = "duckdb.connect().execute(SHOWN).fetchone(), e.result(lambda c: c.execute(SHOWN).fetchone())"
    program = f"""
import duckdb
from components.shell.engine import engine
SHOWN = "SELECT current_setting('enable_progress_bar')"
with engine("100MB") as e: print({asked})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "(True,) (False,)\n"


def test_a_null_where_none_may_be_ends_with_10(tmp_path: Path) -> None:
    """The column is named with what to do, and no manifest calls the dataset complete."""
    broken = ROWS.mutate(number=ROWS.number.nullif(2))
    with engine("100MB") as backend, pytest.raises(ContractError) as caught:
        write(backend, broken, SCHEMA, tmp_path, "repair it")
    assert str(caught.value) == "'number' would be null in some rows - repair it"
    assert not (tmp_path / MANIFEST).exists()


def test_what_is_kept_is_computed_once() -> None:
    """A kept table is random only once, and sums come back as the integers that Ibis promised."""
    with engine("100MB") as backend:
        kept = keep(backend, "kept", ROWS.mutate(chance=ibis.random()))
        first, second = (records(backend, kept.order_by("number")) for _ in range(2))
        (total,) = records(backend, kept.agg(total=kept.number.sum()))
    assert first == second
    assert (total["total"], type(total["total"])) == (6, int)


MANY = "CREATE VIEW many AS SELECT uuid() AS one FROM range(10_000_000)"


def keep_too_much() -> None:
    """Hold in 60 MB, with 1 MB of disk, what takes more than both."""
    with engine("60MB") as backend:
        # Whatever the container of the tests has.
        backend.begin(lambda connection: connection.execute("SET memory_limit = '60MB'"))
        backend.begin(lambda connection: connection.execute("SET max_temp_directory_size = '1MB'"))
        backend.begin(lambda connection: connection.execute(MANY))
        kept = keep(backend, "kept", ibis.table({"one": "uuid"}, "many"))
        records(backend, kept.agg(rows=kept.count()))


def test_more_than_fits_ends_with_75() -> None:
    """What can neither be held nor be written to files is said to have had no room."""
    with pytest.raises(TransientError, match="ran out of room"):
        keep_too_much()


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT 199999999998::DECIMAL(38,9)::DECIMAL(20,9) AS spent", r"DECIMAL\(20,9\)"),
        ("SELECT 4611686018427387904 * n AS spent FROM range(2, 4) t(n)", "INT64"),
        ("SELECT 'anna@example.org'::INTEGER AS spent", "INT32"),
    ],
)
def test_what_fits_no_type_ends_with_10_and_is_not_shown(query: str, kind: str) -> None:
    """The type is told and not the value, which may be anybody's."""
    with (
        pytest.raises(ContractError, match=f"does not fit {kind} - look for amounts") as raised,
        engine("60MB") as backend,
    ):
        backend.result(lambda connection: connection.execute(query).fetchall())
    assert not any(value in str(raised.value) for value in ("1999", "4611", "anna"))


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT CASE WHEN range = 999999 THEN 'anna@example.org' ELSE '1' END::INTEGER AS spent", "INT32"),
        ("SELECT CASE WHEN range = 999999 THEN 77777 ELSE 1 END::SMALLINT AS spent", "INT32"),
        ("SELECT range::INTEGER * 2500::INTEGER AS spent", "INT32"),
    ],
)
def test_what_fits_no_type_in_a_late_batch_ends_with_10(query: str, kind: str) -> None:
    """Arrow's stream raises its own kind of error there, with the value: it is told as in the first batch."""
    with (
        pytest.raises(ContractError, match=f"does not fit {kind} - look for amounts") as raised,
        engine("200MB") as backend,
    ):
        assert sum(batch.num_rows for batch in streamed(backend, f"{query} FROM range(1_000_000)")) < 0
    assert not any(value in str(raised.value) for value in ("anna", "77777", "2147"))


@pytest.mark.parametrize("good", [0, 1, 200_000, 3_000_000])
def test_what_a_lent_source_raises_is_raised_as_it_is(good: int) -> None:
    """Before and after the first batches have been handed on."""

    def source() -> Iterator[pa.RecordBatch]:
        for start in range(0, good, 100_000):
            yield pa.record_batch({"number": pa.array(range(start, min(start + 100_000, good)), pa.int64())})
        raise ContractError("the source was changed", "run again")

    schema = pa.schema([("number", pa.int64())])
    with (
        pytest.raises(ContractError, match=r"^the source was changed - run again$"),
        engine("200MB") as backend,
        lent(backend, "given", schema, source()),
    ):
        assert sum(batch.num_rows for batch in streamed(backend, "SELECT number + 1 AS number FROM given")) < 0


def test_what_has_failed_shows_at_the_next_result() -> None:
    """Not as the table that it did not leave behind; and the engine ends at once."""
    with engine("100MB") as backend:
        kept = keep(backend, "kept", ibis.table({"one": "int64"}, "missing"))
        with pytest.raises(duckdb.CatalogException, match="missing"):
            records(backend, kept)
        assert records(backend, ROWS.agg(rows=ROWS.count())) == [{"rows": 3}]


def test_whoever_leaves_does_not_wait() -> None:
    """What is still being computed when the caller gives up is stopped."""
    began = time.monotonic()
    with engine("100MB") as backend:
        backend.begin(lambda connection: connection.execute(MANY))
        backend.begin(lambda connection: connection.execute("SELECT count(*) FROM many a, many b WHERE a.one < b.one"))
        time.sleep(0.5)
    assert time.monotonic() - began < 10


def test_steps_without_duckdb_can_import_it() -> None:
    """Importing the module loads neither DuckDB nor Ibis."""
    loaded = "import components.shell.engine, sys; sys.exit('duckdb' in sys.modules or 'ibis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
