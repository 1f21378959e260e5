"""Raw tables reach the lake once, whole, and never step back."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from minio import Minio

from components.connect import store as shell_store
from components.connect.endpoints import ObjectStore
from components.publish_raw import latest
from components.publish_raw.objects import Bucket
from components.publish_raw.publish import publish
from components.shell.datasets import MANIFEST, seal
from components.shell.errors import ConfigurationError, ContractError, TransientError
from tests.components.publish_raw.conftest import Raw
from tests.conftest import ObjectStore as Running


@pytest.fixture
def client(object_store: Running) -> Minio:
    """The step's own client of the running store."""
    return shell_store.connect(endpoint(object_store))


def endpoint(running: Running) -> ObjectStore:
    """The running store as the step reads it from its environment."""
    return ObjectStore(running.endpoint.removeprefix("http://"), False, running.access_key, running.secret_key)


def content(client: Minio, bucket: str, key: str) -> list[int]:
    """The ids in the Parquet object."""
    response = client.get_object(bucket, key)
    try:
        return pq.read_table(io.BytesIO(response.read())).column("id").to_pylist()
    finally:
        response.close()
        response.release_conn()


def names(client: Minio, bucket: str) -> set[str]:
    """The names of all objects."""
    return {str(found.object_name) for found in client.list_objects(bucket, recursive=True)}


def changed(client: Minio, bucket: str) -> dict[str, object]:
    """When each object was last written."""
    return {
        str(found.object_name): (found.last_modified, found.etag)
        for found in client.list_objects(bucket, recursive=True)
    }


def test_tables_lie_under_their_run_and_as_latest(client: Minio, object_store: Running, raw: Raw) -> None:
    """One part is copied within the store, several are merged in order, an empty table is there with its schema."""
    directory = raw(users=[[1, 2]], images=[[1, 2], [3], []], flags=[[]])
    summary = publish(client, object_store.bucket, directory, "k1")
    expected = {
        f"raw/{table}/{name}"
        for table in ("users", "images", "flags")
        for name in ("latest.parquet", "k1/_manifest.json")
    }
    parts = {"raw/users/k1/part-00000.parquet", "raw/flags/k1/part-00000.parquet"}
    parts |= {f"raw/images/k1/part-0000{number}.parquet" for number in range(3)}
    assert names(client, object_store.bucket) == expected | parts
    assert content(client, object_store.bucket, "raw/users/latest.parquet") == [1, 2]
    assert content(client, object_store.bucket, "raw/images/latest.parquet") == [1, 2, 3]
    assert content(client, object_store.bucket, "raw/flags/latest.parquet") == []
    assert (summary.rows_in, summary.rows_out) == (5, 5)
    latest = {name: table["latest"] for name, table in summary.details["tables"].items()}
    assert latest == {"users": "copied", "images": "put", "flags": "copied"}


def test_a_second_publish_changes_nothing(client: Minio, object_store: Running, raw: Raw) -> None:
    """The same key and the same tables put no object again."""
    directory = raw(users=[[1, 2]], images=[[1, 2], [3]])
    publish(client, object_store.bucket, directory, "k1")
    before = changed(client, object_store.bucket)
    summary = publish(client, object_store.bucket, directory, "k1")
    assert changed(client, object_store.bucket) == before
    assert {(table["put"], table["latest"]) for table in summary.details["tables"].values()} == {(0, "same")}


def test_a_retry_with_other_rows_replaces_the_first(client: Minio, object_store: Running, raw: Raw) -> None:
    """The same key with a later snapshot leaves no file of the earlier one behind."""
    publish(client, object_store.bucket, raw(images=[[1], [2], [3]]), "k1")
    publish(client, object_store.bucket, raw(images=[[1, 2, 3, 4]], snapshot=101, name="again"), "k1")
    run = {name for name in names(client, object_store.bucket) if "/k1/" in name}
    assert run == {"raw/images/k1/part-00000.parquet", "raw/images/k1/_manifest.json"}
    assert content(client, object_store.bucket, "raw/images/latest.parquet") == [1, 2, 3, 4]


def test_a_late_older_run_does_not_step_back(client: Minio, object_store: Running, raw: Raw) -> None:
    """A run whose snapshot is older than the latest one keeps its own folder and leaves latest alone."""
    publish(client, object_store.bucket, raw(users=[[1, 2]], snapshot=200, name="newer"), "k2")
    summary = publish(client, object_store.bucket, raw(users=[[1]], snapshot=199, name="older"), "k1")
    assert summary.details["tables"]["users"]["latest"] == "kept newer"
    assert content(client, object_store.bucket, "raw/users/latest.parquet") == [1, 2]
    assert content(client, object_store.bucket, "raw/users/k1/part-00000.parquet") == [1]


