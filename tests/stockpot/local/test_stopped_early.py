"""Runs that are stopped while the environment of their steps is being made."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from stockpot.local.records import list_runs
from tests.harness.waiting import wait_for
from tests.stockpot.local.conftest import Drive, Runs, record
from tests.stockpot.local.test_crashes import sleepers

# It says that it is at work, and goes on once it may.
SLOW = """#!/bin/sh
echo $$ > {place}/at-work
until [ -e {place}/go-on ]; do sleep 0.05; done
exec {uv} "$@"
"""


@pytest.fixture
def started(runs: Runs, drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[str]:
    """A runner whose first step waits for its environment, which the exit handler shares."""
    program = tmp_path / "uv"
    program.write_text(SLOW.format(place=tmp_path, uv=Path(sys.executable).with_name("uv")))
    program.chmod(0o755)
    monkeypatch.setenv("UV", str(program))
    runs.project = replace(runs.project, environments=tmp_path / "environments")
    runner = drive(sleepers, pids=str(tmp_path / "pids"), told=str(tmp_path / "told"))
    wait_for((tmp_path / "at-work").exists)
    return runner


def _told_all(runner: subprocess.Popen[str], number: signal.Signals) -> None:
    """What a terminal does at Ctrl-C, or when it is closed, until the runner says that it has heard."""
    os.killpg(runner.pid, number)
    assert runner.stdout is not None
    assert any(line.startswith("Stopping") for line in runner.stdout)


def _hears(runner: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Whether the runner has come so far that it answers a signal itself."""
    caught = re.search(r"SigCgt:\s+(\w+)", Path(f"/proc/{runner.pid}/status").read_text())
    assert caught
    return bool(int(caught[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_exit_handlers_get_their_environment(
    runs: Runs, started: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    """Though all who run in the terminal are told to end, the making of it goes on; no other step begins."""
    _told_all(started, number)
    (tmp_path / "go-on").touch()
    output, _ = started.communicate(timeout=120)
    (run,) = list_runs(runs.home)
    assert (started.returncode, run.state, run.error) == (130, "interrupted", "stopped"), output
    assert record(run, "told").state == "succeeded"
    assert {record(run, name).state for name in ("say", "sleep", "write")} == {"cancelled", "omitted"}
    assert not (tmp_path / "pids").exists()


def test_who_insists_waits_for_nothing(runs: Runs, started: subprocess.Popen[str], tmp_path: Path) -> None:
    """What was being made is given up, and nothing goes on after the run."""
    maker = psutil.Process(int((tmp_path / "at-work").read_text()))
    _told_all(started, signal.SIGINT)
    os.killpg(started.pid, signal.SIGINT)
    output, _ = started.communicate(timeout=120)
    (run,) = list_runs(runs.home)
    assert (started.returncode, run.state, (tmp_path / "told").exists()) == (130, "interrupted", False), output
    assert not maker.is_running()
    assert [path.name for path in (tmp_path / "environments").iterdir() if path.is_dir()] == []


def test_nobody_waits_for_what_another_makes(
    runs: Runs, started: subprocess.Popen[str], drive: Drive, tmp_path: Path
) -> None:
    """A second run that needs the same environment ends when somebody insists, though the first one makes it still."""
    second = drive(sleepers, pids=str(tmp_path / "pids"), told=str(tmp_path / "told"))
    wait_for(lambda: _hears(second, signal.SIGTERM))
    _told_all(second, signal.SIGINT)
    os.killpg(second.pid, signal.SIGINT)
    output, _ = second.communicate(timeout=120)
    assert second.returncode == 130, output
    assert started.poll() is None
    (tmp_path / "go-on").touch()
    _told_all(started, signal.SIGINT)
    assert started.wait(120) == 130
