"""The runner's own cost per step, beside the step's process: at most 100 ms.

A chain of steps that do nothing is run by the runner, and the very same processes are run one after the other by hand.
What the runner takes longer is its own cost: records, environments, inputs, outputs, events.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from stockpot.compiler import ir
from stockpot.compiler.placeholders import OutputPath, Text
from stockpot.local.environments import ensure
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from tests.bench.cost import Cost
from tests.bench.rows import Row, most
from tests.harness.memory import own_peak

SMALL = 0.125
TARGET = most(0.1, "seconds", scale=0)
STEP = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')\n"


def chain(length: int, *, caching: bool) -> ir.Pipeline:
    """A pipeline of `length` steps, each after the one before, no two of which are alike."""
    return ir.Pipeline("chain", "", ir.Component("", ir.Dag(tuple(link(index, caching) for index in range(length)))))


def link(index: int, caching: bool) -> ir.Task:
    """One step of the chain."""
    words = ("python", "-m", "components.nothing")
    arguments = (Text((OutputPath("out"),)), Text((str(index),)))
    container = ir.Container("nothing", tuple(Text((word,)) for word in words), arguments)
    component = ir.Component("nothing", container, output_artifacts={"out": ir.Artifact("out", "system.Artifact")})
    return ir.Task(f"step-{index}", component, (f"step-{index - 1}",) if index else (), caching=caching)


def workshop(root: Path) -> Project:
    """A project with one image without packages."""
    for folder in ("components/nothing", "images/nothing"):
        (root / folder).mkdir(parents=True)
    (root / "components/__init__.py").touch()
    (root / "components/nothing/__init__.py").touch()
    (root / "components/nothing/__main__.py").write_text(STEP)
    (root / "images/nothing/requirements.txt").write_text("")
    return Project(code=root, images=root / "images", environments=root / "environments")


def by_hand(project: Project, length: int, root: Path) -> float:
    """Seconds that the bare processes take."""
    python = ensure(project, "nothing").python
    environment = {"PATH": os.defpath, "PYTHONPATH": str(project.code), "PYTHONSAFEPATH": "1", "LANG": "C.UTF-8"}
    begin = time.perf_counter()
    for _ in range(length):
        subprocess.run([python, "-m", "components.nothing", str(root / "out")], env=environment, check=True)
    return time.perf_counter() - begin


def by_runner(project: Project | None, pipeline: ir.Pipeline, home: Path) -> float:
    """Seconds that a run takes."""
    begin = time.perf_counter()
    run = run_pipeline(pipeline, {}, home=home, project=project, jobs=1)
    assert run.exit_code == 0, run.error
    return time.perf_counter() - begin


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """What the runner takes longer than the processes by hand, per step."""
    length = max(5, int(40 * scale))
    project = workshop(scratch)
    by_hand(project, 3, scratch)
    for name, caching in (("not cached", False), ("cached, first time", True), ("cached, second time", True)):
        bare = by_hand(project, length, scratch)
        ours = by_runner(project, chain(length, caching=caching), scratch / f"home-{caching}")
        own = Cost(max(0.0, ours - bare) / length, memory=own_peak())
        yield Row(f"the runner's own cost of each of {length} steps, {name}", own, targets=(TARGET,))
