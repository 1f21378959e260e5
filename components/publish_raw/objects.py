"""Objects that carry the sha-256 of their content, so that they are put once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from components.connect.store import ABSENT, translated

if TYPE_CHECKING:
    from minio import Minio
    from minio.datatypes import Object

_PART_SIZE = 16 << 20


@dataclass(frozen=True)
class Bucket:
    """A bucket of the data lake."""

    client: "Minio"
    name: str

    def tags(self, key: str) -> Mapping[str, str] | None:
        """The object's own metadata and its size under `size`; None where there is no such object."""
        item = self._stat(key)
        if item is None:
            return None
        metadata = {name.lower(): value for name, value in (item.metadata or {}).items()}
        own = {
            name.removeprefix("x-amz-meta-"): value
            for name, value in metadata.items()
            if name.startswith("x-amz-meta-")
        }
        return {**own, "size": str(item.size)}

    def has(self, key: str, path: Path, sha256: str = "") -> bool:
        """Whether the object is there with the content of the file."""
        tags = self.tags(key)
        return (
            tags is not None
            and tags["size"] == str(path.stat().st_size)
            and tags.get("sha256") == (sha256 or digest(path))
        )

    def put(self, key: str, path: Path, sha256: str = "", tags: Mapping[str, str] | None = None) -> bool:
        """Whether the file had to be put; it had not if the object is there with its content."""
        sha256 = sha256 or digest(path)
        if tags is None and self.has(key, path, sha256):
            return False
        with translated(self.name):
            metadata = {"sha256": sha256, **(tags or {})}
            self.client.fput_object(self.name, key, str(path), metadata=dict(metadata), part_size=_PART_SIZE)
        return True

    def copy(self, source: str, key: str, tags: Mapping[str, str]) -> None:
        """Copy an object within the store, with other metadata."""
        from minio.commonconfig import REPLACE, CopySource  # noqa: PLC0415 - only where objects are copied

        with translated(self.name):
            self.client.copy_object(
                self.name, key, CopySource(self.name, source), metadata=dict(tags), metadata_directive=REPLACE
            )

    def remove(self, key: str) -> None:
        """Remove the object; it may be gone already."""
        with translated(self.name):
            self.client.remove_object(self.name, key)

    def remove_old(self, key: str, before: datetime) -> None:
        """Remove the object if it is still one that was written before that instant."""
        item = self._stat(key)
        if item is not None and item.last_modified is not None and item.last_modified < before:
            self.remove(key)

    def written(self, prefix: str) -> dict[str, datetime]:
        """The names of all objects under `prefix`, with when each was written by the store's clock."""
        with translated(self.name):
            objects = list(self.client.list_objects(self.name, prefix, recursive=True))
        return {str(one.object_name): one.last_modified for one in objects if one.last_modified is not None}

    def _stat(self, key: str) -> "Object | None":
        from minio.error import S3Error  # noqa: PLC0415 - the step alone has the client

        with translated(self.name):
            try:
                return self.client.stat_object(self.name, key)
            except S3Error as error:
                if error.code in ABSENT:
                    return None
                raise


def digest(path: Path) -> str:
    """The sha-256 of the file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
