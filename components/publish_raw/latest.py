"""The latest state of a table as one object, not replaced by an older one where that can be told.

What is there is looked at right before it is replaced. A run that hangs between the two still replaces a newer state:
not every store knows conditional writes, least of all for copies. The next run mends it.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.publish_raw.objects import Bucket, digest
from components.shell.datasets import Manifest

# The most that a store copies in one call.
_COPYABLE = 5 << 30


@dataclass(frozen=True)
class Origin:
    """Where raw tables come from: their run's key, the database system, and its count of transactions at the snapshot.

    Two counts can be compared only within one system; without a count nothing can be told.
    """

    run_key: str
    system: str = ""
    snapshot: int | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The origin as an object's metadata."""
        return {"run-key": self.run_key, "system": self.system or "-", "snapshot": str(self.snapshot or 0)}

    def older_than(self, tags: Mapping[str, str]) -> bool:
        """Whether the object with these metadata shows a later instant of the same system."""
        comparable = (
            self.snapshot is not None and self.system == tags.get("system") and tags.get("snapshot", "").isdigit()
        )
        return comparable and (self.snapshot or 0) < int(tags["snapshot"])


def publish_latest(lake: Bucket, directory: Path, prefix: str, manifest: Manifest, origin: Origin) -> str:
    """Make `{prefix}/latest.parquet` show the table, and return what that took.

    One of `same` (it does already), `kept newer` (an older run came late), `copied` (within the store) or `put`.
    """
    key = f"{prefix}/latest.parquet"
    tags = {"content": _content(manifest), **origin.tags}
    if kept := _kept(lake, key, tags, origin):
        return kept
    if len(manifest.files) == 1 and manifest.files[0].bytes <= _COPYABLE:
        lake.copy(
            f"{prefix}/{origin.run_key}/{manifest.files[0].name}", key, {"sha256": manifest.files[0].sha256, **tags}
        )
        return "copied"
    with tempfile.TemporaryDirectory(prefix="latest-") as scratch:
        merged = merge([directory / file.name for file in manifest.files], Path(scratch) / "latest.parquet")
        sha256 = digest(merged)
        # Others may have come while the parts were merged, which takes minutes where they are large.
        if kept := _kept(lake, key, tags, origin):
            return kept
        lake.put(key, merged, sha256, tags)
    return "put"


def _kept(lake: Bucket, key: str, tags: Mapping[str, str], origin: Origin) -> str:
    """Why the object stays as it is: `kept newer` or `same`; empty where it is to be replaced."""
    there = lake.tags(key)
    if there is not None and origin.older_than(there):
        return "kept newer"
    same = there is not None and all(there.get(name) == tags[name] for name in ("content", "snapshot"))
    return "same" if same else ""


def merge(parts: "list[Path]", target: Path) -> Path:
    """`target`, which holds the rows of all parts in their order; a row group at a time is in memory."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - needed for tables of several parts only

    with pq.ParquetWriter(target, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group))
    return target


def _content(manifest: Manifest) -> str:
    """What tells the table's content: the sha-256 over those of its files."""
    return hashlib.sha256("".join(file.sha256 for file in manifest.files).encode()).hexdigest()
