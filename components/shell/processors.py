"""How many processors a step may use: fewer than the machine has, where a container says so."""

import math
import os
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")


def processors(group: Path = _GROUP) -> int:
    """The processors that this process may keep busy, at least one.

    A library that starts a thread for each of the machine's would have them all wait for their share of a pod's.
    """
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = _share(group)
    return max(1, min(ours, math.ceil(quota / period))) if quota > 0 and period > 0 else ours


def _share(group: Path) -> tuple[int, int]:
    """How many microseconds of processor the control group has in a period; zeros where nothing limits it."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        files = [group / name for name in names]
        if all(file.is_file() for file in files):
            words = " ".join(file.read_text() for file in files).split()
            numbers = [int(word) for word in words if word.lstrip("-").isdecimal()]
            return (numbers[0], numbers[1]) if len(numbers) > 1 else (0, 0)
    return 0, 0
