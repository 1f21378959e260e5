"""A workshop of tiny steps, and one call to run a pipeline of them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from kfp import compiler

from components.shell.settings import SETTINGS
from stockpot.compiler.definitions import from_component
from stockpot.local.project import Project
from stockpot.local.records import Run, TaskRecord
from stockpot.local.runner import run_pipeline
from tests.stockpot.local.probes import make_workshop

_OWN = ("PYICEBERG_CATALOG__", "AWS_", *(name for each in SETTINGS for name in (each.name, *each.also)))


@pytest.fixture(autouse=True)
def no_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own environment."""
    for name in list(os.environ):
        if name.startswith(_OWN):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environments of this test process."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def project(tmp_path: Path, environments: Path) -> Project:
    """A project of tiny steps."""
    root = tmp_path / "project"
    root.mkdir()
    make_workshop(root)
    return Project(code=root, images=root / "images", environments=environments)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path / "home"


Drive = Callable[..., subprocess.Popen[str]]


class Runs:
    """Runs pipelines of tiny steps and remembers the events of the last one."""

    def __init__(self, home: Path, project: Project) -> None:
        self.home, self.project = home, project
        self.events: list[Any] = []

    def __call__(self, pipeline: Any, given: Mapping[str, Any] | None = None, **options: Any) -> Run:
        """The ended run."""
        self.events = []
        plan = from_component(pipeline).pipeline
        return run_pipeline(
            plan, given or {}, home=self.home, project=self.project, listener=self.events.append, **options
        )

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def text(self, run: Run, task: str, output: str = "out") -> str:
        """What a task wrote."""
        return (self.home / "runs" / run.id / record(run, task).artifacts[output]).read_text()


@pytest.fixture
def runs(home: Path, project: Project) -> Runs:
    """Runs in a fresh home."""
    return Runs(home, project)


@pytest.fixture
def drive(runs: Runs, tmp_path: Path) -> Drive:
    """Starts a pipeline in a runner of its own; the plan lies at `plan.yaml`."""

    def start(pipeline: Any, **given: Any) -> subprocess.Popen[str]:
        plan = tmp_path / "plan.yaml"
        compiler.Compiler().compile(pipeline, str(plan))
        project = runs.project
        places = [str(place) for place in (project.code, project.environments, runs.home, plan)]
        command = [sys.executable, "-m", "tests.stockpot.local.drive", *places, json.dumps(given)]
        # In a group of its own, as a shell starts it in a terminal.
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    return start


def record(run: Run, task: str) -> TaskRecord:
    """The record of one task."""
    return next(each for each in run.tasks if each.id == task)


def has_begun(pids: Path) -> bool:
    """Whether a sleeper has noted itself and its child."""
    return pids.exists() and len(pids.read_text().split()) == 2


def left_running(pids: Path) -> list[int]:
    """Those of a sleeper and its child that run on; the kernel has a moment for what was killed."""
    noted = [int(pid) for pid in pids.read_text().split()]
    deadline = time.monotonic() + 60
    while (found := [pid for pid in noted if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def states() -> Callable[[Run], dict[str, str]]:
    """The states of a run's tasks by their ids."""
    return lambda run: {task.id: str(task.state) for task in run.tasks}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A file to which steps append when they start."""
    return tmp_path / "log"
