"""When what is kept between runs was last used, and how much room it takes."""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.settings import setting

_AGE = re.compile(r"(\d{1,5})([hdw])")
_RETENTION = timedelta(days=30)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def last_used(directory: Path) -> datetime:
    """When the directory was last used; one that somebody else has just removed counts as used now."""
    try:
        return datetime.fromtimestamp(directory.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)


def parse_age(text: str) -> timedelta:
    """The age that a text such as `30d`, `12h` or `2w` names.

    Raises:
        ConfigurationError: it names none.
    """
    matched = _AGE.fullmatch(text.strip())
    if not matched:
        raise ConfigurationError(f"'{text}' is no age", "write hours, days or weeks as 12h, 30d or 2w")
    return int(matched[1]) * _UNITS[matched[2]]


def kept_for(asked: str, environ: Mapping[str, str]) -> timedelta:
    """How long what nobody uses is kept: as asked, else STOCKPOT_RETENTION_DAYS, else 30 days.

    Raises:
        ConfigurationError: what is asked is no age, or the setting no number of days.
    """
    if asked:
        return parse_age(asked)
    days = setting("STOCKPOT_RETENTION_DAYS").usable(environ)
    return timedelta(days=int(days)) if days else _RETENTION


def size(directory: Path) -> int:
    """The bytes of all files below the directory, each counted once however many names it has there."""
    return sum(length for length, _, _ in _files([directory]).values())


def freed(directories: Iterable[Path]) -> int:
    """The bytes that removing these directories gives back: those of files that have no other name elsewhere."""
    return sum(length for length, names, seen in _files(directories).values() if seen >= names)


def _files(directories: Iterable[Path]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Size, names and names seen of each file, by device and inode. What vanishes meanwhile is left out."""
    files: dict[tuple[int, int], tuple[int, int, int]] = {}
    for directory in directories:
        for folder, _, names in os.walk(directory):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    known = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - of a hundred thousand files
                    seen = files.get((known.st_dev, known.st_ino), (0, 0, 0))[2]
                    files[known.st_dev, known.st_ino] = (known.st_size, known.st_nlink, seen + 1)
    return files
