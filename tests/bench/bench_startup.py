"""What a command that only looks costs: in processor time at most as much as `import kfp` alone.

Each command and the import take turns, in processes of their own; the least of each counts. First everything is traced
and compiled once, as after any change of the code: that call is shown and has no target, for it imports KFP and more.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = 1.0
STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
IMPORT = [sys.executable, "-c", "import kfp"]
COMMANDS = {
    "stockpot --help": 0,
    "stockpot list": 0,
    "stockpot show moderation-training": 0,
    "stockpot plan moderation-training": 0,
    "stockpot plan moderation-trainin": 11,
    "stockpot run moderation-training --param view_from=events": 11,
    "stockpot list --outpt json": 11,
}


def seconds(command: list[str], environment: dict[str, str], code: int = 0) -> float:
    """Processor time of a process, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code, done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures and leave with 1 when a command costs more than the import."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    times = max(3, int(7 * parser.parse_args().scale))
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "XDG_CACHE_HOME": f"{scratch}/cache", "STOCKPOT_HOME": f"{scratch}/home"}
        words = {name: [STOCKPOT, *name.split()[1:]] for name in COMMANDS}
        anew = {name: seconds(words[name], environment, code) for name, code in COMMANDS.items()}
        spent: dict[str, list[float]] = {name: [] for name in COMMANDS}
        bare = []
        for _ in range(times):
            bare.append(seconds(IMPORT, environment))
            for name, code in COMMANDS.items():
                spent[name].append(seconds(words[name], environment, code))
    floor = min(bare)
    print(f"{'import kfp':<60}{floor:>6.2f} s   best of {times}, processor time")
    for name, found in spent.items():
        print(f"{name:<60}{min(found):>6.2f} s{min(found) / floor:>6.2f} of it; the first of them {anew[name]:.2f} s")
    print(f"target: at most {TARGET:.1f} of it")
    sys.exit(0 if max(map(min, spent.values())) <= TARGET * floor else 1)


if __name__ == "__main__":
    main()
