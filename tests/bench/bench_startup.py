"""What a command that only looks costs: at most 0.6 s of processor, and no more than `import kfp` alone.

Each command and the import take turns, in processes of their own; the least of each counts. First everything is traced
and compiled once, as after any change of the code: that call is printed and has no target, for it imports KFP and more.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.cost import best, by_turns, run
from tests.bench.environments import STOCKPOT
from tests.bench.rows import Other, Row, most

SMALL = 0.4
TARGETS = (most(0.6, "cpu", scale=0), most(1, "peer", scale=0))
IMPORT = "import kfp"
COMMANDS = {
    "stockpot --help": 0,
    "stockpot list": 0,
    "stockpot show moderation-training": 0,
    "stockpot plan moderation-training": 0,
    "stockpot plan moderation-trainin": 11,
    "stockpot run moderation-training --param view_from=events": 11,
    "stockpot list --outpt json": 11,
}


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Each command beside the import."""
    os.environ.update({"XDG_CACHE_HOME": f"{scratch}/cache", "STOCKPOT_HOME": f"{scratch}/home"})
    ways = {name: partial(run, [STOCKPOT, *name.split()[1:]], code=code) for name, code in COMMANDS.items()}
    for name, way in ways.items():
        print(f"    the first {name}: {way().cpu:.2f} s CPU", flush=True)
    ways[IMPORT] = partial(run, [sys.executable, "-c", IMPORT])
    found = by_turns(ways, max(3, int(7 * scale)), best)
    for name in COMMANDS:
        yield Row(name, found[name], Other(IMPORT, found[IMPORT]), targets=TARGETS, by="cpu")
