"""`python -m tests.bench.cluster_settings`: what the engine adds to steps, by settings of Argo's controller.

Beside tests/bench/bench_cluster.py, which measures ours: several pauses between two looks at a workflow, and how long
several minimal workflows take at once under several limits to how many may run.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.bench_cluster import OURS, RUNS, compare, compiled, place_for, set_requeue, start_minimal
from tests.e2e.argo import Cluster
from tests.e2e.places import Place

# Argo's own pause, ours, and one shorter still.
PAUSES = ("10s", OURS, "100ms")
AT_ONCE, LIMITS = 4, ("none", "2", "1")


def set_parallelism(limit: str) -> None:
    """Have the controller run at most so many workflows at the same time; the rest wait."""
    patch = json.dumps({"data": {"parallelism": None if limit == "none" else limit}})
    Cluster("argo").kubectl("patch", "configmap", "workflow-controller-configmap", "--type=merge", "-p", patch)


def compare_limits(place: Place, steps: Mapping[str, float]) -> None:
    """Print how long minimal workflows take that are submitted together, under each limit."""
    set_requeue(OURS)
    try:
        for limit in LIMITS:
            set_parallelism(limit)
            began = time.monotonic()
            for name in [start_minimal(place, steps) for _ in range(AT_ONCE)]:
                assert place.wait(name, 1200).phase == "Succeeded"
            print(f"parallelism {limit:>4}: {AT_ONCE} at once take {time.monotonic() - began:5.1f} s")
    finally:
        set_parallelism("none")


def compare_pauses(place: Place) -> None:
    """Print what a step costs either workflow, for each pause."""
    for number, pause in enumerate(PAUSES):
        set_requeue(pause)
        ours, bare, wall = compare(place, RUNS, 1 + number * RUNS)
        print(
            f"requeue {pause:>5}: run {wall:5.1f} s; per step {ours:5.2f} s, {bare:5.2f} s minimal: {ours / bare:4.2f}"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _scratch, place_for(Path(_scratch)) as _place:
        _steps = compiled(_place, 0).steps
        compare_pauses(_place)
        compare_limits(_place, _steps)
