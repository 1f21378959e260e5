"""Runs that are killed, stopped, resumed, or that run beside each other."""

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from kfp import compiler, dsl

from components.shell.errors import ConfigurationError, TransientError
from stockpot.compiler.definitions import from_component, load
from stockpot.local import runner
from stockpot.local.journal import Journal
from stockpot.local.records import Run, list_runs, load_run
from stockpot.local.recovery import next_command
from stockpot.local.runner import resume_run
from tests.harness.waiting import wait_for
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Drive, Runs, has_begun, left_running, record


@dsl.pipeline(name="sleepers")
def sleepers(pids: str, told: str, seconds: float = 60.0, stubborn: bool = False, log: str = ""):
    """Two steps that end, a sleeper, and one after it, guarded."""
    with dsl.ExitHandler(probes.told(path=told)):
        early = probes.say(text="early", log=log, name="early").set_caching_options(False)
        sleeping = probes.sleep(pids=pids, seconds=seconds, stubborn=stubborn).after(early)
        probes.write(text=early.output, log=log, name="late").set_caching_options(False).after(sleeping)


def only_run(runs: Runs) -> Run:
    """The home's one run."""
    (run,) = list_runs(runs.home)
    return run


def resume(runs: Runs, tmp_path: Path, run: Run, **options: Any) -> Run:
    """Go on with the run."""
    plan = load(str(tmp_path / "plan.yaml")).pipeline
    return resume_run(runs.home, run.id, plan, project=runs.project, **options)


def silent(*_: object) -> Run:
    """Fail as where services do not answer."""
    raise TransientError("Postgres does not answer")


def test_ctrl_c_leaves_nothing_behind(runs: Runs, drive: Drive, tmp_path: Path) -> None:
    """SIGINT ends steps and their children, runs the exit handler, and leaves with 130."""
    pids, told = tmp_path / "pids", tmp_path / "told"
    runner = drive(sleepers, pids=str(pids), told=str(told))
    wait_for(lambda: has_begun(pids))
    runner.send_signal(signal.SIGINT)
    output, _ = runner.communicate(timeout=120)
    run = only_run(runs)
    assert runner.returncode == 130, output
    assert left_running(pids) == []
    assert json.loads(told.read_text())["state"] == "CANCELLED"
    assert (run.state, record(run, "sleep").state, record(run, "write").state) == (
        "interrupted",
        "cancelled",
        "omitted",
    )


