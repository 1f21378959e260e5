"""What the cache knows a result by beside what the definition says: what computes, and names of any length."""

from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.definitions import from_component
from stockpot.local.planning import plan_pipeline
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record


def planned(runs: Runs, pipeline: Any) -> tuple[str, str]:
    """What a plan says of the one step."""
    (task,) = plan_pipeline(from_component(pipeline).pipeline, {}, home=runs.home, project=runs.project).tasks
    return task.action, task.reason


@dsl.pipeline(name="computed")
def computed():
    """One step that is cached."""
    probes.write(text="a")


def test_what_computes_is_part_of_the_key(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is served what another engine has computed; each engine's results stay, and plan and run agree."""
    runs(computed)
    for engine, cached in (("local[2]", False), (" local[2] ", True), ("local[4]", False), ("", True)):
        monkeypatch.setenv("STOCKPOT_COMPUTE", engine)
        expected = "cached" if cached else "run"
        assert (engine, planned(runs, computed)[0]) == (engine, expected)
        assert (engine, record(runs(computed), "write").cached) == (engine, cached)


@dsl.pipeline(name="chained")
def chained():
    """A step behind another one."""
    made = probes.write(text="a").outputs["out"]
    probes.join(left=made, right=made)


def test_a_plan_names_what_computes_for_steps_behind_others_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run whatever those before them give."""
    runs(chained)
    monkeypatch.setenv("STOCKPOT_COMPUTE", "local[2]")
    tasks = plan_pipeline(from_component(chained).pipeline, {}, home=runs.home, project=runs.project).tasks
    assert [(task.action, task.reason) for task in tasks] == [
        ("run", "what computes changed from DuckDB to local[2]")
    ] * 2


def _write(out: dsl.Output[dsl.Artifact]):
    """Write a text."""
    arguments = ["write", "--text", "a", "--out", out.path]
    return dsl.ContainerSpec(image=probes.IMAGE, command=probes.COMMAND, args=arguments)


def test_names_of_any_length_are_cached(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be noted is the reason alone; the step runs, and is served the next time, as the plan has it."""
    monkeypatch.setattr(_write, "__name__", "w" * 125)

    @dsl.pipeline(name="x" * 125)
    def called_at_length():
        """One step that is cached; no file can be named after both of them."""
        dsl.container_component(_write)()

    assert planned(runs, called_at_length) == ("run", "first time")
    for cached in (False, True):
        run = runs(called_at_length)
        assert (run.state, run.tasks[0].cached) == ("succeeded", cached), run.error
        assert planned(runs, called_at_length) == ("cached", "nothing it depends on changed")
