"""What the verification prints."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest
from pyiceberg.transforms import DayTransform

from components.begin_run.migrate import migrate
from components.iceberg.catalog import open_catalog
from components.load_iceberg.load import load
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.names import CATALOG
from components.shell.summary import read_summary
from components.verify_table import __main__ as command
from components.verify_table.grid import grid
from components.verify_table.sample import first_rows, plain_rows
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, NAME, SCHEMA, T0, job, table_now
from tests.harness.odd.making import put, with_ids
from tests.harness.odd.numbers import FIRST, INFINITY, LAST

FIRST_US, LAST_US = ((at - EPOCH) // timedelta(microseconds=1) for at in (FIRST, LAST))


@pytest.fixture
def filled(catalog_env, tmp_path):
    """All rows of a table of three intervals."""
    migrate([DEFINITION])
    jobs = [job(EPOCH, T0, count=95), job(T0, T0 + DAY, count=95), job(T0 + DAY, T0 + 2 * DAY, count=95)]
    for number, each in enumerate(jobs):
        each.load(each.write(tmp_path / str(number)))
    return sorted((row for each in jobs for row in each.rows), key=lambda row: row[1])


def verify(tmp_path: Path, table: str = NAME, limit: int = 5) -> None:
    """Run the step."""
    command.main(table=table, limit=limit, summary=tmp_path / "summary")


def test_it_prints_what_is_there(filled, tmp_path, capsys):
    """Each promised line stands alone, and five rows follow in the order of their upload."""
    verify(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"Loading catalog '{CATALOG}'...", "Table moderation.training_data found."]
    assert "Total rows: 285" in lines
    at = lines.index("Sample data (first 5 rows):")
    assert lines[at + 1].split() == SCHEMA.names
    assert [line.split()[0] for line in lines[at + 3 :]] == [row[0] for row in filled[:5]]
    assert read_summary(tmp_path / "summary").rows_in == 285


def test_a_missing_table_breaks_the_contract(catalog_env, tmp_path):
    """A catalog without tables, or without this one, is told in one line; a name that is none is another matter."""
    with pytest.raises(ContractError, match=r"table moderation\.training_data does not exist"):
        verify(tmp_path)
    migrate([DEFINITION])
    with pytest.raises(ContractError, match="does not exist"):
        verify(tmp_path, table="moderation.nonsense")
    with pytest.raises(ConfigurationError, match="'nonsense' is no name of a table"):
        verify(tmp_path, table="nonsense")


def test_an_empty_table_breaks_the_contract(catalog_env, tmp_path):
    """A table without rows is as bad as none."""
    migrate([DEFINITION])
    with pytest.raises(ContractError, match="is empty"):
        verify(tmp_path)


def test_a_limit_must_be_positive(tmp_path):
    """Asking for no rows is a mistake."""
    with pytest.raises(ConfigurationError, match="at least one row"):
        verify(tmp_path, limit=0)


def test_the_sample_reads_only_the_files_it_needs(filled, monkeypatch):
    """Five rows are found in the first day's file; the others are never opened."""
    table = table_now()
    opened = []
    original = type(table.io).new_input
    monkeypatch.setattr(type(table.io), "new_input", lambda self, path: opened.append(path) or original(self, path))
    sample = first_rows(table, 5)
    assert [row["image_id"] for row in sample.to_pylist()] == [row[0] for row in filled[:5]]
    data = {path for path in opened if path.endswith(".parquet")}
    assert len(data) == 1 < len(list(table.scan().plan_files()))


@pytest.mark.parametrize("limit", [1, 95, 200, 285, 1000])
def test_any_limit_gives_the_first_rows(filled, limit):
    """Across files too the sample is the beginning of the table."""
    sample = first_rows(table_now(), limit)
    assert [row["image_id"] for row in sample.to_pylist()] == [row[0] for row in filled[:limit]]


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
@pytest.mark.parametrize("at", [LAST_US, LAST_US + 1, INFINITY, FIRST_US - 1, -INFINITY - 1])
def test_years_that_others_write_are_shown(catalog_env, tmp_path, capsys, at, limit):
    """The last instant of year 9999, and instants before year 1 and after 9999: rows come in order, and are spelled."""
    # By buckets, for pyiceberg itself cannot spell such a day.
    definition, early = replace(DEFINITION, partition={"uploaded_at": "bucket[2]"}), job(EPOCH, T0, count=2)
    migrate([definition])
    load(definition, early.receipt, early.write(tmp_path / "early"))
    table = table_now()
    instants = pa.array([at], pa.int64()).cast(SCHEMA.field("uploaded_at").type)
    row = [pa.array(["odd"]), instants, pa.array([0], pa.int32()), pa.array([0.5])]
    odd = pa.table(row, schema=SCHEMA).cast(with_ids(table))
    key = table.schema().find_field("uploaded_at").field_id
    put(table, odd, [0], upper={key: at.to_bytes(8, "little", signed=True)})
    verify(tmp_path, limit=limit)
    names = [row[0] for row in early.rows]
    expected = [*names, "odd"] if at > 0 else ["odd", *names]
    lines = capsys.readouterr().out.splitlines()
    assert "Total rows: 3" in lines
    shown = lines[lines.index(f"Sample data (first {counted(min(limit, 3), 'row')}):") + 3 :]
    assert [line.split()[0] for line in shown] == expected[:limit]


