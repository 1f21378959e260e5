"""What a process costs."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of processor and peak memory in MiB of a process."""

    seconds: float
    cpu: float
    memory: int


def run(command: Sequence[str], *, quiet: bool = False, code: int = 0, **arguments: object) -> Cost:
    """What a process costs, with these arguments as its flags, and those that it has waited for.

    `quiet` keeps what it says to itself; with another exit code than `code` the benchmark ends.
    """
    options = (f"--{name.replace('_', '-')}={value}" for name, value in arguments.items())
    start = time.perf_counter()
    said = subprocess.DEVNULL if quiet else None
    with subprocess.Popen([*command, *options], stdout=said, stderr=said) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def least(costs: Sequence[Cost]) -> Cost:
    """The least of each figure."""
    return Cost(
        min(each.seconds for each in costs), min(each.cpu for each in costs), min(each.memory for each in costs)
    )
