"""The most memory that a process has held.

`ru_maxrss` alone tells too much: a process takes over the peak of the one that started it (execve(2) keeps it), and
the tests' own may be larger than what they start.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def own_peak() -> int:
    """The peak of this process, in MiB."""
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found, "this system does not tell a process's peak"
    return int(found[1]) >> 10


def measured(command: list[str], peak: Path) -> list[str]:
    """The command that does the same, with the same exit code, and writes its peak in MiB to the file `peak`."""
    return [sys.executable, __file__, str(peak), *command]


def _measure(peak: Path, command: list[str]) -> int:
    """Run the command from a process that is small itself: this one."""
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    peak.write_text(str(usage.ru_maxrss >> 10))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_measure(Path(sys.argv[1]), sys.argv[2:]))
