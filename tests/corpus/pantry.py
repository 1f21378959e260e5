"""What the cases that import find in a bucket, wherever they run."""

import io
from typing import Any

import pytest

from tests.conftest import ObjectStore, store_environment

BUCKET = "corpus-kitchen"
OBJECTS = {"rows.csv": "a,b", "more.csv": "c,d", "folder/a": "one", "folder/deep/b": "two"}


def address(key: str) -> str:
    """The address of an object, or of all objects below a key."""
    return f"s3://{BUCKET}/{key}"


def fill(client: Any) -> None:
    """Put the objects into the store of a client."""
    if not client.bucket_exists(BUCKET):
        client.make_bucket(BUCKET)
    for key, text in OBJECTS.items():
        client.put_object(BUCKET, key, io.BytesIO(text.encode()), len(text))


@pytest.fixture
def stocked(object_store_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store with what importers look for, as the only one that runs are told of."""
    fill(object_store_server.client)
    for name, value in store_environment(object_store_server).items():
        monkeypatch.setenv(name, value)
