"""Projects anywhere: locks and packages of one's own steps lie beside the pipeline's file, or in --project."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from components.shell.errors import ConfigurationError
from stockpot.cli import app
from stockpot.commands.running import run as command
from stockpot.compiler.definitions import load
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.records import load_run
from stockpot.local.recovery import again, going_on
from stockpot.local.runner import resume_run

_PIPELINE = """
from kfp import dsl

@dsl.container_component
def greet(out: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="registry.example.org/greet:1", command=["python", "-m", "greeting.say"], args=[out])

@dsl.pipeline(name="own")
def own():
    greet()
"""
_SAY = "import pathlib, sys\nfrom greeting import WORD\npathlib.Path(sys.argv[1]).write_text(WORD)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a package, a lock and, below it, a pipeline."""
    folder = tmp_path / "elsewhere"
    for place in ("images/greet", "greeting", "pipelines"):
        (folder / place).mkdir(parents=True)
    (folder / "images/greet/requirements.txt").write_text("")
    (folder / "greeting/__init__.py").write_text("WORD = 'hello'\n")
    (folder / "greeting/say.py").write_text(_SAY)
    (folder / "pipelines/own.py").write_text(_PIPELINE)
    (folder / "own.py").write_text(_PIPELINE)
    return folder


def _said(home: Path) -> list[str]:
    return sorted(path.read_text() for path in home.glob("runs/*/steps/greet/outputs/out"))


def test_packages_beside_the_file_and_their_changes(folder: Path, home: Path) -> None:
    """A step of one's own imports them; a changed line runs it anew, and nothing changed does not."""
    reference = f"{folder}/own.py:own"
    plan = load(reference).pipeline

    def forecast() -> str:
        (found,) = plan_pipeline(plan, {}, home=home, reference=reference).tasks
        return f"{found.action}: {found.reason}"

    command(reference, home=home)
    assert forecast() == "cached: nothing it depends on changed"
    (folder / "greeting/__init__.py").write_text("WORD = 'good day'\n")
    assert forecast() == "run: code changed: greeting/__init__.py"
    command(reference, home=home)
    assert _said(home) == ["good day", "hello"]


def test_what_a_package_reads_beside_its_files_is_no_stale_result(folder: Path, home: Path) -> None:
    """It is told of a file of this machine, whose content may change: plan and record say so, and it runs each time."""
    (folder / "word").write_text("hello")
    (folder / "greeting/__init__.py").write_text(f"WORD = open({str(folder / 'word')!r}).read()\n")
    reference = f"{folder}/own.py:own"
    why = f"not cached: greeting/__init__.py is told of {folder / 'word'}, whose content is not an input"
    for word in ("hello", "good day"):
        (folder / "word").write_text(word)
        command(reference, home=home)
        (task,) = load_run(home, "latest").tasks
        assert task.reason == why
        (planned,) = plan_pipeline(load(reference).pipeline, {}, home=home, reference=reference).tasks
        assert (planned.action, planned.reason) == ("run", why)
    assert _said(home) == ["good day", "hello"]


def test_a_lock_is_asked_for_in_the_users_project(folder: Path, home: Path) -> None:
    """Not in this repository, where nobody would put one."""
    for image in ("own/toast:3.20", "ghcr.io/own/bread@sha256:0"):
        with pytest.raises(ConfigurationError) as caught:
            Project.of(home, f"{folder}/own.py:own").step(image)
        name = "toast" if image.startswith("own") else "bread"
        assert str(caught.value).startswith(f"image {image} has no lock at {folder}/images/{name}/requirements.txt")


def test_a_project_is_named_where_it_lies_elsewhere(folder: Path, home: Path) -> None:
    """Beside the pipeline's file there is no lock; the run's record keeps the project for `resume`."""
    reference = f"{folder}/pipelines/own.py:own"
    with pytest.raises(ConfigurationError, match="has no lock"):
        Project.of(home, reference).step("registry.example.org/greet:1")
    (folder / "greeting/say.py").write_text("import sys; sys.exit(3)")
    with pytest.raises(typer.Exit):
        command(reference, home=home, project=folder)
    failed = load_run(home, "latest")
    assert f"--project {folder}" in again(failed)
    assert "--project" not in going_on(failed)
    (folder / "greeting/say.py").write_text(_SAY)
    assert resume_run(home, failed.id, load(reference).pipeline).exit_code == 0
    assert _said(home) == ["hello"]


def test_other_steps_see_no_package_of_the_project(folder: Path, home: Path) -> None:
    """What an image of others holds is not this."""
    project = Project.of(home, f"{folder}/own.py:own")
    assert [place.name for place in project.packages("greet")] == ["greeting"]
    assert project.packages(project.step("python:3.11")) == ()
    assert project.packages("load_iceberg") == ()
    (folder / "components").mkdir()
    (folder / "components/__init__.py").touch()
    assert [place.name for place in project.packages("greet")] == ["greeting"]


def test_a_project_that_is_not_there_is_named(folder: Path) -> None:
    """Before anything is run."""
    runner = CliRunner()
    for name in ("run", "plan"):
        result = runner.invoke(app, [name, f"{folder}/own.py:own", "--project", f"{folder}/nowhere"])
        assert isinstance(result.exception, ConfigurationError)
        assert "correct --project" in str(result.exception)
