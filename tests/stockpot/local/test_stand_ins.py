"""Images of Python itself, which have no lock: environments without packages stand in for them."""

import sys
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import from_component, load
from stockpot.local.environments import lock_hash
from stockpot.local.events import ServicesReady
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from tests.stockpot.compiler.test_golden import CHECKING
from tests.stockpot.local.conftest import Runs, record

FIXTURES = Path(__file__).parents[1] / "compiler/fixtures"
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@dsl.container_component
def _none():
    return dsl.ContainerSpec(image="python:3.99", command=["python", "-c", "pass"])


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("python:3.11", "3.11"),
        ("python:3.12-slim-bookworm", "3.12"),
        ("python:3.9.19-alpine", "3.9"),
        ("docker.io/library/python:3.11", "3.11"),
        (f"python:3.10@sha256:{'0' * 64}", "3.10"),
        ("python:3", HERE),
        ("python:slim", HERE),
        ("python", HERE),
    ],
)
def test_the_version_is_that_of_the_tag(project: Project, image: str, version: str) -> None:
    """A tag that names none means the Python that is here."""
    step = project.step(image)
    assert (
        project.stands_in(image)
        == f"{image}: an environment of Python {version} without packages stands in for the image"
    )
    assert (project.interpreter(step), project.lock(step).read_text()) == (version, "")


@pytest.mark.parametrize(
    "image", ["ghcr.io/own/python:3.11", "pythons:3.11", "python/x:3.11", "own/alpine:3.20", "alpines", "python:3.11:x"]
)
def test_any_other_image_needs_a_lock(project: Project, image: str) -> None:
    """What it holds is not known here."""
    with pytest.raises(ConfigurationError, match="has no lock"):
        project.step(image)


@pytest.mark.parametrize("image", ["alpine", "alpine:3.20", "docker.io/library/debian:bookworm-slim", "busybox:3.9"])
def test_a_plain_system_is_this_one(project: Project, image: str) -> None:
    """It holds a shell and its tools, which are here too; a tag says nothing of Python."""
    step = project.step(image)
    python = f"an environment of Python {HERE} without packages"
    assert project.stands_in(image) == f"{image}: this machine's own programs and {python} stand in for the image"
    assert (project.interpreter(step), project.lock(step).read_text()) == (HERE, "")


def test_steps_of_plain_systems_run(runs: Runs) -> None:
    """With its own directory and home, and variables as Kubernetes fills them in; another image is another step."""

    def made(image: str) -> Any:
        script = "cd ~ && echo x > file && mkdir -p d && echo '$(A)' '$$(A)' >&2"
        spec = dsl.ContainerSpec(image=image, command=["sh", "-ec", script])

        def component():
            return spec

        return dsl.container_component(component)

    @dsl.pipeline(name="systems")
    def systems():
        first = made("alpine:3.20")().set_env_variable("A", "echo")
        made("debian")().set_env_variable("A", "echo").after(first)

    run = runs(systems)
    assert run.state == "succeeded", run.error
    logs = [(runs.home / "runs" / run.id / "steps" / task.id / "stderr").read_text() for task in run.tasks]
    assert logs == ["echo $(A)\n"] * 2
    assert not any(task.cached for task in run.tasks)


def test_a_lock_of_that_name_goes_first(project: Project) -> None:
    """Whoever needs packages in it writes `images/python/requirements.txt`."""
    (project.images / "python").mkdir()
    (project.images / "python" / "requirements.txt").write_text("")
    assert (project.step("python:3.11"), project.stands_in("python:3.11")) == ("python", "")


def test_each_version_has_an_environment_of_its_own(project: Project) -> None:
    """They share their empty lock."""
    assert len({lock_hash(project, project.step(f"python:3.{minor}")) for minor in (10, 11, 12)}) == 3


@pytest.mark.parametrize("name", [*CHECKING, "parts"])
def test_other_peoples_pipelines_run(runs: Runs, name: str) -> None:
    """The fixtures that compare what they are given, as on the cluster; what stands in is said."""
    plan = load(f"{FIXTURES}/{name}.py:{name}").pipeline
    run = run_pipeline(plan, {}, home=runs.home, project=runs.project, listener=runs.events.append)
    assert run.exit_code == 0, run.error
    assert any("stands in for the image" in line for event in runs.of(ServicesReady) for line in event.described)


def test_a_python_that_nobody_has(runs: Runs) -> None:
    """The line names it and what to do."""
    run = runs(_none)
    assert run.exit_code == 11
    assert "no environment of Python 3.99: " in run.error
    assert "install that Python, or name an image of another one" in run.error


def test_what_is_installed_beside_is_not_there(runs: Runs) -> None:
    """The environment holds no packages, whatever this one holds."""

    @dsl.container_component
    def alone():
        code = "import importlib.util as u, sys; sys.exit(bool(u.find_spec('kfp') or u.find_spec('pyarrow')))"
        return dsl.ContainerSpec(image=f"python:{HERE}", command=["python", "-c", code])

    run = runs(alone)
    assert run.exit_code == 0, run.error


@dsl.container_component
def _said(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="python:3.11", command=["sh", "-c", 'printf x > "$0"'], args=[said])


@dsl.pipeline(name="by-parameter")
def by_parameter(image: str = "python:3.11"):
    """An image that a parameter says, and one that a step says."""
    _said().set_container_image(image)
    tag = _said().set_caching_options(False)
    _said().set_container_image(f"python:{tag.output}")


def test_an_image_that_the_run_says(runs: Runs) -> None:
    """Its record names it; what has no lock is one line of the step; the plan says what it depends on."""
    run = runs(by_parameter)
    assert record(run, "said").image == "python:3.11"
    assert record(run, "said-3").image == "python:x"
    run = runs(by_parameter, {"image": "registry.test/soup:1"})
    assert run.exit_code == 11
    assert "said: image registry.test/soup:1 has no lock at " in run.error
    found = plan_pipeline(from_component(by_parameter).pipeline, {}, home=runs.home, project=runs.project).tasks
    assert {each.id: each.action for each in found} == {"said": "cached", "said-2": "run", "said-3": "depends"}
