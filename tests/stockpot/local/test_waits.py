"""What a step waited for before it began is on record: its environment, or its image."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from kfp import dsl

from components.shell.instants import parse_instant
from stockpot.local import context, steps
from stockpot.local.context import Context
from stockpot.local.environments import Environment, ensure
from stockpot.local.records import TaskRecord, list_runs, run_directory
from stockpot.report.gathering import outcomes
from tests.harness.waiting import wait_for
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment takes a second longer to build than what is noticed, from when two steps have asked for it."""
    asking: list[str] = []
    known = Context.environment

    async def environment(self: Context, step: str, *given: Any) -> Environment:
        asking.append(step)
        return await known(self, step, *given)

    def slowly(*given: Any) -> Environment:
        wait_for(lambda: len(asking) > 1)
        time.sleep(2)
        return ensure(*given)

    monkeypatch.setattr(Context, "environment", environment)
    monkeypatch.setattr(context, "ensure", slowly)
    monkeypatch.setattr(steps, "_NOTICED", timedelta(seconds=1))


def waited(task: TaskRecord) -> float:
    """How long the step waited, right before it began."""
    assert parse_instant(task.asked) < parse_instant(task.ready) <= parse_instant(task.started)
    return (parse_instant(task.ready) - parse_instant(task.asked)).total_seconds()


@pytest.mark.usefixtures("slow")
def test_who_waits_for_an_environment_has_that_on_record(runs: Runs) -> None:
    """Both that wait for one build, and not one that finds it built; records of before this was so are read."""

    @dsl.pipeline(name="waits")
    def waits():
        first, second = probes.write(text="a"), probes.write(text="b")
        probes.join(left=first.outputs["out"], right=second.outputs["out"])

    run = runs(waits, jobs=2)
    assert all(waited(record(run, name)) > 1.9 for name in ("write", "write-2"))
    assert (record(run, "join").asked, record(run, "join").ready) == ("", "")
    assert [bool(step.waited) for step in outcomes(list_runs(runs.home)[0].tasks)] == [True, True, False]
    file = run_directory(runs.home, run.id) / "run.json"
    told = json.loads(file.read_bytes())
    for each in told["tasks"]:
        del each["asked"], each["ready"]
    file.write_text(json.dumps(told))
    assert [step.waited for step in outcomes(list_runs(runs.home)[0].tasks)] == [None, None, None]


def test_who_waits_in_vain_has_that_on_record_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that cannot be built: the step never began, and a report draws what it waited."""

    def failing(*_: Any) -> Environment:
        time.sleep(0.2)
        raise OSError("no room left")

    monkeypatch.setattr(context, "ensure", failing)

    @dsl.pipeline(name="vain")
    def vain():
        probes.write(text="a")

    task = record(runs(vain), "write")
    assert (task.state, task.started, bool(task.asked and task.ready)) == ("failed", "", True)
