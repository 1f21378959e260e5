"""The screen of a run on a real terminal: it is drawn, obeys keys, and leaves the terminal as it was."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kfp import compiler, dsl

from stockpot.local.records import Run, State, TaskRecord, load_run, run_directory, write_run
from tests.harness.terminal import HIDDEN, SHOWN, Terminal
from tests.stockpot.local import probes

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3|9)\d[;m]")
BESIDE = """
import sys
from pathlib import Path
from stockpot.compiler.definitions import load
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from stockpot.watching.beside import beside
root, environments, home, plan, pids = sys.argv[1:]
where = Project(code=Path(root), images=Path(root) / "images", environments=Path(environments))
with beside(Path(home), sys.stdout) as listener:
    run_pipeline(load(plan).pipeline, {"pids": pids}, home=Path(home), listener=listener, project=where)
"""


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Open terminals; they are closed at the end."""
    opened: list[Terminal] = []

    def start(command: list[str], **options: Any) -> Terminal:
        opened.append(Terminal(command, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def left(tmp_path: Path) -> list[str]:
    """The command that shows a run of a step that failed."""
    task = TaskRecord("cook", "cook", "container", state=State.FAILED, started="2026-01-15T00:00:00Z", exit_code=1,
                      error="burnt", ended="2026-01-15T00:00:05Z")  # fmt: skip
    run = Run("r-1", "r", "", "r", "0", "", "2026-01-15T00:00:00Z", {}, state=State.FAILED, tasks=(task,))
    place = run_directory(tmp_path, run.id)
    (place / "steps/cook").mkdir(parents=True)
    (place / "steps/cook/stderr").write_text("the soup is burnt\n")
    write_run(place, run)
    return [STOCKPOT, "watch", "latest", "--home", str(tmp_path)]


def test_a_run_is_watched_and_left(terminal: Callable[..., Terminal], left: list[str]) -> None:
    """Its steps, the log of one, and back; nothing is left of it on the screen."""
    shown = terminal(left)
    shown.read_until("l log")
    assert SHOWN in shown.said
    assert COLOUR.search(shown.said)
    assert "✗ cook".encode() in shown.said
    shown.press(b"l")
    shown.read_until("the soup is burnt")
    # Ctrl-Z would leave a screen that nobody can get rid of, and stop the run beside it.
    shown.press(b"\x1alq")
    assert shown.end() == 0
    assert b"Run r-1 failed" in shown.said.partition(HIDDEN)[2]
    assert shown.is_as_it_was


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_signals_leave_the_terminal_as_it_was(
    terminal: Callable[..., Terminal], left: list[str], number: signal.Signals, code: int
) -> None:
    """On a narrow one without colours too."""
    shown = terminal(left, width=30, NO_COLOR="1")
    shown.read_until("l log")
    assert not COLOUR.search(shown.said)
    shown.process.send_signal(number)
    assert shown.end() == code
    assert HIDDEN in shown.said
    assert shown.is_as_it_was


def test_without_a_terminal_it_says_what_to_use(
    terminal: Callable[..., Terminal], left: list[str], tmp_path: Path
) -> None:
    """In a pipe, and on a terminal that cannot be drawn on."""
    done = subprocess.run(left, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (11, "")
    assert done.stderr == f"error: there is no terminal to draw on - try: stockpot logs latest -f --home {tmp_path}\n"
    dumb = terminal(left, TERM="dumb")
    assert dumb.end() == 11
    assert b"this terminal cannot be drawn on (TERM) - try: stockpot logs latest -f" in dumb.said


@dsl.pipeline(name="sleeping")
def sleeping(pids: str):
    """A step that takes its time, and one after it."""
    probes.write(text="soup").after(probes.sleep(pids=pids, seconds=600.0))


@dsl.container_component
def wait():
    """A program of this machine that takes its time."""
    return dsl.ContainerSpec("alpine", ["sleep", "600"])


@dsl.container_component
def tell():
    """One that does not."""
    return dsl.ContainerSpec("alpine", ["true"])


@dsl.pipeline(name="waiting")
def waiting():
    """A step that takes its time, and what happens at the end in any case."""
    with dsl.ExitHandler(tell()):
        wait()


@pytest.fixture
def shown(terminal: Callable[..., Terminal], project: Any, home: Path, tmp_path: Path) -> Terminal:
    """A run beside its screen, once its first step is at work."""
    compiler.Compiler().compile(sleeping, str(tmp_path / "plan.yaml"))
    places = [str(each) for each in (project.code, project.environments, home, tmp_path / "plan.yaml")]
    found = terminal([sys.executable, "-c", BESIDE, *places, str(tmp_path / "pids")])
    found.read_until("▸ sleep")
    return found


def test_a_run_goes_on_beside_its_screen(shown: Terminal) -> None:
    """Who leaves the screen gets the lines, from the first; Ctrl-C stops the run as ever."""
    assert HIDDEN not in shown.said
    shown.press(b"q")
    shown.read_until("  ▸ sleep")
    assert b"Run sleeping-" in shown.said.partition(HIDDEN)[2]
    assert shown.is_as_it_was
    os.killpg(shown.process.pid, signal.SIGINT)
    assert shown.end() == 0
    assert b"interrupted after" in shown.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_a_run_closes_its_screen(shown: Terminal, number: signal.Signals) -> None:
    """All lines are said then, and the terminal is as it was, though nobody pressed a key."""
    os.killpg(shown.process.pid, number)
    assert shown.end() == 0
    after = shown.said.partition(HIDDEN)[2]
    assert all(words in after for words in (b"Run sleeping-", "▸ sleep".encode(), b"Stopping", b"interrupted after"))
    assert shown.is_as_it_was


@pytest.mark.parametrize(("options", "words"), [(["--tui"], "▸ wait"), ([], "0 of 2 steps")], ids=["screen", "lines"])
def test_a_closed_terminal_stops_the_run_in_order(
    terminal: Callable[..., Terminal], options: list[str], words: str, home: Path, tmp_path: Path
) -> None:
    """Its step is ended, exit handlers run, and the record says so; it can be gone on with."""
    plan = tmp_path / "plan.yaml"
    compiler.Compiler().compile(waiting, str(plan))
    shown = terminal([STOCKPOT, "run", str(plan), "--home", str(home), *options])
    shown.read_until(words)
    shown.hang_up()
    assert shown.process.wait(60) == 130
    run = load_run(home, "latest")
    assert (run.state, run.error) == (State.INTERRUPTED, "stopped")
    assert {task.id: task.state for task in run.tasks if task.kind == "container"} == {
        "wait": State.CANCELLED, "tell": State.SUCCEEDED,
    }  # fmt: skip
    assert (run_directory(home, run.id) / "report.html").is_file()
