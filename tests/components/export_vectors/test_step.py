"""Vectors as NumPy and SciPy read them from a real store: whole, by their run, and never of an older one."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from components.export_vectors import arrays
from components.export_vectors.export import Given, Version, export
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError, TransientError
from tests.conftest import ObjectStore
from tests.harness.properties import FIXTURES_STAY

AT = datetime(2026, 1, 4, 4, tzinfo=UTC)
FLOATS, INTS = pa.list_(pa.float32()), pa.list_(pa.int32())
VECTORS = pa.schema([("article_id", pa.string()), ("kind", pa.string()), ("vector", FLOATS)])
WORDS = pa.schema([("article_id", pa.string()), ("indices", INTS), ("values", FLOATS)])
VOCABULARY = pa.schema([("term", pa.string()), ("index", pa.int32())])
TERMS = ["warm", "wool", "été"]
DENSE = [
    {"article_id": "01", "kind": "bert", "vector": [0.6, 0.8]},
    {"article_id": "2ø3", "kind": "clip", "vector": [1.0, 0.0, 0.0]},
    {"article_id": "02", "kind": "bert", "vector": [1.0, 0.0]},
]
SPARSE = [
    {"article_id": "01", "indices": [0, 2], "values": [0.6, 0.8]},
    {"article_id": "02", "indices": [], "values": []},
    {"article_id": "03", "indices": [1], "values": [1.0]},
]


@pytest.fixture(autouse=True)
def _endpoints(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIO_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("MINIO_ACCESS_KEY", object_store.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", object_store.secret_key)


def dataset(directory: Path, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A dataset of the rows, in several row groups."""
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    datasets.write_dataset(directory, schema, table.to_batches(max_chunksize=2 + len(rows) // 5))
    return directory


def given_rows(
    directory: Path,
    dense: Sequence[Mapping[str, Any]] = DENSE,
    weights: Sequence[Mapping[str, Any]] = SPARSE,
    terms: Sequence[str] = TERMS,
) -> Given:
    """What the step is given; the vocabulary in no order."""
    vocabulary = [{"term": term, "index": place} for place, term in enumerate(terms)][::-1]
    return Given(
        dataset(directory / "vectors", VECTORS, dense),
        dataset(directory / "words", WORDS, weights),
        dataset(directory / "vocabulary", VOCABULARY, vocabulary),
        "article_id",
    )


def content(store: ObjectStore, key: str) -> bytes | None:
    """The content of an object; None where it is not there."""
    if key not in {found.object_name for found in store.client.list_objects(store.bucket, recursive=True)}:
        return None
    with store.client.get_object(store.bucket, key) as response:
        return bytes(response.read())


def array(store: ObjectStore, key: str) -> np.ndarray[Any, Any]:
    """The array in an object, read without pickles."""
    found: np.ndarray[Any, Any] = np.load(io.BytesIO(content(store, key) or b""), allow_pickle=False)
    return found


def latest(store: ObjectStore, kind: str) -> str:
    """The run that is said to be the latest."""
    return str(json.loads(content(store, f"out/{kind}/latest.json") or b"{}").get("run_key"))


def test_each_kind_is_an_array_with_its_ids(tmp_path: Path, object_store: ObjectStore) -> None:
    """Row by row what came, floats to the bit; words as SciPy reads them; the manifest says that all is there."""
    summary = export(given_rows(tmp_path), Version("k1", AT), f"s3://{object_store.bucket}/out/")
    assert np.array_equal(array(object_store, "out/bert/k1/vectors.npy"), np.float32([[0.6, 0.8], [1, 0]]))
    assert array(object_store, "out/bert/k1/ids.npy").tolist() == ["01", "02"]
    assert array(object_store, "out/clip/k1/vectors.npy").dtype == np.dtype("<f4")
    assert array(object_store, "out/clip/k1/ids.npy").tolist() == ["2ø3"]
    weights = sparse.load_npz(io.BytesIO(content(object_store, "out/tfidf/k1/vectors.npz") or b""))
    assert np.array_equal(weights.toarray(), np.float32([[0.6, 0, 0.8], [0, 0, 0], [0, 1, 0]]))
    assert array(object_store, "out/tfidf/k1/ids.npy").tolist() == ["01", "02", "03"]
    assert array(object_store, "out/tfidf/k1/terms.npy").tolist() == TERMS
    told = json.loads(content(object_store, "out/tfidf/k1/_manifest.json") or b"")
    assert (told["files"], told["run_key"]) == (["ids.npy", "terms.npy", "vectors.npz"], "k1")
    assert (summary.rows_in, summary.rows_out) == (6, 6)
    assert set(summary.details["kinds"]) == {"bert", "clip", "tfidf"}


def test_a_version_is_put_once(tmp_path: Path, object_store: ObjectStore) -> None:
    """A run that is repeated commits nothing: what it computes now does not take the place of what the table has."""
    to = f"s3://{object_store.bucket}/out"
    export(given_rows(tmp_path / "a", DENSE[:1]), Version("k1", AT), to)
    again = export(given_rows(tmp_path / "b"), Version("k1", AT), to)
    assert {kind: told["put"] for kind, told in again.details["kinds"].items()} == {
        "bert": False, "clip": True, "tfidf": False,
    }  # fmt: skip
    assert array(object_store, "out/bert/k1/ids.npy").tolist() == ["01"]


def test_an_older_run_is_not_the_latest(tmp_path: Path, object_store: ObjectStore) -> None:
    """It lies beside the newer one, which is still said to be it."""
    to, rows = f"s3://{object_store.bucket}/out", given_rows(tmp_path)
    for key, days, told in (("k2", 7, "k2"), ("k1", 0, "k2"), ("k3", 7, "k3"), ("k4", 14, "k4")):
        export(rows, Version(key, AT + timedelta(days=days)), to)
        assert latest(object_store, "bert") == told
        assert content(object_store, f"out/bert/{key}/_manifest.json")


def test_half_an_export_never_looks_whole(tmp_path: Path, object_store: ObjectStore) -> None:
    """A step that dies within a file leaves no manifest, and the latest version is the one before."""
    to = f"s3://{object_store.bucket}/out"
    export(given_rows(tmp_path / "a"), Version("k0", AT), to)
    many = [{"article_id": str(n), "indices": [n % 3], "values": [n / 20_000]} for n in range(20_000)]
    rows = given_rows(tmp_path / "b", weights=many)
    (path,) = datasets.files(rows.words)
    group = pq.read_metadata(path).row_group(2)
    at = next(group.column(n).data_page_offset for n in range(3) if group.column(n).path_in_schema.startswith("values"))
    with Path(path).open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 8)
    with pytest.raises(Exception, match=r"(?i)thrift|page|decompress|deserialize"):
        export(rows, Version("k1", AT + timedelta(days=1)), to)
    assert content(object_store, "out/tfidf/k1/_manifest.json") is None
    assert latest(object_store, "tfidf") == "k0"
    mended = export(given_rows(tmp_path / "b", weights=many), Version("k1", AT), to)
    assert mended.details["kinds"]["tfidf"]["put"]
    assert sparse.load_npz(io.BytesIO(content(object_store, "out/tfidf/k1/vectors.npz") or b"")).shape == (20_000, 3)


@settings(max_examples=30, suppress_health_check=FIXTURES_STAY)
@given(st.data())
def test_any_array_comes_back(data: st.DataObject) -> None:
    """Whatever its rows and how they are parted; one that is not as long as it says is refused."""
    rows, width = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 5))
    whole = np.random.default_rng(rows * 7 + width).normal(size=(rows, width)).astype(np.float32)
    cuts = sorted(data.draw(st.lists(st.integers(0, rows), max_size=4)))
    stream = io.BytesIO()
    arrays.write_npy(stream, arrays.Whole("<f4", (rows, width), np.split(whole, cuts)))
    stream.seek(0)
    assert np.array_equal(np.load(stream), whole)
    with pytest.raises(ValueError, match=r"elements? came"):
        arrays.write_npy(io.BytesIO(), arrays.Whole("<f4", (rows + 1, width), [whole]))


def test_what_cannot_be_is_one_line(tmp_path: Path, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do, and nothing is put; where nobody asks, nothing is done."""
    rows = given_rows(tmp_path / "a")
    for to, words in (
        ("out", "vectors_to is 'out' - write s3://bucket/prefix"),
        ("s3:///out", "vectors_to is 's3:///out'"),
        (f"s3://{object_store.bucket}-not/out", r"bucket .*-not does not exist - create it, or correct vectors_to"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            export(rows, Version("k1", AT), to)
    odd = given_rows(tmp_path / "b", [*DENSE, {"article_id": "9", "kind": "bert", "vector": [1.0]}])
    with pytest.raises(ContractError, match="vectors of kind bert have 1 to 2 elements"):
        export(odd, Version("k1", AT), f"s3://{object_store.bucket}/out")
    assert list(object_store.client.list_objects(object_store.bucket, recursive=True)) == []
    assert export(rows, Version("k1", AT), "").details == {"state": "off"}
    monkeypatch.setenv("MINIO_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TransientError, match=r"cannot be written.* - try again"):
        export(rows, Version("k1", AT), f"s3://{object_store.bucket}/out")
