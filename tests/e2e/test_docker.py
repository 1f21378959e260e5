"""Steps in their images on this machine: the corpus in Docker, and containers that are stopped, lost or left behind.

A day's check runs one part of the corpus, the next day's another; CORPUS=all (`make corpus`) runs all.
"""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kfp import compiler, dsl

from stockpot.compiler.definitions import load
from stockpot.local.docker import Docker, container_name
from stockpot.local.project import Project
from stockpot.local.records import list_runs
from stockpot.local.runner import resume_run, run_pipeline
from tests.corpus import on_this_machine
from tests.corpus.case import FILES, cases_of
from tests.corpus.pantry import stocked  # noqa: F401 - pytest finds it here
from tests.e2e.test_argo_compiler import IMAGES
from tests.harness.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.xdist_group("docker")]
# A container takes a second or more, which is more than a check has for all three hundred cases.
PARTS = 24
PART = None if os.environ.get("CORPUS") == "all" else datetime.now(UTC).toordinal() % PARTS
IMAGE = "python:3.11-slim-bookworm"
# As the first process of its container it takes no notice of who asks it to end. The second time it does not sleep.
SLEEP = """
import pathlib, sys, time
begun = pathlib.Path(sys.argv[1]).parents[3] / "begun"
if not begun.exists():
    begun.touch()
    time.sleep(300)
pathlib.Path(sys.argv[1]).write_text("slept")
"""


def engine(*words: str) -> str:
    """What Docker says to these words."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def docker() -> Docker:
    """Docker, which has the images of the corpus by their own names."""
    for name, ours in IMAGES.items():
        engine("tag", ours, name)
    return Docker.detect()


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("stocked")
def test_the_corpus(docker: Docker, tmp_path: Path) -> None:
    """Each step says what it says without Docker, and is started as often."""
    cases = [each for file in FILES for each in cases_of(file) if each.state != "refused"]
    cases = cases if PART is None else cases[PART::PARTS]
    assert cases
    wrong = {}
    for case in cases:
        run = on_this_machine.carried_out(case, tmp_path, Project(docker=docker))
        tries = {task.name: task.attempts for task in run.tasks}
        found = on_this_machine.outcome(run)
        if found != case.expected or not case.tries.items() <= tries.items():
            wrong[case.name] = (found, case.expected, tries, run.error)
    assert wrong == {}


@dsl.container_component  # type: ignore[untyped-decorator]  # KFP ships no types
def sleep(out: dsl.OutputPath(str)) -> dsl.ContainerSpec:  # type: ignore[valid-type]  # as KFP has it
    """Sleep, the first time."""
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-c", SLEEP], args=[out])


def started(home: Path, plan: Path) -> "subprocess.Popen[str]":
    """A run of `sleep` by a command of its own, whose container has begun."""
    compiler.Compiler().compile(sleep, str(plan))
    command = [str(Path(sys.executable).with_name("stockpot")), "run", str(plan), "--docker", "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_for(lambda: any(home.glob("runs/*/begun")), 120)
    return process


def containers(home: Path) -> list[str]:
    """The containers of the home's only run, those that have ended too."""
    (run,) = list_runs(home)
    return engine("ps", "--all", "--quiet", "--filter", f"name={container_name(run.id, 'sleep')}").split()


def test_who_stops_a_run_stops_its_containers(docker: Docker, tmp_path: Path) -> None:
    """Even one whose program, as the first of its container, takes no notice."""
    assert docker
    home = tmp_path / "home"
    process = started(home, tmp_path / "plan.yaml")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert containers(home) == []


@pytest.fixture
def with_program() -> Iterator[str]:
    """An image with a program of its own."""
    name = f"local/stockpot-test-own:{uuid.uuid4().hex[:8]}"
    made = engine("create", IMAGES[IMAGE], "true")
    engine("commit", "--change", 'ENTRYPOINT ["python", "-c", "import sys; print(sys.argv[1:])"]', made, name)
    engine("rm", made)
    yield name
    engine("rmi", name)


def test_an_image_runs_its_own_program(docker: Docker, with_program: str, tmp_path: Path) -> None:
    """With the arguments of the component."""

    @dsl.container_component  # type: ignore[untyped-decorator]  # KFP ships no types
    def own(text: str) -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image=with_program, args=[text])

    compiler.Compiler().compile(own, str(tmp_path / "own.yaml"))
    plan = load(str(tmp_path / "own.yaml")).pipeline
    run = run_pipeline(plan, {"text": "soup"}, home=tmp_path / "home", project=Project(docker=docker))
    assert run.state == "succeeded", run.error
    assert (tmp_path / "home/runs" / run.id / "steps/own/stdout").read_text() == "['soup']\n"


def test_a_killed_run_goes_on(docker: Docker, tmp_path: Path) -> None:
    """The container that outlived its runner is gone before the step begins anew."""
    home = tmp_path / "home"
    process = started(home, tmp_path / "plan.yaml")
    process.kill()
    process.wait()
    (left,) = containers(home)
    (run,) = list_runs(home)
    plan = load(str(tmp_path / "plan.yaml")).pipeline
    resumed = resume_run(home, run.id, plan, project=Project(docker=docker))
    assert (resumed.state, resumed.tasks[0].parameters) == ("succeeded", {"out": "slept"})
    assert left not in engine("ps", "--all", "--quiet").split()
