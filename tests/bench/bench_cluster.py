"""What the engine adds to the steps: a compiled pipeline on a cluster beside a minimal workflow of its shape.

The time of a run less that of its steps' containers, per step: at most a tenth more than for the workflow written by
hand in minimal_workflow.yaml, whose steps sleep for as long as the real ones work. Runs take turns, so that both meet
the same neighbours. With --settings the same for several pauses of Argo's controller between two looks at a workflow,
and how long several minimal workflows take at once under several limits to how many may run.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.shell.instants import format_instant, parse_instant
from tests.e2e import places
from tests.e2e.argo import Cluster
from tests.e2e.places import FIRST, Place

TARGET = 1.10
PIPELINE = "moderation-training"
MINIMAL = Path(__file__).with_name("minimal_workflow.yaml")
NODE = "workflows.argoproj.io/node-name"
# How long the controller waits before it looks at a workflow again: Argo's own pause, ours, and one shorter still.
OURS = "1s"
SETTINGS = ("10s", OURS, "100ms")
AT_ONCE, LIMITS = 4, ("none", "2", "1")


@dataclass(frozen=True)
class Cost:
    """Seconds of a run, and of the container of each of its steps."""

    wall: float
    steps: Mapping[str, float]

    @property
    def per_step(self) -> float:
        """Seconds that the engine took for each step."""
        return (self.wall - sum(self.steps.values())) / len(self.steps)


def measure(place: Place, name: str) -> Cost:
    """The cost of a run, once it has ended; its pods are still there."""
    run = place.wait(name)
    assert run.phase == "Succeeded", run.explain()
    status = run.document["status"]
    pods = place.list("pods", f"workflows.argoproj.io/workflow={name}")
    steps = {pod["metadata"]["annotations"][NODE].rpartition(".")[2].partition("(")[0]: _main(pod) for pod in pods}
    return Cost(_seconds(status["startedAt"], status["finishedAt"]), steps)


def _main(pod: Mapping[str, Any]) -> float:
    (state,) = [each["state"] for each in pod["status"]["containerStatuses"] if each["name"] == "main"]
    return _seconds(state["terminated"]["startedAt"], state["terminated"]["finishedAt"])


def _seconds(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def compiled(place: Place, day: int) -> Cost:
    """A run of the pipeline on a day's rows."""
    return measure(place, place.submit(PIPELINE, as_of=format_instant(parse_instant(FIRST) + timedelta(days=day))))


def minimal(place: Place, steps: Mapping[str, float]) -> Cost:
    """A run of the workflow written by hand, its steps as long as those given."""
    return measure(place, start_minimal(place, steps))


def start_minimal(place: Place, steps: Mapping[str, float]) -> str:
    """The name of such a run, which has begun."""
    document = yaml.safe_load(MINIMAL.read_text())
    parameters = [{"name": name, "value": str(seconds)} for name, seconds in steps.items()]
    document["spec"]["arguments"] = {"parameters": parameters}
    made = place.kubectl("create", "-f", "-", "-o", "name", text=json.dumps(document))
    return made.strip().rpartition("/")[2]


def compare(place: Place, runs: int, first_day: int) -> tuple[float, float, float]:
    """Medians: the engine's seconds per step of either workflow, and the seconds of a whole compiled run."""
    pairs = []
    for day in range(first_day, first_day + runs):
        ours = compiled(place, day)
        pairs.append((ours, minimal(place, ours.steps)))
    ours_each, minimal_each = ([cost.per_step for cost in costs] for costs in zip(*pairs, strict=True))
    return (
        statistics.median(ours_each),
        statistics.median(minimal_each),
        statistics.median(ours.wall for ours, _ in pairs),
    )


def set_requeue(pause: str) -> None:
    """Start the controller anew with another pause between two looks at a workflow."""
    controller = Cluster("argo")
    controller.kubectl("set", "env", "deploy/workflow-controller", f"DEFAULT_REQUEUE_TIME={pause}")
    controller.kubectl("rollout", "status", "deploy/workflow-controller", "--timeout=180s")


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


def within_target(place: Place, runs: int, settings: Sequence[str]) -> bool:
    """Print a line for each setting; whether the target is met with ours."""
    met = True
    for number, setting in enumerate(settings):
        set_requeue(setting)
        ours, bare, wall = compare(place, runs, 1 + number * runs)
        print(
            f"requeue {setting:>5}: run {wall:5.1f} s; per step {ours:5.2f} s compiled, {bare:5.2f} s minimal,"
            f" ratio {ours / bare:4.2f} (target {TARGET:.2f})"
        )
        met = met and (setting != OURS or ours / bare <= TARGET)
    return met


def main() -> None:
    """Print the figures and leave with 1 when a compiled pipeline costs more than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--settings", action="store_true", help="compare settings of Argo's controller")
    arguments = parser.parse_args()
    if "KUBECONFIG" not in os.environ:
        print("no cluster: set KUBECONFIG to measure what Argo adds to the steps")
        return
    places.deploy()
    with tempfile.TemporaryDirectory() as scratch:
        place = places.create(Path(scratch), [PIPELINE])
        # Succeeded pods stay, for only they know how long a step's own container ran.
        keep = '[{"op": "remove", "path": "/spec/podGC"}]'
        place.kubectl("patch", "workflowtemplate", PIPELINE, "--type=json", "-p", keep)
        try:
            steps = compiled(place, 0).steps
            met = within_target(place, arguments.runs, SETTINGS if arguments.settings else [OURS])
            if arguments.settings:
                compare_limits(place, steps)
        finally:
            places.remove(place)
            set_requeue(OURS)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
