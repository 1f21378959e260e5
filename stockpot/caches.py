"""Where what can be made again is kept between calls."""

import contextlib
import os
from pathlib import Path


def cache() -> Path:
    """What is ours in the user's cache, or STOCKPOT_CACHE, whether or not it is there."""
    named = os.environ.get("STOCKPOT_CACHE", "").strip()
    return Path(named).absolute() if named else users_cache() / "stockpot"


def users_cache() -> Path:
    """The user's cache as XDG and uv find it, whether or not it is there; relative where nobody knows a home."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - Path would raise where there is no home


def mark_used(directory: Path) -> None:
    """Note that the directory was used now. Where that may not be noted, it looks older than it is."""
    with contextlib.suppress(OSError):
        os.utime(directory)
