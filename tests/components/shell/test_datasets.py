"""A dataset is complete when its manifest says so, and only then."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.shell.datasets import MANIFEST, files, read_batches, read_manifest, schema, seal, write_dataset
from components.shell.errors import ContractError

SCHEMA = pa.schema([("id", pa.int64()), ("at", pa.timestamp("us", "UTC"))])


def batches(*sizes: int) -> Iterator[pa.RecordBatch]:
    """Batches of so many rows with ids that go on."""
    first = 0
    for size in sizes:
        ids = list(range(first, first + size))
        yield pa.record_batch([ids, ids], schema=SCHEMA)
        first += size


def ids(directory: Path) -> list[int]:
    """The ids of a dataset in order."""
    return [value for batch in read_batches(directory, ["id"]) for value in batch.column("id").to_pylist()]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Rows come back in order with their schema, cut into files of about the wished size."""
    manifest = write_dataset(tmp_path, SCHEMA, batches(3, 3, 3, 1), rows_per_file=5)
    assert [file.rows for file in manifest.files] == [6, 4]
    assert read_manifest(tmp_path) == manifest
    assert manifest.rows == 10
    assert ids(tmp_path) == list(range(10))
    assert schema(tmp_path) == SCHEMA


def test_row_groups_without_a_text_are_passed_over(tmp_path: Path) -> None:
    """Whoever asks for a text gets the row groups that may hold it, whole, and those whose texts nobody counted."""
    kinds = pa.schema([("tags", pa.list_(pa.struct({"a": pa.string()}))), ("id", pa.int64()), ("kind", pa.string())])
    groups = [["a", "a"], ["a", "c"], ["d", "d"], [None, None]]
    tags = [[{"a": "z"}], [{"a": "z"}]]
    texts = (pa.record_batch([tags, [number] * 2, group], schema=kinds) for number, group in enumerate(groups))
    write_dataset(tmp_path, kinds, texts)

    def read(text: str) -> list[int]:
        found = read_batches(tmp_path, ["id"], where={"kind": text})
        return [value for batch in found for value in batch.column("id").to_pylist()]

    assert [read(text) for text in "abde"] == [[0, 0, 1, 1, 3, 3], [1, 1, 3, 3], [2, 2, 3, 3], [3, 3]]


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0)])
def test_an_empty_stream_is_a_dataset(sizes: tuple[int, ...], tmp_path: Path) -> None:
    """Without rows there is one file, which carries the schema."""
    write_dataset(tmp_path, SCHEMA, batches(*sizes))
    assert (len(files(tmp_path)), ids(tmp_path), schema(tmp_path)) == (1, [], SCHEMA)


def test_the_manifest_tells_size_and_digest(tmp_path: Path) -> None:
    """Bytes and sha-256 are those of the file."""
    write_dataset(tmp_path, SCHEMA, batches(5))
    (file,) = json.loads((tmp_path / MANIFEST).read_text())["files"]
    content = (tmp_path / file["name"]).read_bytes()
    assert file == {
        "name": "part-00000.parquet",
        "rows": 5,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def failing() -> Iterator[pa.RecordBatch]:
    """A stream that breaks."""
    yield from batches(5)
    raise ContractError("broken")


def test_a_broken_stream_leaves_no_dataset(tmp_path: Path) -> None:
    """An error amid the stream leaves no manifest, not even that of an earlier dataset in the same place."""
    write_dataset(tmp_path, SCHEMA, batches(5))
    with pytest.raises(ContractError, match="broken"):
        write_dataset(tmp_path, SCHEMA, failing())
    with pytest.raises(ContractError, match="did not finish"):
        read_manifest(tmp_path)


def test_a_second_dataset_replaces_the_first(tmp_path: Path) -> None:
    """Files of an earlier, longer dataset are no part of the later one."""
    write_dataset(tmp_path, SCHEMA, batches(5, 5), rows_per_file=5)
    write_dataset(tmp_path, SCHEMA, batches(2))
    assert ids(tmp_path) == [0, 1]


def test_a_missing_or_cut_file_is_noticed(tmp_path: Path) -> None:
    """A dataset that lost a file, or the end of one, is refused by the file's name."""
    write_dataset(tmp_path, SCHEMA, batches(5))
    part = tmp_path / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(ContractError, match=r"part-00000\.parquet .* missing or cut"):
        files(tmp_path)
    part.unlink()
    with pytest.raises(ContractError, match=r"part-00000\.parquet .* missing or cut"):
        files(tmp_path)


def test_a_folder_without_manifest_is_no_dataset(tmp_path: Path) -> None:
    """Parquet files alone do not make a dataset; sealing them does."""
    pq.write_table(pa.Table.from_batches(batches(3)), tmp_path / "part-00000.parquet")
    with pytest.raises(ContractError, match="no manifest"):
        read_manifest(tmp_path)
    seal(tmp_path, ["part-00000.parquet"])
    assert ids(tmp_path) == [0, 1, 2]


@pytest.mark.parametrize("elsewhere", ["../other/", "sub/../../other/", "{}/other/"])
def test_a_manifest_names_no_file_elsewhere(tmp_path: Path, elsewhere: str) -> None:
    """Whoever changes a manifest cannot have a file read that lies beside the dataset."""
    other, mine = tmp_path / "other", tmp_path / "mine"
    write_dataset(other, SCHEMA, batches(5))
    write_dataset(mine, SCHEMA, batches(5))
    (mine / "sub").mkdir()
    manifest = mine / MANIFEST
    manifest.write_text(manifest.read_text().replace('"part-', f'"{elsewhere.format(tmp_path)}part-'))
    with pytest.raises(ContractError, match="missing or cut"):
        files(mine)


def test_a_manifest_may_stand_over_several_datasets(tmp_path: Path) -> None:
    """Its files lie in folders of their own then, as those of the raw tables do."""
    write_dataset(tmp_path / "users", SCHEMA, batches(5))
    write_dataset(tmp_path / "images", SCHEMA, batches(5))
    names = ["users/part-00000.parquet", "images/part-00000.parquet"]
    seal(tmp_path, names)
    assert files(tmp_path) == [str(tmp_path / name) for name in names]


def test_only_the_columns_that_are_asked_for_come(tmp_path: Path) -> None:
    """All of them where none are named."""
    table = pa.table({"a": [1], "b": [2]})
    write_dataset(tmp_path, table.schema, table.to_batches())
    assert [batch.to_pydict() for batch in read_batches(tmp_path, ["b"])] == [{"b": [2]}]
    assert [batch.to_pydict() for batch in read_batches(tmp_path)] == [{"a": [1], "b": [2]}]
