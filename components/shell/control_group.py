"""What the container of this process has: its processors and its memory, as the control group says."""

import math
import os
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")
_MEGABYTE, _GIGABYTE = 10**6, 10**9
_UNITS = {"MB": _MEGABYTE, "GB": _GIGABYTE}
# No step of a pipeline has more, unless it is compiled for more.
_USUAL = 4 << 30


def processors(group: Path = _GROUP) -> int:
    """The processors that this process may keep busy, at least one.

    A library that starts a thread for each of the machine's would have them all wait for their share of a pod's.
    """
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = _share(group)
    return max(1, min(ours, math.ceil(quota / period))) if quota > 0 and period > 0 else ours


def engine_memory(usual: str, group: Path = _GROUP) -> str:
    """What an engine may hold: `usual` (`2GB`), and half of what its container may hold beyond 4 GiB.

    The other half is for what is read and written beside it. Without a limit, as on a laptop, it is as usual: others
    work there too.
    """
    number, unit = int(usual[:-2]), _UNITS[usual[-2:]]
    more = max(0, _limit(group) - _USUAL) // 2
    return f"{(number * unit + more) // _MEGABYTE}MB"


def _share(group: Path) -> tuple[int, int]:
    """How many microseconds of processor the control group has in a period; zeros where nothing limits it."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        files = [group / name for name in names]
        if all(file.is_file() for file in files):
            words = " ".join(file.read_text() for file in files).split()
            numbers = [int(word) for word in words if word.lstrip("-").isdecimal()]
            return (numbers[0], numbers[1]) if len(numbers) > 1 else (0, 0)
    return 0, 0


def _limit(group: Path) -> int:
    """The bytes that the control group may hold; zero where nothing limits it, or what does is more than there is."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        file = group / name
        if file.is_file():
            text = file.read_text().strip()
            limit = int(text) if text.isdecimal() else 0
            return limit if limit <= _machine() else 0
    return 0


def _machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
