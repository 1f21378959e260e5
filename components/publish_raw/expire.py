"""Folders of runs that have been there for long enough."""

import re
from collections.abc import Mapping
from datetime import datetime

from components.publish_raw.objects import Bucket
from components.shell.datasets import MANIFEST

# As `key_of` makes them: whatever else lies beside them is somebody else's.
_RUN_KEY = re.compile(r"[0-9a-f]{32}")


def expire(lake: Bucket, prefix: str, run_key: str, before: datetime) -> int:
    """Remove the folders of other runs in which nothing was written since that instant; how many there were.

    Of each the manifest goes first, so that no reader trusts what is left. A run that comes again under an old key
    writes its objects anew, and each is looked at once more before it goes.
    """
    old = [
        objects
        for folder, objects in _folders(lake, f"{prefix}/").items()
        if folder != run_key and _RUN_KEY.fullmatch(folder) and max(objects.values()) < before
    ]
    for objects in old:
        for name in sorted(objects, key=lambda one: not one.endswith(MANIFEST)):
            lake.remove_old(name, before)
    return len(old)


def _folders(lake: Bucket, prefix: str) -> Mapping[str, Mapping[str, datetime]]:
    """The objects of each folder below the prefix, with when each was written."""
    folders: dict[str, dict[str, datetime]] = {}
    for name, written in lake.written(prefix).items():
        folder, within, _ = name.removeprefix(prefix).partition("/")
        if within:
            folders.setdefault(folder, {})[name] = written
    return folders
