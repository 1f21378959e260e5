"""What a process costs: its time, its processor, and the most memory that it has held.

`ru_maxrss` alone tells too much: a process takes over the peak of the one that started it (execve(2) keeps it), and
the tests' own may be larger than what they start.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def own_peak() -> int:
    """The peak of this process, in MiB."""
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found, "this system does not tell a process's peak"
    return int(found[1]) >> 10


def measured(command: list[str], cost: Path) -> list[str]:
    """The command that does the same, with the same exit code, and writes what it cost to the file `cost`, as JSON.

    That is `seconds` by the clock, `cpu`, which is seconds of processor, and `memory`, the peak in MiB of the largest:
    of the process and of those that it has waited for.
    """
    return [sys.executable, __file__, str(cost), *command]


def _measure(cost: Path, command: list[str]) -> int:
    """Run the command from a process that is small itself: this one."""
    begin = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    seconds, cpu = time.perf_counter() - begin, usage.ru_utime + usage.ru_stime
    cost.write_text(json.dumps({"seconds": seconds, "cpu": cpu, "memory": usage.ru_maxrss >> 10}))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_measure(Path(sys.argv[1]), sys.argv[2:]))
