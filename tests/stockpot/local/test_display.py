"""What a person sees of a run, on a terminal and in a file."""

import io
import os
import pty
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

from kfp import compiler, dsl
from rich.console import Console

from stockpot.compiler.definitions import from_component
from stockpot.local.display import line_of, live, plain
from stockpot.local.events import EnvironmentReady, RunStarted, Stopping, TaskFinished, TaskRetry
from stockpot.local.runner import run_pipeline
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

SHOW = """
import sys
from contextlib import nullcontext
from pathlib import Path
from stockpot.compiler.definitions import load
from stockpot.compiler.definitions import from_component
from stockpot.local.display import listening
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
root, environments, home, plan = map(Path, sys.argv[1:])
with listening() as listener:
    run_pipeline(load(str(plan)).pipeline, {}, home=home, listener=listener,
                 project=Project(code=root, images=root / "images", environments=environments))
"""


@dsl.pipeline(name="talking")
def talking():
    """Two steps that say something, one of them with figures."""
    probes.write(text="Total rows: 285").after(probes.summarised())


def lines_of(runs: Runs, listener_of) -> list[str]:
    """The lines that a listener wrote of a run."""
    stream = io.StringIO()
    with listener_of(stream) as listener:
        run_pipeline(from_component(talking).pipeline, {}, home=runs.home, project=runs.project, listener=listener)
    return stream.getvalue().splitlines()


def test_plain_lines(runs: Runs) -> None:
    """One line per event, rows in and out, and a step's own words on lines of their own."""
    lines = lines_of(runs, lambda stream: nullcontext(plain(stream)))
    assert lines[0].startswith("Run talking-")
    assert "wrote Total rows: 285" in lines
    assert any(line.startswith("  ✓ summarised") and line.endswith("7 → 5 rows, 2 rejected") for line in lines)
    assert "succeeded in" in lines[-1]
    again = lines_of(runs, lambda stream: nullcontext(plain(stream)))
    assert "wrote Total rows: 285" in again, "a cached step says the same"
    assert any(line.startswith("  ✓ write  cached") for line in again)


def test_a_terminal_gets_the_same_words(runs: Runs, tmp_path: Path) -> None:
    """On a terminal a step's words stand on lines of their own too, whatever is drawn below them."""
    plan = tmp_path / "plan.yaml"
    compiler.Compiler().compile(talking, str(plan))
    ours, theirs = pty.openpty()
    places = [str(place) for place in (runs.project.code, runs.project.environments, runs.home, plan)]
    process = subprocess.Popen([sys.executable, "-c", SHOW, *places], stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    said = b""
    while True:
        try:
            said += os.read(ours, 65536)
        except OSError:
            break
    assert process.wait(120) == 0, process.stderr.read()
    assert b"wrote Total rows: 285\r\n" in said
    assert "✓ summarised".encode() in said


def test_live_draws_nothing_into_a_file(runs: Runs) -> None:
    """The live view on a console that is no terminal still writes the words, without cursor movements."""
    lines = lines_of(runs, lambda stream: live(Console(file=stream, force_terminal=False)))
    assert "wrote Total rows: 285" in lines


def test_what_lines_say() -> None:
    """Retries, building and stopping are told with figures and the next thing to do."""
    assert line_of(TaskRetry("load", 1, 20.0, "busy")) == "  ↻ load failed: busy; trying again in 20 s"
    assert line_of(EnvironmentReady("load", 1.25)) == "  ✓ environment of load built in 1.2 s"
    assert "Ctrl-C again" in line_of(Stopping(immediately=False))


def test_failures_are_told_with_the_next_command(runs: Runs, tmp_path: Path) -> None:
    """The last lines name the step, its reason, the logs and how to go on."""

    @dsl.pipeline(name="failing")
    def failing(counter: str):
        probes.fail(counter=counter, times=1, code=10)

    run = runs(failing, {"counter": str(tmp_path / "counter")})
    last = line_of(runs.events[-1])
    assert f"Next: stockpot run {run.reference}" in last
    assert "fail: try 1 failed" in last
    (finished,) = runs.of(TaskFinished)
    assert "exit code 10: try 1 failed" in line_of(finished)
    assert len(runs.of(RunStarted)) == 1
