"""Tables as others leave them: all who read or rewrite them keep the rows that were written, or refuse by name."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.maintain_tables import erase as erasing
from components.maintain_tables.compact import compact
from components.read_iceberg.read import Request, read
from components.shell import datasets
from components.shell.errors import StepError
from components.verify_table.sample import count_rows, first_rows
from stockpot.local.rows import Pushed
from stockpot.local.tables import TableQuery, batches, rows
from tests.conftest import ObjectStore, endpoints, fresh_bucket, fresh_database
from tests.harness.odd.making import SPACE, Odd, Row
from tests.harness.odd.tables import TABLES

# One process, for each table is made once.
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("odd tables")]

BIG = 64 << 20


@pytest.fixture(scope="module")
def place(postgres_server: str, object_store_server: ObjectStore) -> Iterator[set[str]]:
    """A catalog, and the names of the tables that are there already."""
    with fresh_database(postgres_server) as address, pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints(address, fresh_bucket(object_store_server)).items():
            patch.setenv(name, value)
        open_catalog(create=True).create_namespace(SPACE)
        yield set()


@pytest.fixture
def odd(request: pytest.FixtureRequest, place: set[str]) -> Odd:
    """One of the tables, there as it was left."""
    one: Odd = request.param
    if one.name not in place:
        one.make(open_catalog(), f"{SPACE}.{one.name}")
        place.add(one.name)
    return one


def _plain(schema: pa.Schema, found: Any) -> list[Row]:
    rows = pa.Table.from_batches(list(found), schema).to_pylist(maps_as_pydicts="strict")
    return sorted(rows, key=lambda row: row["id"])


def _read_iceberg(name: str, directory: Path) -> list[Row]:
    read(Request(table=name), directory)
    tables = [pq.read_table(path) for path in datasets.files(directory)]
    return _plain(tables[0].schema, [batch for table in tables for batch in table.to_batches()])


def _table(name: str, _directory: Path) -> list[Row]:
    reader = batches(name)
    return _plain(reader.schema, reader)


def _verify(name: str, _directory: Path) -> list[Row]:
    table = load_table(open_catalog(), name)
    rows = first_rows(table, 1000)
    assert count_rows(table) == rows.num_rows
    return _plain(rows.schema, rows.to_batches())


def _asked(name: str, _directory: Path) -> list[Row]:
    """All rows, by conditions that hold for all."""
    found = rows(name, TableQuery(where="id is not null and (id > 0 or id <= 0)"))
    return _plain(found.schema, found.batches())


def _by_sql(name: str, _directory: Path) -> list[Row]:
    """All rows, as DuckDB is given them where it asks for columns and conditions."""
    found = rows(name, TableQuery())
    chosen = Pushed(found).scanner(found.schema.names, (ds.field("id") > 0) | (ds.field("id") <= 0))
    return _plain(found.schema, chosen.to_reader())


READERS = [_read_iceberg, _table, _verify, _asked, _by_sql]
each_table = pytest.mark.parametrize("odd", TABLES, ids=str, indirect=True)


@each_table
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_gives_what_was_written(odd: Odd, reader: Callable[[str, Path], list[Row]], tmp_path: Path) -> None:
    """Value for value, null for null; a table that cannot be read so is named, with the reason."""
    name = f"{SPACE}.{odd.name}"
    if not odd.refused:
        assert reader(name, tmp_path / "rows") == sorted(odd.rows, key=lambda row: row["id"])
        return
    with pytest.raises(StepError, match=odd.refused) as refused:
        reader(name, tmp_path / "rows")
    assert name in str(refused.value)
    assert refused.value.exit_code in {10, 11}


CONDITIONS: list[tuple[str, dict[str, Any], list[int]]] = [
    ("spark_imported", {"where": {"country": "de"}}, [1, 2]),
    ("spark_imported", {"time_column": "at", "start": "2026-01-02T00:00:00Z"}, [4]),
    ("spark_defaults", {"where": {"text": "unknown"}}, [1]),
    ("spark_evolved", {"where": {"new": "renamed"}}, [1]),
    ("spark_evolved", {"where": {"gone": "dropped"}}, []),
    ("spark_position_deletes", {"where": {"name": "n2"}}, [2]),
    ("spark_position_deletes", {"where": {"name": "n1"}}, []),
    ("spark_deletion_vectors", {"where": {"name": "n4"}}, []),
    ("identity_in_the_manifest", {"where": {"t": "text"}}, [1, 2]),
    ("identity_in_the_manifest", {"time_column": "at", "end": "2026-01-01T01:02:03.456789Z"}, []),
    ("identity_in_the_manifest", {"time_column": "at", "end": "2026-01-01T01:02:03.456790Z"}, [1, 2]),
    ("nanoseconds", {"time_column": "at", "start": "1970-01-01T00:00:00.000002Z"}, [2]),
    ("added_renamed", {"where": {"b": "one"}}, [1]),
    ("evolved_swap_names", {"where": {"a": "b"}}, [1]),
    ("evolved_swap_names", {"where": {"a": "a"}}, [3]),
    ("evolved_rename", {"where": {"z": "a"}}, [1, 3]),
    ("evolved_rename", {"where": {"a": "a"}, "snapshot_id": "first"}, [1]),
    ("evolved_drop_and_add", {"where": {"a": "a"}}, [3]),
]


@pytest.mark.parametrize(
    ("odd", "wish", "ids"),
    [(next(one for one in TABLES if one.name == name), wish, ids) for name, wish, ids in CONDITIONS],
    ids=str,
    indirect=["odd"],
)
def test_conditions_look_at_what_is_read(odd: Odd, wish: dict[str, Any], ids: list[int], tmp_path: Path) -> None:
    """Rows are chosen by their values as they are read, under the names that columns have in the snapshot."""
    name = f"{SPACE}.{odd.name}"
    if "snapshot_id" in wish:
        wish = {**wish, "snapshot_id": str(load_table(open_catalog(), name).history()[0].snapshot_id)}
    read(Request(table=name, columns=["id"], **wish), tmp_path)
    found = [row["id"] for path in datasets.files(tmp_path) for row in pq.read_table(path).to_pylist()]
    assert sorted(found) == ids


@each_table
def test_a_compaction_changes_nothing(odd: Odd, tmp_path: Path) -> None:
    """The rows stay, in fewer files; a table that cannot be joined so stays as it was, and no file is left behind."""
    name = f"{SPACE}.{odd.name}"
    before = load_table(open_catalog(), name)
    if odd.unjoined:
        stored = _stored(before)
        with pytest.raises(StepError, match=odd.unjoined) as refused:
            compact(open_catalog(), before, BIG)
        assert name in str(refused.value)
        assert load_table(open_catalog(), name).metadata_location == before.metadata_location
        assert _stored(before) == stored
    else:
        figures = compact(open_catalog(), before, BIG)
        assert (figures["files_after"] < figures["files_before"]) == odd.joined
    if not odd.refused:
        assert _read_iceberg(name, tmp_path / "rows") == sorted(odd.rows, key=lambda row: row["id"])


# The rows of an erasure lie in none of their files that cannot be read right.
ELSEWHERE = {"added_collections_with_nulls", "too_large"}


@each_table
def test_an_erasure_takes_the_rows_of_its_keys_alone(odd: Odd, tmp_path: Path) -> None:
    """Value for value the others stay; where that cannot be, all do, and no file is left behind."""
    name, last = f"{SPACE}.{odd.name}_erased", max((row["id"] for row in odd.rows), default=1)
    odd.make(open_catalog(), name)
    before = load_table(open_catalog(), name)
    stored, rows = _stored(before), sorted(odd.rows, key=lambda row: row["id"])
    asked = erasing.Erasure(name, "id", {})
    if (odd.refused or odd.unjoined) and odd.name not in ELSEWHERE:
        with pytest.raises(StepError, match=(odd.refused or odd.unjoined).split(",")[0]):
            erasing.erase(open_catalog(), asked, frozenset({last}))
        assert _stored(before) == stored
    else:
        erasing.erase(open_catalog(), asked, frozenset({last}))
        rows = [row for row in rows if row["id"] != last]
    if not odd.refused:
        assert _read_iceberg(name, tmp_path / "rows") == rows


def _stored(table: Any) -> set[str]:
    scheme, _, rest = table.location().partition("://")
    store = table.io.fs_by_scheme(scheme, rest.partition("/")[0])
    return {one.path for one in store.get_file_info(pa.fs.FileSelector(rest, recursive=True)) if one.is_file}
