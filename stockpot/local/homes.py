"""A home, where runs, cache and services are kept: for its owner alone, whatever the umask."""

import contextlib
from pathlib import Path

HOME = Path(".stockpot")
"""The home where none is named."""
FETCHED = "cluster"
"""The part for pages that were fetched from clusters, by namespace and run."""
_OTHERS = 0o077


def private(home: Path, part: str) -> Path:
    """The directory `part` of `home`, made where it is missing; nobody else may enter it.

    A home that is made is private too. One that was there may be somebody's for other things, and keeps its rights.
    """
    whole = home.resolve()
    whole.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = whole / part
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_mode & _OTHERS:
        with contextlib.suppress(PermissionError):  # somebody else's, who lets us in
            directory.chmod(0o700)
    return directory
