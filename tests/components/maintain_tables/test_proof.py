"""What a compaction would commit is what the old files hold, value by value as far as figures tell; else nothing is."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.scan import Scan
from components.maintain_tables.compact import compact
from components.shell.errors import ContractError

NAME = "odd.proof"
BIG = 64 << 20
_POINT = pa.struct([("x", pa.int64())])
_ROWS = pa.table(
    {
        "n": pa.array([1, 2, None, 4]),
        "d": pa.array([0.5, float("nan"), None, 1.5]),
        "text": pa.array(["long" * 2000, "b", None, ""]),
        "at": pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 5)], pa.timestamp("us", "UTC")),
        "flags": pa.array([[1, None], [], None, [2]], pa.list_(pa.int64())),
        "p": pa.array([{"x": 1}, {"x": None}, None, {"x": 4}], _POINT),
    }
)
Fault = Callable[[pa.RecordBatch], pa.RecordBatch]


@pytest.fixture(scope="module")
def table(postgres_server, object_store_server) -> Iterator[Table]:
    """A table of two files; no test changes it."""
    from tests.conftest import endpoints, fresh_bucket, fresh_database  # noqa: PLC0415 - fixtures of a test of its own

    with fresh_database(postgres_server) as address, pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints(address, fresh_bucket(object_store_server)).items():
            patch.setenv(name, value)
        catalog = open_catalog(create=True)
        catalog.create_namespace("odd")
        made = catalog.create_table(NAME, schema=_ROWS.schema)
        made.append(_ROWS)
        made.append(_ROWS.slice(0, 1))
        yield load_table(catalog, NAME)


def _put(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(
        batch.schema.get_field_index(name), batch.schema.field(name), column.cast(batch.schema.field(name).type)
    )


def _nulls(name: str) -> Fault:
    return lambda batch: _put(batch, name, pa.nulls(len(batch), batch.schema.field(name).type))


FAULTS: dict[str, Fault] = {
    "column n: nulls": _nulls("n"),
    "column d: nulls": _nulls("d"),
    "column text: nulls": _nulls("text"),
    "column at: nulls": _nulls("at"),
    "column flags: nulls": _nulls("flags"),
    "column p: nulls": _nulls("p"),
    "column n: total": lambda batch: _put(batch, "n", pa.array([1, 1, None, 4])) if len(batch) == 4 else batch,
    "column d: nans": lambda batch: _put(batch, "d", pc.if_else(pc.is_nan(batch["d"]), 1.0, batch["d"])),
    "column d: low": lambda batch: _put(batch, "d", pc.if_else(pc.equal(batch["d"], 0.5), 0.75, batch["d"])),
    "column text: total": lambda batch: _put(batch, "text", pc.utf8_slice_codeunits(batch["text"], 0, 16)),
    "column at: total": lambda batch: _put(batch, "at", pc.add(batch["at"], pa.scalar(1, pa.duration("us")))),
    "column flags.element: places": lambda batch: _put(
        batch, "flags", pa.array([one and one[:1] for one in batch["flags"].to_pylist()], pa.list_(pa.int64()))
    ),
    "column flags: nulls was": lambda batch: _put(
        batch, "flags", pa.array([one or [] for one in batch["flags"].to_pylist()], pa.list_(pa.int64()))
    ),
    "column p: nulls was": lambda batch: _put(
        batch, "p", pa.array([one or {"x": None} for one in batch["p"].to_pylist()], _POINT)
    ),
    "column p.x: nulls": lambda batch: _put(
        batch, "p", pa.array([one and {"x": None} for one in batch["p"].to_pylist()], _POINT)
    ),
    "rows are promised": lambda batch: batch.slice(0, len(batch) - 1),
}


@pytest.mark.parametrize("told", FAULTS)
def test_a_reader_that_is_wrong_changes_nothing(table: Table, monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    """Whatever is read wrong, nothing is committed, no file stays, and the column is named."""
    right = Scan.batches
    monkeypatch.setattr(Scan, "batches", lambda *args: map(FAULTS[told], right(*args)))
    stored = _stored(table)
    with pytest.raises(ContractError, match=told) as refused:
        compact(open_catalog(), table, BIG)
    assert NAME in str(refused.value)
    assert load_table(open_catalog(), NAME).metadata_location == table.metadata_location
    assert _stored(table) == stored


def test_no_file_stays_whatever_goes_wrong(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody thought of, once files are stored, takes them back too."""

    def broken(*_args: object) -> str:
        raise KeyError("unforeseen")

    monkeypatch.setattr("components.maintain_tables.rewrite.difference", broken)
    stored = _stored(table)
    with pytest.raises(KeyError, match="unforeseen"):
        compact(open_catalog(), table, BIG)
    assert _stored(table) == stored


def test_what_is_read_right_is_committed(table: Table) -> None:
    """The counter-test: the same files are joined, values that have no order among them."""
    assert compact(open_catalog(), table, BIG) == {"partitions": 1, "files_before": 2, "files_after": 1}
    found = load_table(open_catalog(), NAME).scan().to_arrow()
    assert found.num_rows == _ROWS.num_rows + 1
    assert pc.sum(pc.is_nan(found["d"])).as_py() == 1


def _stored(table: Table) -> set[str]:
    scheme, _, rest = table.location().partition("://")
    store = table.io.fs_by_scheme(scheme, rest.partition("/")[0])
    return {one.path for one in store.get_file_info(pa.fs.FileSelector(rest, recursive=True)) if one.is_file}