def test_a_table_of_others_with_values_of_every_type_is_shown(catalog_env, tmp_path, capsys):
    """UUIDs too, which Arrow does not sort: rows of one instant come in the order of the columns, left to right."""
    ids = [UUID(int=number) for number in (2, 1, 3)]
    columns = {
        "id": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([one.bytes for one in ids], pa.binary(16))),
        "at": pa.array([T0, T0, T0 - DAY], pa.timestamp("us", "UTC")),
        "local": pa.array([0, 1, 2], pa.timestamp("us")),
        "flag": pa.array([True, False, None]),
        "day": pa.array([T0.date()] * 3),
        "hour": pa.array([time(7)] * 3, pa.time64("us")),
        "price": pa.array([Decimal("1.5")] * 3, pa.decimal128(9, 2)),
        "bytes": pa.array([b"a", b"b", None]),
        "digest": pa.array([b"ab"] * 3, pa.binary(2)),
        "share": pa.array([0.5, float("nan"), None], pa.float32()),
        "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
    }
    rows = pa.table(columns)
    migrate([DEFINITION])
    catalog = open_catalog()
    catalog.create_namespace("others")
    table = catalog.create_table("others.mixed", schema=rows.schema)
    with table.update_spec() as spec:
        spec.add_field("at", DayTransform())
    put(table, rows.slice(0, 2).cast(with_ids(table)), [(T0 - EPOCH).days], upper=_until(table, T0))
    put(table, rows.slice(2).cast(with_ids(table)), [(T0 - DAY - EPOCH).days], upper=_until(table, T0 - DAY))
    verify(tmp_path, table="others.mixed")
    lines = capsys.readouterr().out.splitlines()
    assert "Total rows: 3" in lines
    assert [line.split()[0] for line in lines[-4:-1]] == [str(ids[place]) for place in (2, 1, 0)]
    assert [row["id"] for row in plain_rows(first_rows(table_now("others.mixed"), 2))] == [ids[2], ids[1]]


def _until(table, instant):
    """The upper bound of the instants of a file."""
    at = (instant - EPOCH) // timedelta(microseconds=1)
    return {table.schema().find_field("at").field_id: at.to_bytes(8, "little", signed=True)}


def test_a_list_of_such_years_does_not_end_the_step():
    """What Python cannot hold is told in words, and other values of the column stay."""
    kind = pa.list_(pa.timestamp("us", "UTC"))
    lists = pa.array([[INFINITY], [0], None], pa.list_(pa.int64())).cast(kind)
    days = pa.array([2_932_897, 0, None], pa.int32()).cast(pa.date32())
    found = plain_rows(pa.table({"lists": lists, "days": days}))
    assert found == [
        {"lists": "holds an instant beyond year 9999 or before 1", "days": "10000-01-01"},
        {"lists": [EPOCH], "days": EPOCH.date()},
        {"lists": None, "days": None},
    ]


def test_wide_rows_show_telling_columns():
    """The first column, the label and what differs stay; the table is never wider than it may be."""
    columns = ["id", *(f"constant_{n}" for n in range(20)), "views", "label"]
    rows = [
        {"id": f"i{n}", "views": n * 1000, "label": n > 0} | {f"constant_{c}": 1.5 for c in range(20)} for n in range(3)
    ]
    lines = grid(columns, rows, width=60).splitlines()
    assert lines[0].split()[0] == "id"
    assert lines[0].split()[-2:] == ["views", "label"]
    assert max(map(len, lines)) <= 60
    assert lines[-1] == "(6 of 23 columns)"


def test_values_are_spelled_for_people():
    """Times in UTC, booleans in lower case, long text cut, line breaks and nulls visible."""
    row = {"t": datetime(2026, 1, 1, tzinfo=UTC), "b": True, "s": "a\nb" * 40, "n": None, "f": 1 / 3}
    line = grid(list(row), [row], width=200).splitlines()[2]
    assert line.split()[:2] == ["2026-01-01T00:00:00Z", "true"]
    assert "…" in line
    assert "null" in line
    assert "0.333333" in line
