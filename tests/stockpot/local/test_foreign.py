"""Programs of others as steps: what their exit codes mean, and what they leave unwritten."""

import json
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.definitions import from_component
from stockpot.local.planning import plan_pipeline
from stockpot.local.records import Run
from stockpot.local.recovery import next_command
from stockpot.local.runner import resume_run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record


@dsl.container_component
def leave(code: int):
    """End with a code."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", 'exit "$0"'], args=[code])


@dsl.container_component
def told(path: str, status: dsl.PipelineTaskFinalStatus):
    """Keep what an exit handler is told."""
    code = (
        "import json, os, pathlib, sys; "
        "pathlib.Path(sys.argv[1]).write_text(json.dumps([json.loads(sys.argv[2]), os.environ['STOCKPOT_NEXT']]))"
    )
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", code], args=[path, status])


@dsl.container_component
def forget(log: str, rows: dsl.Output[dsl.Dataset], said: dsl.OutputPath(str)):
    """Note that it ran, and write one of two outputs."""
    code = 'echo forget >> "$0"; mkdir -p "$(dirname "$2")"; echo yes > "$2"'
    return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", code], args=[log, rows.path, said])


@dsl.container_component
def look(log: str, rows: dsl.Input[dsl.Dataset], seen: dsl.Output[dsl.Dataset]):
    """Note where the rows would be, and that there are none."""
    code = 'test -n "$1" && test ! -e "$1" && echo look >> "$0" && echo none > "$2"'
    return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", code], args=[log, rows.path, seen.path])


def _resumed(runs: Runs, pipeline: Any, run: Run, **options: Any) -> Run:
    return resume_run(runs.home, run.id, from_component(pipeline).pipeline, project=runs.project, **options)


@pytest.mark.parametrize("code", [10, 11, 12, 13, 14, 75, 3])
def test_the_exit_code_of_a_program_of_others_says_nothing_of_the_run(runs: Runs, tmp_path: Path, code: int) -> None:
    """The record has it; the run, its exit handler and the next command take it for a failure like any other."""
    place = tmp_path / "told"

    @dsl.pipeline(name="foreign")
    def foreign():
        with dsl.ExitHandler(told(path=str(place))):
            leave(code=code)

    run = runs(foreign)
    assert (run.state, run.exit_code, record(run, "leave").exit_code) == ("failed", 1, code)
    assert next_command(run) == f"stockpot resume {run.id}"
    status, following = json.loads(place.read_text())
    assert (status["error"]["code"], following) == (1, f"stockpot resume {run.id}")


def test_what_the_runner_finds_keeps_its_code(runs: Runs) -> None:
    """Of a program of others too, as where the system does not take what it is told."""

    @dsl.container_component
    def bare(text: str):
        return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", "exit 12"], args=["x" * 10, text])

    @dsl.pipeline(name="long")
    def long(text: str):
        bare(text=text)

    assert runs(long, {"text": "x" * 200_000}).exit_code == 11
    assert runs(long, {"text": "x"}).exit_code == 1


def test_a_step_that_has_left_an_artifact_out_is_kept(runs: Runs, tmp_path: Path, log: Path) -> None:
    """With all that comes after it; the next step is told where the artifact would be, when it is taken alone too."""

    @dsl.pipeline(name="left-out")
    def left_out():
        rows = forget(log=str(log))
        seen = look(log=str(log), rows=rows.outputs["rows"])
        probes.fail(counter=str(tmp_path / "counter"), times=1, code=75).after(seen)

    run = runs(left_out, cached=False)
    assert run.exit_code == 75, run.error
    assert (list(record(run, "forget").artifacts), list(record(run, "look").artifacts)) == ([], ["seen"])
    alone = _resumed(runs, left_out, run, only="look")
    assert (alone.state, log.read_text().split()) == ("interrupted", ["forget", "look", "look"]), alone.error
    whole = _resumed(runs, left_out, alone)
    assert (whole.state, log.read_text().split()) == ("succeeded", ["forget", "look", "look"]), whole.error


def test_what_was_left_out_comes_from_the_cache_so(runs: Runs) -> None:
    """The next step is told where it would be, in a run and in a forecast."""

    @dsl.container_component
    def empty(rows: dsl.Output[dsl.Dataset]):
        return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", "true"], args=[rows.path])

    @dsl.container_component
    def reader(rows: dsl.Input[dsl.Dataset]):
        return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", 'test -n "$0"'], args=[rows.path])

    @dsl.pipeline(name="cached")
    def cached():
        reader(rows=empty().outputs["rows"])

    for is_cached in (False, True):
        run = runs(cached)
        assert (run.state, record(run, "empty").cached) == ("succeeded", is_cached), run.error
        plan = plan_pipeline(from_component(cached).pipeline, {}, home=runs.home, project=runs.project)
        # What is no file is no input whose content is known.
        assert [task.action for task in plan.tasks] == ["cached", "run"]
