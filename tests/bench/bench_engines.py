"""Seven empty steps in a row by the whole command: quicker than other engines on this machine, in under 1.5 s.

All hand a value from step to step. Stockpot and `kfp.local` run the very same Python components, Metaflow too starts a
process for each step; Prefect and Dagster call functions in one process, which is less. Each engine gets its own
environment (tests/bench/environments.py), a home that is new, and a call that is not measured. Then all take turns; the
least of each counts. Targets are by the clock; the processor is told too, for it means the same on a machine that
others use.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.bench.cost import best, by_turns, run
from tests.bench.environments import STOCKPOT, other
from tests.bench.rows import Other, Row, least, most

SMALL = 0.4
FASTEST = least(1, "peer", scale=0)
TARGET = most(1.5, "seconds", scale=0)
FLOWS = Path(__file__).parent / "seven_steps"
# As they are in November 2026.
PEERS = {"metaflow==2.19.39": ("on_metaflow.py", "run"), "prefect==3.9.1": ("on_prefect.py",),
         "dagster==1.13.29": ("on_dagster.py",)}  # fmt: skip
OURS, KFP = "stockpot run", "kfp.local"


def commands(home: Path) -> dict[str, Sequence[object]]:
    """What a person types, by engine; those that cannot be installed are left out."""
    pythons = {name: other(name) for name in PEERS}
    return {
        OURS: [STOCKPOT, "run", f"{FLOWS}/on_kfp.py:seven_steps"],
        KFP: [sys.executable, FLOWS / "on_kfp.py", home / "kfp"],
        **{name: [pythons[name], FLOWS / file, *words] for name, (file, *words) in PEERS.items() if pythons[name]},
    }


def surroundings(home: Path) -> Mapping[str, str]:
    """Where the engines keep what they keep, and that they tell nobody of it."""
    (home / "dagster").mkdir()
    return {
        "STOCKPOT_HOME": f"{home}/stockpot",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": f"{home}/metaflow",
        "METAFLOW_USER": "bench",
        "PREFECT_HOME": f"{home}/prefect",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A busy machine takes longer to start its server than the 20 s that it waits by itself.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "DAGSTER_HOME": f"{home}/dagster",
        "DO_NOT_TRACK": "1",
    }


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Ours beside each of the others."""
    engines = commands(scratch)
    os.environ.update(surroundings(scratch))
    ways = {name: partial(run, words) for name, words in engines.items()}
    for way in ways.values():
        way()
    found = by_turns(ways, max(2, int(5 * scale)), best)
    for name in (KFP, *PEERS):
        targets = (TARGET, FASTEST) if name == KFP else (FASTEST,)
        yield Row("seven empty steps, the whole command", found[OURS], Other(name, found.get(name)), targets=targets)
