"""Files that are there whole or not at all."""

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader sees the old content or the new, never a part.

    Any number of writers may write one path at once: the last of them wins, whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """A hidden name beside `path` for what is not whole yet, which no other writer has."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def write_parameter(path: Path, value: object) -> None:
    """Hand a small value to the next steps through the file the engine named."""
    write_atomically(path, str(value).encode())
