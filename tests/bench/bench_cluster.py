"""What the engine adds to the steps: a compiled pipeline on a cluster beside a minimal workflow of its shape.

The time of a run less that of its steps' containers, per step: at most a tenth more than for the workflow written by
hand in minimal_workflow.yaml, whose steps sleep for as long as the real ones work. Runs take turns, so that both meet
the same neighbours, and medians of three are compared: one pair of runs says little, and is not judged. `python -m
tests.bench.cluster_settings` tells the same for other settings of Argo's controller.
"""

import json
import os
import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.shell.instants import format_instant, parse_instant
from tests.bench import cost
from tests.bench.rows import Other, Row, most
from tests.e2e import places
from tests.e2e.argo import Cluster
from tests.e2e.places import FIRST, Place

SMALL = 0.3
TARGET = most(1.10, "peer")
RUNS = 3
PIPELINE = "moderation-training"
MINIMAL = Path(__file__).with_name("minimal_workflow.yaml")
NODE = "workflows.argoproj.io/node-name"
# How long the controller waits before it looks at a workflow again.
OURS = "1s"


@dataclass(frozen=True)
class Spent:
    """Seconds of a run, and of the container of each of its steps."""

    wall: float
    steps: Mapping[str, float]

    @property
    def per_step(self) -> float:
        """Seconds that the engine took for each step."""
        return (self.wall - sum(self.steps.values())) / len(self.steps)


def spent(place: Place, name: str) -> Spent:
    """The cost of a run, once it has ended; its pods are still there."""
    run = place.wait(name)
    assert run.phase == "Succeeded", run.explain()
    status = run.document["status"]
    pods = place.list("pods", f"workflows.argoproj.io/workflow={name}")
    steps = {pod["metadata"]["annotations"][NODE].rpartition(".")[2].partition("(")[0]: _main(pod) for pod in pods}
    return Spent(seconds_between(status["startedAt"], status["finishedAt"]), steps)


def _main(pod: Mapping[str, Any]) -> float:
    (state,) = [each["state"] for each in pod["status"]["containerStatuses"] if each["name"] == "main"]
    return seconds_between(state["terminated"]["startedAt"], state["terminated"]["finishedAt"])


def seconds_between(begin: str, end: str) -> float:
    """The seconds between two instants, as Kubernetes writes them."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def compiled(place: Place, day: int) -> Spent:
    """A run of the pipeline on a day's rows."""
    return spent(place, place.submit(PIPELINE, as_of=format_instant(parse_instant(FIRST) + timedelta(days=day))))


def minimal(place: Place, steps: Mapping[str, float]) -> Spent:
    """A run of the workflow written by hand, its steps as long as those given."""
    return spent(place, start_minimal(place, steps))


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
    ours_each, minimal_each = ([each.per_step for each in runs] for runs in zip(*pairs, strict=True))
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


@contextmanager
def place_for(scratch: Path) -> Iterator[Place]:
    """A place on the cluster with the pipeline; afterwards the controller is as it was."""
    places.deploy()
    place = places.create(scratch, [PIPELINE])
    # Succeeded pods stay, for only they know how long a step's own container ran.
    keep = '[{"op": "remove", "path": "/spec/podGC"}]'
    place.kubectl("patch", "workflowtemplate", PIPELINE, "--type=json", "-p", keep)
    try:
        yield place
    finally:
        places.remove(place)
        set_requeue(OURS)


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """What a step of either workflow costs beside its container."""
    work = "what Argo adds to a step"
    if "KUBECONFIG" not in os.environ:
        yield Row(f"{work}: no cluster, KUBECONFIG is not set")
        return
    with place_for(scratch) as place:
        compiled(place, 0)
        set_requeue(OURS)
        ours, bare, wall = compare(place, max(1, int(RUNS * scale)), 1)
    by_hand = Other("a minimal workflow", cost.Cost(bare))
    yield Row(f"{work} of a run of {wall:.0f} s", cost.Cost(ours), by_hand, targets=(TARGET,))
