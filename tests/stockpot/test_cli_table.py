"""`stockpot table` on a real Iceberg table: every form parses back to the rows that were written."""

import base64
import csv
import io
import json
import math
import sys
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.iceberg.catalog import open_catalog
from components.iceberg.conform import conform, target_schema
from components.iceberg.staging import Staging
from components.read_iceberg.read import Request, read
from components.shell.datasets import files
from components.shell.names import CATALOG_PREFIX
from stockpot import cli
from tests.harness.certificates import behind_tls
from tests.harness.odd.numbers import SPELLINGS

NAME = "moderation.training_data"
ODD_TYPES = (pa.timestamp("us", "UTC"), pa.date32(), pa.float64(), pa.int64())


def _rows():
    return pa.table(
        {
            "id": pa.array([f"i{place}" for place in range(5)]),
            "at": pa.array(
                [datetime(2026, 1, day, 3, 4, 5, 678, tzinfo=UTC) for day in range(1, 6)], pa.timestamp("us", "UTC")
            ),
            "day": pa.array([date(2026, 1, day) for day in range(1, 6)]),
            "price": pa.array(
                [Decimal("1.10"), Decimal("-2.00"), None, Decimal("12345678.90"), Decimal("0.00")], pa.decimal128(10, 2)
            ),
            "ratio": pa.array([0.5, math.nan, math.inf, None, -0.0]),
            "count": pa.array([1, 2**53 + 1, None, -1, 0], pa.int64()),
            "label": pa.array([True, False, None, True, False]),
            "caption": pa.array(['a "quoted", text', "two\nlines", "", None, "<b>Açai</b> 🌙"]),
            "tags": pa.array([["x", "y"], [], None, ["z"], ["ü"]]),
            "blob": pa.array([b"\x00\xff", None, b"", b"abc", b"x"]),
            "uid": pa.array([uuid.UUID(int=place).bytes for place in range(5)], pa.uuid()),
        }
    )


@pytest.fixture
def table(catalog_env):
    """A table of five rows in two snapshots: three rows, then five."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("moderation")
    made = catalog.create_table(NAME, schema=_rows().schema)
    made.append(_rows().slice(0, 3))
    made.append(_rows().slice(3))
    return made


@pytest.fixture
def stockpot(monkeypatch, capfdbinary, tmp_path):
    """Call the command in this process: exit code, stdout and stderr as bytes."""
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path / "home"))

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["stockpot", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return left.value.code, out, err.decode()

    return call


def _plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, date | Decimal | uuid.UUID) else value


def _expected():
    return sorted(
        ({name: _plain(value) for name, value in row.items()} for row in _rows().to_pylist()), key=lambda row: row["id"]
    )


def test_json_is_one_array_of_rows(stockpot, table):
    """Every value comes back, instants as ISO 8601, decimals and uuids as text."""
    code, out, _ = stockpot("table", NAME, "--output", "json")
    assert code == 0
    assert sorted(json.loads(out), key=lambda row: row["id"]) == _expected()


def test_csv_has_a_head_and_a_line_per_row(stockpot, table):
    """Quotes and line breaks survive; nulls are empty."""
    _, out, _ = stockpot("table", NAME, "--output", "csv")
    rows = sorted(csv.DictReader(io.StringIO(out.decode(), newline="")), key=lambda row: row["id"])
    assert [row["caption"] for row in rows] == ['a "quoted", text', "two\nlines", "", "", "<b>Açai</b> 🌙"]
    assert [row["at"] for row in rows] == [row["at"] for row in _expected()]
    assert [row["label"] for row in rows] == ["true", "false", "", "true", "false"]
    assert json.loads(rows[0]["tags"]) == ["x", "y"]


@pytest.mark.parametrize("to_file", [False, True])
def test_parquet_holds_the_same_rows(stockpot, table, tmp_path, to_file):
    """On stdout and in a file, with types kept."""
    target = tmp_path / "rows.parquet"
    code, out, _ = stockpot("table", NAME, "--output", "parquet", *(["--to", target] if to_file else []))
    assert code == 0
    found = pq.read_table(target if to_file else pa.BufferReader(out)).sort_by("id")
    assert found.column("at").to_pylist() == _rows().column("at").to_pylist()
    assert found.column("price").to_pylist() == _rows().column("price").to_pylist()
    assert found.num_rows == 5
    assert (out == b"") == to_file


def test_people_see_columns(stockpot, table):
    """Names, a line per row, nulls as such, and the count."""
    _, out, _ = stockpot("table", NAME)
    lines = out.decode().splitlines()
    assert lines[0].split()[:2] == ["id", "at"]
    assert len(lines) == 8
    assert lines[-1] == "(5 rows)"


def test_a_limit_is_kept(stockpot, table):
    """No more rows than asked for."""
    assert len(json.loads(stockpot("table", NAME, "--output", "json", "--limit", "2")[1])) == 2


def test_an_old_snapshot_is_read(stockpot, table):
    """The rows as they were then; an unknown snapshot is an error that names the latest."""
    first, second = (snapshot.snapshot_id for snapshot in table.snapshots())
    assert len(json.loads(stockpot("table", NAME, "--snapshot", first, "--output", "json")[1])) == 3
    code, out, err = stockpot("table", NAME, "--snapshot", 1)
    assert (code, out) == (11, b"")
    assert str(second) in err


@pytest.mark.parametrize("name", ["moderation.trainingdata", "training_data", "moderation.training_data.more"])
def test_a_missing_table_is_one_line(stockpot, table, name):
    """Exit code 11, with the near match."""
    code, out, err = stockpot("table", name)
    assert (code, out, err.count("\n")) == (11, b"", 1)
    assert f"did you mean '{NAME}'?" in err


def test_a_catalog_without_tables_is_one_line(stockpot, catalog_env):
    """Before the first run there is no catalog: exit code 11, and what to do."""
    code, _, err = stockpot("table", NAME)
    assert (code, err.count("\n")) == (11, 1)
    assert "error: " in err


def test_a_failed_write_leaves_no_file(stockpot, table, tmp_path):
    """A file appears whole or not at all."""
    target = tmp_path / "missing" / "rows.csv"
    code, _, err = stockpot("table", NAME, "--output", "csv", "--to", target)
    assert code == 11
    assert str(target.parent) in err
    assert not target.exists()


def test_an_empty_table_is_an_empty_array(stockpot, catalog_env):
    """No rows: `[]`, a head alone, or a file with the schema."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("moderation")
    catalog.create_table(NAME, schema=_rows().schema)
    assert json.loads(stockpot("table", NAME, "--output", "json")[1]) == []
    assert stockpot("table", NAME, "--output", "csv")[1].decode().count("\n") == 1
    assert pq.read_table(pa.BufferReader(stockpot("table", NAME, "--output", "parquet")[1])).num_rows == 0


