"""The latest state of a table as one object, not replaced by an older one where that can be known.

What is there is looked at right before it is replaced. A run that hangs between the two still replaces a newer state:
not every store knows conditional writes, least of all for copies. The next run mends it.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.publish_raw.objects import Bucket, digest
from components.shell.datasets import Manifest
from components.shell.instants import format_instant, parse_instant

# The most that a store copies in one call.
_COPYABLE = 5 << 30


@dataclass(frozen=True)
class Origin:
    """Where raw tables come from: their run's key, the database system, and how far that was at the snapshot.

    That is its count of transactions, its timeline (0 where it is not known) and its clock. Two systems cannot be
    compared, and without a count or an instant nothing can be compared.
    """

    run_key: str
    system: str = ""
    snapshot: int | None = None
    timeline: int = 0
    taken_at: datetime | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The origin as an object's metadata."""
        return {
            "run-key": self.run_key,
            "system": self.system or "-",
            "snapshot": str(self.snapshot or 0),
            "timeline": str(self.timeline),
            "taken-at": format_instant(self.taken_at) if self.taken_at else "-",
        }

    def older_than(self, tags: Mapping[str, str]) -> bool:
        """Whether the object with these metadata shows a later instant of the same system.

        All that is known must say so: a restore to a point in time keeps the system and sets its count back, and begins
        another timeline, if not always one of a higher number; and clocks go wrong.
        """
        there = _parse_origin(tags)
        if None in (self.snapshot, there.snapshot, self.taken_at, there.taken_at) or self.system != there.system:
            return False
        lines = (self.timeline, there.timeline) if self.timeline and there.timeline else (0, 0)
        further = (lines[0], self.snapshot or 0) < (lines[1], there.snapshot or 0)
        return further and self._taken_before(there)

    def _taken_before(self, there: "Origin") -> bool:
        return self.taken_at is not None and there.taken_at is not None and self.taken_at < there.taken_at


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
    same = there is not None and all(there.get(name) == tags[name] for name in ("content", "snapshot", "timeline"))
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


def _parse_origin(tags: Mapping[str, str]) -> Origin:
    """The origin in an object's metadata; those that older versions have put hold less of it."""
    count, line, taken = (tags.get(name, "") for name in ("snapshot", "timeline", "taken-at"))
    return Origin(
        run_key=tags.get("run-key", ""),
        system=tags.get("system", ""),
        snapshot=int(count) if count.isdigit() else None,
        timeline=int(line) if line.isdigit() else 0,
        taken_at=parse_instant(taken) if taken.endswith("Z") else None,
    )


def _content(manifest: Manifest) -> str:
    """The hash of the table's content: the sha-256 over those of its files."""
    return hashlib.sha256("".join(file.sha256 for file in manifest.files).encode()).hexdigest()
