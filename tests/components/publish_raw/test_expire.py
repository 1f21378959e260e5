"""What runs have put under their keys goes when it is old, and nothing else does."""

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from components.connect import store as shell_store
from components.connect.endpoints import ObjectStore
from components.publish_raw import __main__ as step
from components.publish_raw.expire import expire
from components.publish_raw.objects import Bucket
from components.publish_raw.publish import publish
from components.shell.datasets import MANIFEST
from components.shell.errors import ConfigurationError, TransientError
from components.shell.keys import key_of
from components.shell.names import CATALOG_PREFIX
from components.shell.summary import read_summary
from tests.components.publish_raw.conftest import Raw
from tests.conftest import ObjectStore as Running

OLD, OTHER, OWN = (key_of(name) for name in ("old", "other", "own"))
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def client(object_store: Running) -> Minio:
    """The step's own client of the running store."""
    address = object_store.endpoint.removeprefix("http://")
    return shell_store.connect(ObjectStore(address, False, object_store.access_key, object_store.secret_key))


def names(client: Minio, bucket: str) -> set[str]:
    """The names of all objects."""
    return {str(found.object_name) for found in client.list_objects(bucket, recursive=True)}


def lay(client: Minio, bucket: str, name: str) -> None:
    """Put an object."""
    client.put_object(bucket, name, io.BytesIO(b"x"), 1)


def test_folders_of_old_runs_go_after_a_publish(client: Minio, object_store: Running, raw: Raw) -> None:
    """Its own folder, the latest state and what is no run's stay, and so do tables that it has not published."""
    bucket = object_store.bucket
    publish(client, bucket, raw(users=[[1], [2]], images=[[1]], flags=[[1]]), OLD)
    for name in ("raw/users/archive/part-00000.parquet", f"raw/users/{OTHER}", "raw/users/notes.txt"):
        lay(client, bucket, name)
    before = names(client, bucket)
    summary = publish(client, bucket, raw(users=[[3]], images=[[1]], snapshot=101, name="own"), OWN, LATER)
    gone = {name for name in before if OLD in name and "flags" not in name}
    assert names(client, bucket) & before == before - gone
    assert f"raw/users/{OWN}/part-00000.parquet" in names(client, bucket)
    assert {name: one["expired"] for name, one in summary.details["tables"].items()} == {"users": 1, "images": 1}
    again = publish(client, bucket, raw(users=[[3]], images=[[1]], snapshot=101, name="own"), OWN, LATER)
    assert {(one["put"], one["expired"]) for one in again.details["tables"].values()} == {(0, 0)}


def test_young_folders_stay(client: Minio, object_store: Running, raw: Raw) -> None:
    """One object that was written since is enough."""
    bucket = object_store.bucket
    publish(client, bucket, raw(users=[[1]]), OLD)
    assert expire(Bucket(client, bucket), "raw/users", OWN, LATER - timedelta(days=2)) == 0
    assert f"raw/users/{OLD}/{MANIFEST}" in names(client, bucket)


def test_what_a_twin_writes_meanwhile_stays(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that comes again under an old key is at it between the listing and the removal: nothing of it goes."""
    bucket, lake = object_store.bucket, Bucket(client, object_store.bucket)
    publish(client, bucket, raw(users=[[1], [2]]), OLD)
    at, original = LATER, Bucket._stat

    def later(self: Bucket, key: str) -> Any:
        found = original(self, key)
        if found is not None and key.endswith("part-00001.parquet"):
            return replace(found, last_modified=LATER)
        return found

    monkeypatch.setattr(Bucket, "_stat", later)
    assert expire(lake, "raw/users", OWN, at) == 1
    assert {name for name in names(client, bucket) if OLD in name} == {f"raw/users/{OLD}/part-00001.parquet"}


def test_the_manifest_goes_first(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal that is killed leaves no manifest over files that are gone, and the next one does the rest."""
    bucket, lake = object_store.bucket, Bucket(client, object_store.bucket)
    publish(client, bucket, raw(users=[[1], [2]]), OLD)
    removed: list[str] = []
    original = Bucket.remove

    def remove(self: Bucket, key: str) -> None:
        if removed:
            raise KeyboardInterrupt
        removed.append(key)
        original(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "remove", remove)
        with pytest.raises(KeyboardInterrupt):
            expire(lake, "raw/users", OWN, LATER)
    assert removed == [f"raw/users/{OLD}/{MANIFEST}"]
    assert expire(lake, "raw/users", OWN, LATER) == 1
    assert [name for name in names(client, bucket) if OLD in name] == []


def test_what_cannot_be_removed_is_a_warning(
    client: Minio, object_store: Running, raw: Raw, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All is published by then."""

    def refuse(*_arguments: Any) -> None:
        raise TransientError("the object store failed", "try again")

    publish(client, object_store.bucket, raw(users=[[1]]), OLD)
    monkeypatch.setattr(Bucket, "remove_old", refuse)
    with caplog.at_level(logging.WARNING):
        summary = publish(client, object_store.bucket, raw(users=[[2]], snapshot=101, name="own"), OWN, LATER)
    assert "users: what old runs have put cannot be removed" in caplog.text
    assert (summary.details["tables"]["users"]["put"], summary.details["tables"]["users"]["expired"]) == (2, None)


@pytest.mark.parametrize("days", [1, 10**12])
def test_the_step_keeps_what_it_is_told(
    catalog_env: dict[str, str], client: Minio, raw: Raw, tmp_path: Path, days: int
) -> None:
    """By days before now, as many as anybody likes."""
    bucket = catalog_env[f"{CATALOG_PREFIX}WAREHOUSE"].split("/")[2]
    publish(client, bucket, raw(users=[[1]]), OLD)
    step.main(raw=raw(users=[[1]]), run_key=OWN, bucket=bucket, summary=tmp_path / "summary", raw_keep_days=days)
    assert f"raw/users/{OLD}/{MANIFEST}" in names(client, bucket)
    assert read_summary(tmp_path / "summary").details["tables"]["users"]["expired"] == 0


def test_less_than_a_day_is_refused(tmp_path: Path) -> None:
    """A twin may be at work for hours."""
    with pytest.raises(ConfigurationError, match="raw_keep_days is 0"):
        step.main(raw=tmp_path, run_key=OWN, bucket="lake", summary=tmp_path / "summary", raw_keep_days=0)
