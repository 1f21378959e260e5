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


def run(command: Sequence[str], **arguments: object) -> Cost:
    """What a process costs, with these arguments as its flags."""
    options = (f"--{name.replace('_', '-')}={value}" for name, value in arguments.items())
    start = time.perf_counter()
    with subprocess.Popen([*command, *options]) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