def test_a_table_that_others_filled_is_read(stockpot, catalog_env, tmp_path):
    """Instants that Iceberg can count and Python cannot, infinities and ids: each form says what is there."""
    catalog = open_catalog(create=True)
    catalog.create_namespace("moderation")
    odd = [one for one in SPELLINGS if one.kind in ODD_TYPES]
    rows = pa.table([one.array for one in odd], names=[f"c{place}" for place in range(len(odd))])
    # pyiceberg itself cannot write the statistics of such a file; Spark and DuckDB can.
    made = catalog.create_table(NAME, schema=rows.schema)
    with (
        Staging(made, "key") as staging,
        made.transaction() as change,
        change.update_snapshot().fast_append() as snapshot,
    ):
        for file in staging.write(conform(one, target_schema(made.schema(), rows.schema)) for one in rows.to_batches()):
            snapshot.append_data_file(file)
    code, out, _ = stockpot("table", NAME, "--output", "json")
    (row,) = json.loads(out, parse_float=str)
    assert (code, [None if value is None else str(value) for value in row.values()]) == (0, [one.text for one in odd])
    for form in ("table", "csv"):
        code, out, _ = stockpot("table", NAME, "--output", form)
        assert code == 0
        assert all(one.text in out.decode() for one in odd if one.text)
    assert stockpot("table", NAME, "--output", "parquet", "--to", tmp_path / "rows.parquet")[0] == 0
    assert (
        read(Request(table=NAME, time_column="c2", start="2026-01-01T00:00:00Z"), tmp_path / "some").summary.rows_out
        == 1
    )
    read(Request(table=NAME), tmp_path / "rows")
    comparable = [name for name in rows.schema.names if odd[int(name[1:])].text != "NaN"]
    for found in (pq.read_table(tmp_path / "rows.parquet"), pq.read_table(files(tmp_path / "rows")[0])):
        assert found.select(comparable).cast(rows.select(comparable).schema).equals(rows.select(comparable))


def test_a_table_lies_behind_an_authority_of_its_own(stockpot, table, catalog_env, monkeypatch, tmp_path):
    """The settings of the steps are those of the command, with paths as a person writes them."""
    with behind_tls(int(catalog_env["MINIO_ENDPOINT"].rpartition(":")[2]), tmp_path) as port:
        for name in ("MINIO_ENDPOINT", f"{CATALOG_PREFIX}S3__ENDPOINT"):
            monkeypatch.setenv(name, f"https://127.0.0.1:{port}")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        assert stockpot("table", NAME)[0] == 11
        monkeypatch.setenv("SSL_CERT_FILE", "ca.crt")
        code, out, _ = stockpot("table", NAME, "--output", "json")
    assert code == 0
    assert len(json.loads(out)) == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [(f"{CATALOG_PREFIX}S3__REGION", "eu west"), ("SSL_CERT_FILE", "/nowhere"), ("HTTPS_PROXY", "://")],
)
def test_a_setting_that_cannot_be_is_named(stockpot, table, monkeypatch, name, value):
    """Before anything is asked of anybody."""
    monkeypatch.setenv(name, value)
    code, out, err = stockpot("table", NAME)
    assert (code, out) == (11, b"")
    assert err.startswith(f"error: {name} is no ")
