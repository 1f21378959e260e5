"""What a wide loop costs on a cluster: steps over the numbers of a list, and one step that has what all of them gave.

Argo keeps how each step stands in the workflow's own object, of which etcd takes 1.5 MB, and its controller holds all
of it in memory. Runs of 12, 50 and 200 steps are told by their time, by the size of that object as it is stored, and by
what the controller holds at most meanwhile. No target is named: nobody has said what such a loop may cost.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from kfp import dsl

from stockpot.cluster.submission import one_off
from stockpot.compiler.definitions import from_component
from stockpot.compiler.profiles import Profile
from tests.bench.bench_cluster import seconds_between
from tests.bench.cost import Cost
from tests.bench.rows import Row
from tests.e2e import places
from tests.e2e.argo import Cluster
from tests.e2e.places import Place
from tests.e2e.test_argo_compiler import IMAGES

SMALL = 0.25
WIDTHS = (12, 50, 200)
AT_ONCE = 20
MIB = 1 << 20
IMAGE = "python:3.11-slim-bookworm"
SAVE = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(str(int(sys.argv[1]) * 2))"
SUM = "import json, sys; found = json.loads(sys.argv[1]); assert sum(found) == len(found) * (len(found) - 1), found"


@dsl.container_component
def double(number: int, twice: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    """Save twice the number."""
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-c", SAVE], args=[number, twice])


@dsl.container_component
def check(numbers: list[int]) -> dsl.ContainerSpec:
    """Fail unless these are twice 0, 1, 2 and so on."""
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-c", SUM], args=[numbers])


@dsl.pipeline(name="fan-out")
def fan_out(numbers: list[int]) -> None:
    """Double each number in a step of its own, and check all of them in one."""
    with dsl.ParallelFor(numbers, parallelism=AT_ONCE) as number:
        doubled = double(number=number)
    check(numbers=dsl.Collected(doubled.outputs["twice"]))


def run(place: Place, width: int) -> Cost:
    """A run of so many steps at a loop: its seconds, the controller's peak, and the size of the workflow's object."""
    plan = from_component(fan_out)
    document = one_off(plan, {"numbers": json.dumps([*range(width)])}, None, Profile.RESTRICTED)
    text = json.dumps(document)
    for name, ours in IMAGES.items():
        text = text.replace(f'"{name}"', f'"{ours}"')
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        peak = pool.submit(_peak, ended)
        try:
            made = place.kubectl("create", "-f", "-", "-o", "name", text=text).strip().rpartition("/")[2]
            found = place.wait(made, 1800)
        finally:
            ended.set()
    assert found.phase == "Succeeded", found.explain()
    status = found.document["status"]
    size = len(json.dumps(found.document, separators=(",", ":")).encode())
    seconds = seconds_between(status["startedAt"], status["finishedAt"])
    return Cost(seconds, memory=peak.result() / MIB, sent=size / 1e6)


def _peak(ended: Event) -> float:
    """The most bytes that the controller held, looked at every second until the end."""
    argo = Cluster("argo")
    (node,) = {pod["spec"]["nodeName"] for pod in argo.list("pods", "app=workflow-controller")}
    most_seen = 0
    while True:
        told = json.loads(argo.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
        held = [
            pod["memory"]["workingSetBytes"]
            for pod in told["pods"]
            if pod["podRef"]["name"].startswith("workflow-controller") and "memory" in pod
        ]
        most_seen = max([most_seen, *held])
        if ended.wait(1):
            return most_seen


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """The widest loop, with all of them by width."""
    widths = [width for width in WIDTHS if width <= max(WIDTHS) * scale] or [WIDTHS[0]]
    work = f"a loop of {widths[-1]} steps on a cluster"
    if "KUBECONFIG" not in os.environ:
        yield Row(f"{work}: no cluster, KUBECONFIG is not set")
        return
    places.deploy()
    place = places.create(scratch, [])
    try:
        found = {}
        for width in widths:
            found[width] = run(place, width)
            told = found[width]
            print(f"    {width}: {told.seconds:.0f} s, object of {told.sent:.2f} MB, controller {told.memory:.0f} MiB")
    finally:
        places.remove(place)
    yield Row(work, found[widths[-1]], sizes=found)
