"""Files that are there whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A hidden path to write to, which takes the place of `path` once all is written; after an error nothing is left.

    A reader sees the old content or the new, never a part. Any number of writers may be at it at once: the last of them
    wins, whole.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(path)
    except BaseException:
        # What went wrong first is what is reported.
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`, on disk before it takes its place; directories are made where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_parameter(path: Path, value: object) -> None:
    """Hand a small value to the next steps through the file the engine named."""
    write_atomically(path, str(value).encode())
