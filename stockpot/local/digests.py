"""Hashes of files, each read once as long as it stays the same."""

import hashlib
import time
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

# Time of change, size and inode.
Stamp: TypeAlias = tuple[int, int, int]
# Within so many seconds a file may change twice and keep its time of change.
_CLOCK_TICK = 0.1


def stamp(path: Path) -> Stamp | None:
    """What differs once a file has changed; None where it has changed only just now.

    Raises:
        OSError: it is not there.
    """
    status = path.stat()
    if time.time() - status.st_mtime < _CLOCK_TICK:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def digest(path: Path) -> str:
    """The SHA-256 of a file's content.

    Raises:
        OSError: it cannot be read.
    """
    current = stamp(path)
    return _known(path, current) if current else _read(path)


@lru_cache(maxsize=1 << 16)
def _known(path: Path, _stamp: Stamp) -> str:
    return _read(path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