def test_twins_of_one_key_leave_no_manifest_over_files_of_the_other(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run is done between this one's files and its manifest: this one is tried again, and then is whole."""
    bucket, mine, other = object_store.bucket, raw(users=[[1, 2]]), raw(users=[[3]], snapshot=101, name="other")
    original = Bucket.put

    def put(self: Bucket, key: str, path: Path, *arguments: Any, **named: Any) -> bool:
        if key.endswith(MANIFEST) and path.is_relative_to(mine):
            monkeypatch.setattr(Bucket, "put", original)
            publish(client, bucket, other, "k1")
        return original(self, key, path, *arguments, **named)

    monkeypatch.setattr(Bucket, "put", put)
    with pytest.raises(TransientError, match="at the same time"):
        publish(client, bucket, mine, "k1")
    assert "raw/users/k1/_manifest.json" not in names(client, bucket)
    publish(client, bucket, mine, "k1")
    assert content(client, bucket, "raw/users/k1/part-00000.parquet") == [1, 2]
    assert "raw/users/k1/_manifest.json" in names(client, bucket)
    assert content(client, bucket, "raw/users/latest.parquet") == [3]


def test_a_twin_that_is_overtaken_leaves_what_the_other_has_put(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run is done after this one's manifest: its files and its manifest stay."""
    bucket, mine, other = object_store.bucket, raw(users=[[1, 2]]), raw(users=[[3]], snapshot=101, name="other")
    original = Bucket.put

    def put(self: Bucket, key: str, path: Path, *arguments: Any, **named: Any) -> bool:
        found = original(self, key, path, *arguments, **named)
        if key.endswith(MANIFEST) and path.is_relative_to(mine):
            monkeypatch.setattr(Bucket, "put", original)
            publish(client, bucket, other, "k1")
        return found

    monkeypatch.setattr(Bucket, "put", put)
    with pytest.raises(TransientError, match="at the same time"):
        publish(client, bucket, mine, "k1")
    assert publish(client, bucket, other, "k1").details["tables"]["users"]["put"] == 0


def test_a_run_that_merges_for_long_does_not_step_back(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer run publishes its table while the parts of an older one are merged: it stays the latest."""
    bucket, newer = object_store.bucket, raw(users=[[1], [2]], snapshot=200, name="newer")
    original = latest.merge

    def merge(parts: list[Path], target: Path) -> Path:
        monkeypatch.setattr(latest, "merge", original)
        publish(client, bucket, newer, "k2")
        return original(parts, target)

    monkeypatch.setattr(latest, "merge", merge)
    summary = publish(client, bucket, raw(users=[[0], [0]], snapshot=199, name="older"), "k1")
    assert summary.details["tables"]["users"]["latest"] == "kept newer"
    assert content(client, bucket, "raw/users/latest.parquet") == [1, 2]


@pytest.mark.parametrize("system", ["8", ""])
def test_another_database_replaces_latest(system: str, client: Minio, object_store: Running, raw: Raw) -> None:
    """Counts of different database systems cannot be compared, so the run that comes last wins."""
    publish(client, object_store.bucket, raw(users=[[1, 2]], snapshot=200, name="first"), "k1")
    publish(client, object_store.bucket, raw(users=[[1]], snapshot=5, system=system, name="second"), "k2")
    assert content(client, object_store.bucket, "raw/users/latest.parquet") == [1]


NINE, TEN = "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(("was", "now", "kept"), [
    # Restored to a point before: the count is set back, whatever the number of the timeline is.
    ((200, "1", NINE), (150, "2", TEN), False), ((200, "3", NINE), (150, "2", TEN), False),
    ((200, "", NINE), (150, "", TEN), False), ((200, "2", NINE), (150, "2", TEN), False),
    # With a clock behind that of the server before.
    ((200, "1", TEN), (150, "2", NINE), False),
    # A run that is late, from before a restore or a promotion.
    ((150, "2", TEN), (200, "1", NINE), True), ((200, "2", TEN), (150, "1", NINE), True),
    ((200, "", TEN), (150, "1", NINE), True),
    # Clocks that were set back, and one and the same state.
    ((200, "1", TEN), (250, "1", NINE), False), ((200, "1", TEN), (200, "1", TEN), False),
])  # fmt: skip
def test_a_restored_database_replaces_what_was_undone(
    client: Minio, object_store: Running, raw: Raw, was: tuple[int, str, str], now: tuple[int, str, str], *, kept: bool
) -> None:
    """An object is newer only where timeline, count and clock say so together."""
    names_ = ("snapshot", "timeline", "taken_at")
    publish(client, object_store.bucket, raw(users=[[1, 2]], name="was", **dict(zip(names_, was, strict=True))), "k1")
    publish(client, object_store.bucket, raw(users=[[1]], name="now", **dict(zip(names_, now, strict=True))), "k2")
    assert content(client, object_store.bucket, "raw/users/latest.parquet") == ([1, 2] if kept else [1])


@pytest.mark.parametrize("gone", ["timeline", "taken-at"])
def test_what_an_older_version_has_put_is_replaced(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """Without an instant nothing can be told; without a timeline count and instant can."""
    whole = latest.Origin.tags.fget
    less = property(lambda self: {name: value for name, value in whole(self).items() if name != gone})
    with monkeypatch.context() as patched:
        patched.setattr(latest.Origin, "tags", less)
        publish(client, object_store.bucket, raw(users=[[1, 2]], snapshot=200, name="was"), "k1")
    publish(client, object_store.bucket, raw(users=[[1]], snapshot=150, name="now"), "k2")
    assert content(client, object_store.bucket, "raw/users/latest.parquet") == ([1, 2] if gone == "timeline" else [1])


def test_readers_never_see_half_a_table(client: Minio, object_store: Running, raw: Raw) -> None:
    """While latest is replaced again and again, each read finds one version whole."""
    versions = {
        length: raw(images=[range(length), range(length)], snapshot=length, name=str(length))
        for length in (10, 50_000, 90_000)
    }
    publish(client, object_store.bucket, versions[10], "k0")
    stop, seen = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            rows = content(client, object_store.bucket, "raw/images/latest.parquet")
            assert rows == [*range(len(rows) // 2)] * 2
            seen.add(len(rows) // 2)

    reader = threading.Thread(target=read)
    reader.start()
    for round_, length in enumerate((50_000, 90_000)):
        publish(client, object_store.bucket, versions[length], f"k{round_ + 1}")
        time.sleep(0.2)
    stop.set()
    reader.join()
    assert seen <= set(versions)
    assert content(client, object_store.bucket, "raw/images/latest.parquet") == [*range(90_000)] * 2


def test_a_large_table_is_put_in_pieces(client: Minio, object_store: Running, raw: Raw) -> None:
    """A file larger than one piece of a multipart upload comes back as it was."""
    noise = random.Random(1)
    rows = [noise.getrandbits(62) for _ in range(2_500_000)]
    directory = raw(images=[rows])
    assert (directory / "images/part-00000.parquet").stat().st_size > 17 << 20
    publish(client, object_store.bucket, directory, "k1")
    assert content(client, object_store.bucket, "raw/images/latest.parquet") == rows


def test_merging_keeps_types(client: Minio, object_store: Running, raw: Raw) -> None:
    """UUIDs, instants and the metadata of fields outlive the merge of parts."""
    directory = raw(images=[[1], [2]])
    schema = pa.schema(
        [
            pa.field("id", pa.uuid(), metadata={"postgres.type": "uuid"}),
            pa.field("at", pa.timestamp("us", "UTC")),
            pa.field("tags", pa.list_(pa.field("element", pa.string()))),
        ]
    )
    for number in range(2):
        row = {"id": bytes([number] * 16), "at": number, "tags": ["a", None]}
        path = directory / f"images/part-0000{number}.parquet"
        pq.write_table(
            pa.Table.from_arrays(
                [pa.array([value], field.type) for value, field in zip(row.values(), schema, strict=True)],
                schema=schema,
            ),
            path,
        )
    reseal(directory)
    publish(client, object_store.bucket, directory, "k1")
    response = client.get_object(object_store.bucket, "raw/images/latest.parquet")
    merged = pq.read_table(io.BytesIO(response.read()))
    response.close()
    assert merged.schema.equals(schema, check_metadata=True)
    assert [row["id"].int % 256 for row in merged.to_pylist()] == [0, 1]


def reseal(directory: Path) -> None:
    """Write the manifests of `directory` anew, after its files were changed by hand."""
    manifest = seal(directory / "images", ["part-00000.parquet", "part-00001.parquet"])
    listed = json.loads((directory / MANIFEST).read_text())
    listed["files"] = [{**asdict(file), "name": f"images/{file.name}"} for file in manifest.files]
    (directory / MANIFEST).write_text(json.dumps(listed))


def test_incomplete_tables_are_refused(client: Minio, object_store: Running, raw: Raw) -> None:
    """Raw tables without their manifest, or with a file cut short, put nothing."""
    directory = raw(users=[[1, 2]])
    part = directory / "users/part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(ContractError, match="missing or cut"):
        publish(client, object_store.bucket, directory, "k1")
    (directory / "_manifest.json").unlink()
    with pytest.raises(ContractError, match="no manifest"):
        publish(client, object_store.bucket, directory, "k1")
    assert names(client, object_store.bucket) == set()


@pytest.mark.parametrize("run_key", ["", "a/b", "..", "a b"])
def test_a_key_that_is_no_part_of_a_name_is_refused(
    run_key: str, client: Minio, object_store: Running, raw: Raw
) -> None:
    """A run's key may not reach out of its folder."""
    with pytest.raises(ConfigurationError, match="run_key"):
        publish(client, object_store.bucket, raw(users=[[1]]), run_key)


@pytest.mark.parametrize("bucket", ["not-there", "No Bucket!"])
def test_a_missing_bucket_is_a_matter_of_configuration(bucket: str, client: Minio, raw: Raw) -> None:
    """A bucket is not created in passing."""
    with pytest.raises(ConfigurationError, match="bucket"):
        publish(client, bucket, raw(users=[[1]]), "k1")


def test_wrong_keys_are_a_matter_of_configuration(object_store: Running, raw: Raw) -> None:
    """Keys that the store refuses are named as such, without being printed."""
    for access_key, secret_key in ((object_store.access_key, "wrong-secret"), ("nobody", object_store.secret_key)):
        wrong = ObjectStore(object_store.endpoint.removeprefix("http://"), False, access_key, secret_key)
        with pytest.raises(ConfigurationError, match="refused the keys") as caught:
            publish(shell_store.connect(wrong), object_store.bucket, raw(users=[[1]]), "k1")
        assert "secret" not in str(caught.value).replace("MINIO_SECRET_KEY", "")
        assert secret_key not in str(caught.value)


@pytest.mark.parametrize("status", [500, 503])
def test_a_store_in_trouble_is_a_matter_of_time(status: int, refusing: Callable[[int], ObjectStore], raw: Raw) -> None:
    """A store that answers 5xx is tried a few times, then given up within seconds."""
    start = time.monotonic()
    with pytest.raises(TransientError, match="object store"):
        publish(shell_store.connect(refusing(status)), "lake", raw(users=[[1]]), "k1")
    assert time.monotonic() - start < 15


def start(running: ObjectStore, bucket: str, directory: Path, summary: Path) -> subprocess.Popen[str]:
    """The step as a process of its own."""
    environment = {
        **os.environ,
        "MINIO_ENDPOINT": f"http://{running.host}",
        "MINIO_ACCESS_KEY": running.access_key,
        "MINIO_SECRET_KEY": running.secret_key,
    }
    command = [sys.executable, "-m", "components.publish_raw", "--raw", str(directory), "--run-key", "k1"]
    command += ["--bucket", bucket, "--summary", str(summary)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])


def test_nothing_at_the_address(raw: Raw, tmp_path: Path) -> None:
    """Where nothing answers the step says so in one line: exit 75, no secret."""
    nowhere = ObjectStore("127.0.0.1:1", False, "key", "hush-hush")
    process = start(nowhere, "lake", raw(users=[[1]]), tmp_path / "summary.json")
    _, err = process.communicate(timeout=120)
    assert (process.returncode, len(err.strip().splitlines())) == (75, 1)
    assert "does not answer" in err
    assert "hush-hush" not in err


def test_a_kill_in_the_middle_and_a_second_run(client: Minio, object_store: Running, raw: Raw, tmp_path: Path) -> None:
    """A killed publish leaves no manifest over missing files, and the next run completes it."""
    directory = raw(images=[range(number * 100, number * 100 + 100) for number in range(60)])
    process = start(endpoint(object_store), object_store.bucket, directory, tmp_path / "summary.json")
    while not names(client, object_store.bucket):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = names(client, object_store.bucket)
    assert "raw/images/k1/_manifest.json" not in left or len(left) >= 61
    assert start(endpoint(object_store), object_store.bucket, directory, tmp_path / "summary.json").wait(120) == 0
    assert len(names(client, object_store.bucket)) == 62
    assert content(client, object_store.bucket, "raw/images/latest.parquet") == list(range(6000))
