"""The runner's own cost per step, beside the step's process: at most 100 ms.

A chain of steps that do nothing is run by the runner, and the very same processes are run one after the other by hand.
What the runner takes longer is its own cost: records, environments, inputs, outputs, events.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stockpot.compiler import ir
from stockpot.compiler.placeholders import OutputPath, Text
from stockpot.local.environments import ensure
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from tests.harness.memory import own_peak

TARGET = 0.100
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


def main() -> None:
    """Print the figures and leave with 1 when the runner costs more than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    length = max(5, int(40 * parser.parse_args().scale))
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        project = workshop(root)
        by_hand(project, 3, root)
        rows = {}
        for name, caching in (("not cached", False), ("cached, first time", True), ("cached, second time", True)):
            bare = by_hand(project, length, root)
            rows[name] = (bare, by_runner(project, chain(length, caching=caching), root / f"home-{caching}"))
    print(f"{length} steps one after the other{'by hand':>14}{'runner':>10}{'own cost per step':>20}")
    for name, (bare, ours) in rows.items():
        print(f"{name:<34}{bare:>10.2f} s{ours:>8.2f} s{max(0.0, ours - bare) / length * 1000:>17.1f} ms")
    print(f"peak memory of the runner: {own_peak()} MiB; target: at most {TARGET * 1000:.0f} ms per step")
    worst = max((ours - bare) / length for bare, ours in rows.values())
    sys.exit(0 if worst <= TARGET else 1)


if __name__ == "__main__":
    main()
