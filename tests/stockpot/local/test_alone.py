"""One step of an earlier run, taken anew and alone: what it is given, what stays, and how the run goes on."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from kfp import compiler, dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import load
from stockpot.local.events import TaskSkipped
from stockpot.local.records import Run, load_run, run_directory
from stockpot.local.recovery import next_command
from stockpot.local.runner import resume_run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs


@dsl.pipeline(name="chain")
def chain(log: str, told: str, counter: str, times: int):
    """A step that may fail, between others, beside another, with somebody who is told of the end."""
    with dsl.ExitHandler(probes.told(path=told)):
        probes.write(text="x", log=log, name="beside").set_display_name("beside")
        first = probes.write(text="a", log=log, name="first").set_display_name("first")
        tried = probes.fail(counter=counter, times=times, code=10).after(first).set_display_name("tried")
        probes.join(left=first.outputs["out"], right=tried.outputs["out"], log=log).set_display_name("last")


class Chain:
    """Runs of the chain, and what its steps have noted."""

    def __init__(self, runs: Runs, place: Path) -> None:
        self.runs, self._place = runs, place
        compiler.Compiler().compile(chain, str(place / "plan.yaml"))

    def run(self, times: int = 0) -> Run:
        """A run in which the step fails so often."""
        names = {name: str(self._place / name) for name in ("log", "told", "counter")}
        return self.runs(chain, {**names, "times": times})

    def resume(self, run: Run, **options: Any) -> Run:
        """The run, gone on with."""
        self.runs.events = []
        plan = load(str(self._place / "plan.yaml")).pipeline
        listener = self.runs.events.append
        return resume_run(self.runs.home, run.id, plan, project=self.runs.project, listener=listener, **options)

    def noted(self, name: str) -> list[str]:
        """What was noted, line by line."""
        path = self._place / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def made(runs: Runs, tmp_path: Path) -> Chain:
    """The chain in a fresh home."""
    return Chain(runs, tmp_path)


def states(run: Run) -> dict[str, str]:
    """The states of the steps by their titles."""
    return {task.title or task.id: str(task.state) for task in run.tasks if task.kind == "container"}


def test_nothing_but_the_step_is_taken(made: Chain) -> None:
    """What came before and beside it stays, what comes after it waits, nobody is told; then the run goes on."""
    run = made.run()
    alone = made.resume(run, only="tried")
    assert states(alone) == {
        "beside": "succeeded", "first": "succeeded", "tried": "succeeded", "last": "omitted", "told": "omitted",
    }  # fmt: skip
    assert (made.runs.text(alone, "fail"), len(made.noted("log")), len(made.noted("told"))) == ("2", 3, 1)
    assert (alone.state, alone.exit_code, alone.resumed) == ("interrupted", 0, 1)
    assert alone.error == "only fail was taken anew; the run goes on with resume"
    assert {event.reason for event in made.runs.of(TaskSkipped)} == {"only another step is taken"}
    assert next_command(alone).startswith(f"stockpot resume {run.id}")
    whole = made.resume(alone)
    assert (whole.state, made.runs.text(whole, "join")) == ("succeeded", "a+2")
    assert [line.split()[0] for line in made.noted("log")] == ["write", "write", "join", "join"]
    assert len(made.noted("told")) == 2


def test_a_step_that_failed_is_tried_until_it_does_not(made: Chain) -> None:
    """Each try has its own end; who is told of ends hears of the first and of the last."""
    run = made.run(times=2)
    assert run.exit_code == 10
    again = made.resume(run, only="tried")
    assert (again.state, again.exit_code, states(again)["last"]) == ("failed", 10, "omitted")
    assert again.error.startswith("fail: try 2 failed")
    third = made.resume(again, only="tried")
    assert (third.state, states(third)["tried"]) == ("interrupted", "succeeded")
    assert made.resume(third).state == "succeeded"
    assert [json.loads(line)["state"] for line in made.noted("told")] == ["FAILED", "SUCCEEDED"]


def test_a_step_waits_for_those_before_it(made: Chain) -> None:
    """What has not ended well hands nothing on, be it a check; and the end of a run is nothing by itself."""
    run = made.run(times=1)
    with pytest.raises(ConfigurationError, match=f"last cannot be taken alone: fail .*: stockpot resume {run.id}"):
        made.resume(run, only="last")
    with pytest.raises(ConfigurationError, match="told is not taken alone - it runs once the run goes on to its end"):
        made.resume(run, only="told")
    with pytest.raises(ConfigurationError, match="has no step 'lost' - name one of: write"):
        made.resume(run, only="lost")
    assert made.resume(run).state == "succeeded"


def test_outputs_that_are_gone_are_named(made: Chain) -> None:
    """The step has nothing to begin with, and nothing else runs to make it."""
    run = made.run()
    first = next(task for task in run.tasks if task.title == "first")
    shutil.rmtree(run_directory(made.runs.home, run.id) / "steps" / first.id / "outputs")
    alone = made.resume(run, only="last")
    assert (alone.state, alone.exit_code) == ("failed", 11)
    assert alone.error.startswith("join: outputs or claims of the steps before are no longer there")
    assert len(made.noted("log")) == 3


@dsl.pipeline(name="branches")
def branches(log: str, counter: str):
    """A branch that may fail, and one of parts and iterations."""
    probes.fail(counter=counter, times=1, code=10).set_display_name("fails")
    with dsl.ParallelFor(["a", "b"]) as item:
        made = probes.write(text=item, log=log).set_display_name("made")
        probes.join(left=made.outputs["out"], right=made.outputs["out"]).set_display_name("joined")


def test_all_steps_of_the_name_are_taken_whatever_else_failed(runs: Runs, tmp_path: Path, log: Path) -> None:
    """Iterations too, and a branch that failed has no say."""
    compiler.Compiler().compile(branches, str(tmp_path / "plan.yaml"))
    plan, counter = load(str(tmp_path / "plan.yaml")).pipeline, tmp_path / "counter"
    counter.write_text("1")
    run = runs(branches, {"log": str(log), "counter": str(counter)})
    counter.write_text("0")
    assert resume_run(runs.home, run.id, plan, project=runs.project, only="fails").exit_code == 10
    log.unlink()
    alone = resume_run(runs.home, run.id, plan, project=runs.project, only="write")
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["write", "write"]
    assert alone.state == "interrupted"
    assert states(alone) == {"made": "succeeded", "joined": "omitted", "fails": "omitted"}


@dsl.pipeline(name="ways")
def ways(log: str, way: str):
    """A step on each of two branches, and one name that two steps have, one behind the other."""
    with dsl.If(way == "left"):
        probes.write(text="l", log=log, name="left").set_display_name("on the left")
    with dsl.Else():
        probes.write(text="r", log=log, name="right").set_display_name("on the right")
    first = probes.write(text="1", log=log, name="one").set_display_name("same")
    probes.write(text="2", log=log, name="two").set_display_name("same").after(first)


def test_what_cannot_be_taken_leaves_the_run_as_it_is(runs: Runs, tmp_path: Path) -> None:
    """A step whose condition did not hold, and a name of two steps that follow each other."""
    compiler.Compiler().compile(ways, str(tmp_path / "plan.yaml"))
    plan = load(str(tmp_path / "plan.yaml")).pipeline
    run = runs(ways, {"log": str(tmp_path / "log"), "way": "left"})
    for step, said in (("on the right", "its condition did not hold"), ("same", "of that name comes before another")):
        with pytest.raises(ConfigurationError, match=said):
            resume_run(runs.home, run.id, plan, project=runs.project, only=step)
    again = load_run(runs.home, run.id)
    assert (again.state, [task.state for task in again.tasks]) == (run.state, [task.state for task in run.tasks])
    assert str(run.state) == "succeeded"