def test_ctrl_c_after_the_last_step_finds_the_run_ended(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the end is being written down: what has been done is not undone."""
    real = Journal.close_open_tasks

    def interrupted(journal: Journal) -> None:
        signal.raise_signal(signal.SIGINT)
        real(journal)

    @dsl.pipeline(name="done")
    def done():
        probes.write(text="a")

    monkeypatch.setattr(Journal, "close_open_tasks", interrupted)
    run = runs(done)
    assert (run.state, run.exit_code, only_run(runs).state) == ("succeeded", 0, "succeeded")


def test_a_second_ctrl_c_kills(runs: Runs, drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that ignores TERM is killed at once when somebody insists, and the exit handler is given up."""
    pids, told = tmp_path / "pids", tmp_path / "told"
    monkeypatch.setenv("GRACE", "600")  # longer than this test waits for a stubborn step that is not killed
    runner = drive(sleepers, pids=str(pids), told=str(told), stubborn=True)
    wait_for(lambda: has_begun(pids))
    runner.send_signal(signal.SIGINT)
    assert runner.stdout is not None
    assert any(line.startswith("Stopping") for line in runner.stdout)
    runner.send_signal(signal.SIGINT)
    output, _ = runner.communicate(timeout=120)
    assert (runner.returncode, left_running(pids), told.exists()) == (130, [], False), output


def test_after_kill_9_a_run_is_resumed(runs: Runs, drive: Drive, tmp_path: Path) -> None:
    """A killed runner leaves an interrupted run; resuming keeps finished steps and kills what was left behind."""
    pids, told, log = tmp_path / "pids", tmp_path / "told", tmp_path / "log"
    runner = drive(sleepers, pids=str(pids), told=str(told), seconds=3.0, log=str(log))
    wait_for(lambda: has_begun(pids))
    before = pids.read_text()
    runner.kill()
    runner.communicate()
    left = only_run(runs)
    states = {task.id: str(task.state) for task in left.tasks}
    assert (left.state, states["say"], states["sleep"]) == ("interrupted", "succeeded", "interrupted")
    run = resume(runs, tmp_path, left)
    assert (run.state, run.id, run.resumed, run.as_of) == ("succeeded", left.id, 1, left.as_of)
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["early", "late"]
    assert not [
        pid
        for pid in map(int, before.split())
        if psutil.pid_exists(pid) and "sleep" in " ".join(psutil.Process(pid).cmdline())
    ]
    with pytest.raises(ConfigurationError, match="has succeeded"):
        resume(runs, tmp_path, run)


def test_a_failed_run_goes_on_from_the_failed_step(runs: Runs, tmp_path: Path) -> None:
    """What had succeeded is kept, the failed step and what was omitted run, and exit handlers run again."""
    counter, told, log = tmp_path / "counter", tmp_path / "told", tmp_path / "log"

    @dsl.pipeline(name="once-broken")
    def once_broken(counter: str, told: str, log: str):
        with dsl.ExitHandler(probes.told(path=told)):
            first = probes.write(text="a", log=log, name="first").set_caching_options(False)
            broken = probes.fail(counter=counter, times=1, code=10).after(first)
            probes.join(left=first.outputs["out"], right=broken.outputs["out"], log=log)

    compiler.Compiler().compile(once_broken, str(tmp_path / "plan.yaml"))
    failed = runs(once_broken, {"counter": str(counter), "told": str(told), "log": str(log)})
    assert failed.exit_code == 10
    run = resume(runs, tmp_path, failed)
    assert (run.state, run.exit_code, runs.text(run, "join")) == ("succeeded", 0, "a+2")
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["write", "join"]
    assert [json.loads(line)["state"] for line in told.read_text().splitlines()] == ["FAILED", "SUCCEEDED"]


@dsl.pipeline
def inner(start: dsl.Input[dsl.Artifact]) -> dsl.Artifact:
    """A part of a pipeline, of which one step stands beside the others."""
    probes.write(text="beside").set_display_name("beside")
    made = probes.write(text="in").set_display_name("inside")
    joined = probes.join(left=start, right=made.outputs["out"]).set_display_name("joined")
    return joined.outputs["out"]


@dsl.pipeline(name="in-parts")
def in_parts():
    """Steps before, behind and apart from a part."""
    first = probes.write(text="first").set_display_name("first")
    part = inner(start=first.outputs["out"])
    probes.write(text="apart").set_display_name("apart")
    probes.join(left=first.outputs["out"], right=part.output).set_display_name("last")


@pytest.mark.parametrize(
    ("step", "anew"),
    [
        ("inside", {"inside", "joined", "last"}),
        ("apart", {"apart"}),
        ("first", {"first", "beside", "inside", "joined", "last"}),
    ],
)
def test_a_run_goes_on_from_a_step_that_is_named(runs: Runs, tmp_path: Path, step: str, anew: set[str]) -> None:
    """That step and what comes after it run anew, without the cache; what ended well before or beside it is kept."""
    compiler.Compiler().compile(in_parts, str(tmp_path / "plan.yaml"))
    run = resume(runs, tmp_path, runs(in_parts), first=step)
    assert (run.state, run.resumed) == ("succeeded", 1)
    steps = [task for task in run.tasks if task.kind == "container"]
    assert {task.title for task in steps if task.reason == "the cache is not asked"} == anew
    assert all(task.title in anew or task.reason.startswith("kept from before") for task in steps)
    assert len(steps) == 6
    with pytest.raises(ConfigurationError, match="has no step 'frist'"):
        resume(runs, tmp_path, run, first="frist")


def test_a_killed_run_from_a_step_knows_nothing_of_its_try_before(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was to take anew and had not reached is taken by the next one."""
    compiler.Compiler().compile(in_parts, str(tmp_path / "plan.yaml"))
    run = runs(in_parts)
    with monkeypatch.context() as patched:
        # The lock is let go of, and nothing else is done, as where the runner is killed.
        patched.setattr(runner, "_to_its_end", lambda *_: sys.exit(9))
        with pytest.raises(SystemExit):
            resume(runs, tmp_path, run, first="inside")
    left = only_run(runs)
    assert left.state == "interrupted"
    again = resume(runs, tmp_path, left)
    kept = {task.title for task in again.tasks if task.reason.startswith("kept from before")}
    assert (again.state, kept) == ("succeeded", {"first", "beside", "apart"})


def test_a_run_that_does_not_come_to_its_steps_keeps_what_it_had(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its services do not answer, and it ends; the next one takes anew only what that one was to, without the cache."""
    compiler.Compiler().compile(in_parts, str(tmp_path / "plan.yaml"))
    run = runs(in_parts)
    with monkeypatch.context() as patched:
        patched.setattr(runner, "_served", silent)
        failed = resume(runs, tmp_path, run, first="last")
    assert (failed.state, failed.exit_code) == ("failed", 75)
    assert next_command(failed) == f"stockpot resume {run.id} --no-cache"
    again = resume(runs, tmp_path, failed, cached=False)
    assert (again.state, again.resumed) == ("succeeded", 2)
    assert {task.title for task in again.tasks if task.reason == "the cache is not asked"} == {"last"}


@dsl.pipeline(name="partly")
def partly(log: str, counter: str):
    """A loop of which one iteration fails once."""
    with dsl.ParallelFor([0, 1]) as times:
        made = probes.write(text="a", log=log).set_caching_options(False)
        failing = probes.fail(counter=f"{counter}-{times}", times=times, code=10)
        failing.set_caching_options(False).after(made)


@pytest.mark.parametrize(("broken", "ends"), [("_to_its_end", lambda *_: sys.exit(9)), ("_served", silent)])
def test_a_resume_that_ends_early_forgets_no_iteration(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, ends: Any
) -> None:
    """Killed, or given up, while services start: what a loop had ended well stays so, with the parts around it."""
    log = tmp_path / "log"
    compiler.Compiler().compile(partly, str(tmp_path / "plan.yaml"))
    failed = runs(partly, {"log": str(log), "counter": str(tmp_path / "counter")})
    assert failed.exit_code == 10, failed.error
    with monkeypatch.context() as patched, contextlib.suppress(SystemExit):
        patched.setattr(runner, broken, ends)
        resume(runs, tmp_path, failed)
    left = only_run(runs)
    assert {task.id for task in left.tasks} == {task.id for task in failed.tasks}
    again = resume(runs, tmp_path, left)
    assert again.state == "succeeded"
    kept = {task.id for task in again.tasks if task.reason.startswith("kept from before")}
    assert kept == {task.id for task in failed.tasks if (task.kind, task.state) == ("container", "succeeded")}
    assert len(kept) == 3
    assert len(log.read_text().splitlines()) == 2


def test_a_changed_definition_is_not_resumed(runs: Runs, tmp_path: Path) -> None:
    """Resuming with another plan than the run had is refused, with the command for a new run."""
    counter = tmp_path / "counter"

    def made(code: int) -> Any:
        @dsl.pipeline(name="changing")
        def changing(counter: str):
            probes.fail(counter=counter, times=9, code=code)

        return changing

    failed = runs(made(10), {"counter": str(counter)})
    compiler.Compiler().compile(made(12), str(tmp_path / "plan.yaml"))
    with pytest.raises(ConfigurationError, match="has changed since"):
        resume(runs, tmp_path, failed)


def test_a_plan_hashes_the_same_in_every_process() -> None:
    """KFP hands structs over in another order in every process; that changes nothing, a changed value does."""
    script = (
        "from stockpot.compiler.definitions import load; from stockpot.local.plan_hash import plan_hash; "
        "print(plan_hash(load('moderation-training').pipeline))"
    )
    said = [
        subprocess.check_output([sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, text=True)
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] != ""


def test_a_running_run_is_not_resumed(runs: Runs, drive: Drive, tmp_path: Path) -> None:
    """A run whose runner is alive reads as running and cannot be resumed."""
    pids = tmp_path / "pids"
    runner = drive(sleepers, pids=str(pids), told=str(tmp_path / "told"))
    wait_for(pids.exists)
    try:
        run = only_run(runs)
        assert run.state == "running"
        with pytest.raises(ConfigurationError, match="still running"):
            resume(runs, tmp_path, run)
    finally:
        runner.send_signal(signal.SIGINT)
        runner.communicate(timeout=120)


def test_two_runs_of_one_home(runs: Runs, drive: Drive, tmp_path: Path) -> None:
    """Two runs at the same time, with one cache and one set of environments, both succeed."""

    @dsl.pipeline(name="twins")
    def twins():
        first = probes.write(text="a")
        second = probes.write(text="b")
        probes.join(left=first.outputs["out"], right=second.outputs["out"])

    runners = [drive(twins) for _ in range(3)]
    outputs = [runner.communicate(timeout=120)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0, 0], outputs
    found = list_runs(runs.home)
    assert len({run.id for run in found}) == 3
    assert {runs.text(run, "join") for run in found} == {"a+b"}


def test_runs_are_found_by_name(runs: Runs) -> None:
    """The newest run is `last`; a name that is none is a configuration error that lists the latest."""

    @dsl.pipeline(name="named")
    def named():
        probes.write(text="a")

    first, second = runs(named), runs(named)
    assert [run.id for run in list_runs(runs.home)] == [second.id, first.id]
    assert load_run(runs.home, first.id).parameters == {}
    for wrong in ("nothing", "../home", ""):
        with pytest.raises(ConfigurationError, match="there is no run"):
            load_run(runs.home, wrong)
    assert load_run(runs.home, "latest").id == second.id


def test_a_full_disk_is_one_line(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the runner itself finds no room, the run has failed and the line says how to go on.

    A run of which nothing could be written down is begun again.
    """

    @dsl.pipeline(name="cramped")
    def cramped():
        probes.progress()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("stockpot.local.runner._code", full)
    run = runs(cramped)
    assert (run.state, run.exit_code, only_run(runs).state) == ("failed", 75, "failed")
    assert re.search(r"no space left on the disk of .*stockpot resume cramped-", run.error)
    told: list[Run] = []
    monkeypatch.setattr("stockpot.local.runner.notify", lambda run, *_: told.append(run) or "")
    monkeypatch.setattr("stockpot.local.runner.set_room_aside", full)
    with pytest.raises(TransientError, match=r"no space left on the disk of .*stockpot run cramped"):
        runs(cramped)
    assert [(run.state, run.exit_code) for run in told] == [("failed", 75)]
    assert next_command(told[0]).startswith("stockpot run cramped")
    with pytest.raises(TransientError, match=rf"no space left on the disk of .*stockpot resume {run.id}"):
        resume_run(runs.home, run.id, from_component(cramped).pipeline, project=runs.project)
