"""Lists of artifacts on this machine."""

from pathlib import Path

from stockpot.compiler.definitions import load
from stockpot.local.records import Run
from stockpot.local.runner import run_pipeline
from tests.stockpot.local.conftest import Runs, record

FIXTURE = Path(__file__).parents[1] / "compiler/fixtures/lists.py"


def _outputs(run: Run, *tasks: str) -> list[object]:
    return [record(run, task).parameters["Output"] for task in tasks]


def test_lists_of_artifacts(runs: Runs) -> None:
    """In the order of the loops that gathered them, without what a condition skipped, with what is told of each."""
    run = run_pipeline(load(f"{FIXTURE}:lists").pipeline, {}, home=runs.home, project=runs.project)
    assert run.exit_code == 0, run.error
    whole = [["a", "a", "data"], ["folder", "folder", "data"], ["c", "c", "data"], "whole"]
    twice = [[text * size, text, "data"] for text in ("a", "folder", "c") for size in (1, 2)]
    assert _outputs(run, "tell", "tell-2", "tell-3") == [
        whole, [["a", None, "rows"], ["folder", None, "rows"]], twice
    ]  # fmt: skip
    several = [[text, text, "data"] for text in "abc"]
    assert _outputs(run, "each.tell", "each.maybe", "each-2.maybe") == [several, "nothing", "one"]
    assert _outputs(run, "each.gathered") == [["a:a", "b:b", "c:c"]]
    looked = [record(run, f"for-loop-6.look.{number}").parameters["Output"] for number in range(3)]
    assert looked == ["a:a", "b:b", "c:c"]
    inner = [task for task in run.tasks if task.name == "look-2" and task.kind == "container"]
    assert sorted(task.parameters["Output"] for task in inner) == sorted(
        f"{word}{text}:{text}" for _ in range(2) for word in "xy" for text in "abc"
    )
