"""What steps have said is read back line by line, while they run too."""

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import from_component
from stockpot.local.display import line_of
from stockpot.local.events import TaskFinished
from stockpot.local.locks import exclusive
from stockpot.local.logs import ended_lines, follow_logs, last_lines, show_logs, steps_named, tail, text_of
from stockpot.local.records import Run, State, TaskRecord, list_runs, run_directory, write_run
from stockpot.local.runner import run_pipeline
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

Lines = list[tuple[str, str]]


@dsl.pipeline(name="talking")
def talking(counter: str):
    """A step that says something, and one that succeeds at the third try."""
    said = probes.write(text="here I am")
    probes.fail(counter=counter, times=2, code=75).after(said).set_retry(3, "0s")


def heard(home: Path, run: Run, step: str = "") -> Lines:
    """The lines of a run's steps."""
    lines: Lines = []
    show_logs(home, run, step, lambda name, line: lines.append((name, line)))
    return lines


def made(home: Path, state: State = State.SUCCEEDED, **files: bytes) -> Run:
    """A run of one step `a` that has left these files."""
    task = TaskRecord("a", "a", "container", state=state, started="2026-01-15T00:00:00Z")
    run = Run("r-1", "r", "", "r", "0", "", "2026-01-15T00:00:00Z", {}, state=state, tasks=(task,))
    place = run_directory(home, run.id) / "steps" / "a"
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / name.replace("_", ".")).write_bytes(content)
    write_run(run_directory(home, run.id), run)
    return run


def test_every_try_is_told_in_the_order_of_steps(runs: Runs, tmp_path: Path) -> None:
    """Earlier tries first; what looks like a login is left out."""
    run = runs(talking, {"counter": str(tmp_path / "counter")})
    tries = [("fail", f"error: try {number} failed at postgres://***@host") for number in (1, 2)]
    assert heard(runs.home, run) == [("write", "wrote here I am"), *tries]
    assert heard(runs.home, run, "write") == [("write", "wrote here I am")]


def test_tries_are_in_order_beyond_the_ninth(tmp_path: Path) -> None:
    """By their number, not by their letters; what somebody laid beside them is none."""
    run = made(
        tmp_path,
        stderr_10=b"ten\n",
        stderr_bak=b"kept by an editor\n",
        stderr_9=b"nine\n",
        stderr=b"last",
        stdout=b"words\n",
    )
    assert [line for _, line in heard(tmp_path, run)] == ["nine", "ten", "words", "last"]


def test_a_step_of_another_name_is_refused(tmp_path: Path) -> None:
    """With those that are there."""
    run = made(tmp_path)
    with pytest.raises(ConfigurationError, match=r"run r-1 has no step 'b' - name one of: a"):
        steps_named(run, "b")
    assert steps_named(run, "") == ["a"]


def test_a_run_is_followed_to_its_end(runs: Runs, tmp_path: Path) -> None:
    """From its first line to its last, each once, though logs are renamed between tries."""
    given = {"counter": str(tmp_path / "counter")}
    plan = from_component(talking).pipeline
    running = threading.Thread(target=lambda: run_pipeline(plan, given, home=runs.home, project=runs.project))
    running.start()
    while not (begun := list_runs(runs.home)):
        time.sleep(0.01)
    lines: Lines = []
    ended = follow_logs(runs.home, begun[0].id, "", lambda name, line: lines.append((name, line)))
    running.join()
    assert ended.state is State.SUCCEEDED
    assert sorted(lines) == sorted(heard(runs.home, ended))
    assert len(lines) == 3


def test_lines_that_grow_are_told_whole(tmp_path: Path) -> None:
    """A half line waits for its end; a log that begins anew is read from its begin; the last needs no end."""
    made(tmp_path, State.RUNNING, stderr=b"one\ntw")
    log = run_directory(tmp_path, "r-1") / "steps/a/stderr"
    lines: Lines = []
    told: list[list[str]] = []

    def write(content: bytes, mode: str, state: State = State.RUNNING) -> None:
        with log.open(mode) as file:
            file.write(content)
        if state is not State.RUNNING:
            made(tmp_path, state)

    steps = iter([(b"o\n", "ab"), (b"x\n", "wb"), (b"end", "ab", State.FAILED)])

    def wait(_seconds: float) -> None:
        told.append([line for _, line in lines])
        write(*next(steps))

    with exclusive(run_directory(tmp_path, "r-1") / "lock"):
        follow_logs(tmp_path, "r-1", "a", lambda name, line: lines.append((name, line)), wait=wait)
    assert told == [["one"], ["one", "two"], ["one", "two", "x"]]
    assert [line for _, line in lines] == ["one", "two", "x", "end"]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"", b"d\n", b"\n\ne"]), max_size=12))
def test_lines_are_the_same_however_they_arrive(chunks: list[bytes]) -> None:
    """Those that have ended, and the one that has not."""
    rest = bytearray()
    lines = [line for chunk in chunks for line in ended_lines(rest, chunk)]
    assert [*lines, bytes(rest)] == b"".join(chunks).split(b"\n")


def test_a_line_that_is_cut_shows_no_half_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much of a line is held; the half that is known to nobody stands at its end, and goes."""
    monkeypatch.setenv("SHOP_PASSWORD", "correct-horse-battery")
    rest = bytearray()
    long = b"x" * ((1 << 20) - 10) + b"correct-horse-battery" + b"y" * 100_000
    for at in range(0, len(long), 50_000):
        assert [*ended_lines(rest, long[at : at + 50_000])] == []
    held, after = ended_lines(rest, b"z\nnext\n")
    assert (len(held), after) == (1 << 20, b"next")
    assert held.endswith(b"xcorrect-ho")
    text = text_of(held)
    assert set(text.partition(" ")[0]) == {"x"}
    assert text.endswith(" … (the rest of the line is left out)")
    assert text_of(b"short\r") == "short"


def test_the_end_of_a_log_is_told_where_it_says_more(tmp_path: Path) -> None:
    """Of a step that failed, behind the line of its failure; not where that line is all there is."""
    failed = TaskRecord("a", "a", "container", state=State.FAILED, exit_code=1, error="no")
    log = tmp_path / "log"
    log.write_text("\n".join([*(f"line {number}" for number in range(20)), "", "\x1b[31merror: no\n"]))
    lines = line_of(TaskFinished(failed, 1.0, None, log)).splitlines()
    assert lines[0] == "  ✗ a  1.0 s  exit code 1: no"
    assert lines[1:] == [*(f"    │ line {number}" for number in range(13, 20)), "    │ \\x1b[31merror: no"]
    log.write_text("error: no\n")
    assert line_of(TaskFinished(failed, 1.0, None, log)).count("\n") == 0
    assert list(last_lines(tmp_path / "none", 3)) == []


def test_the_end_of_a_log_begins_with_a_line(tmp_path: Path) -> None:
    """Half of what a line says may be half of a secret; a line longer than all that is read is no line."""
    log = tmp_path / "stdout"
    log.write_text("first\nsecond\nthird\n")
    assert [tail(log, length) for length in (6, 7, 12, 13, 100)] == [
        "third\n", "third\n", "third\n", "second\nthird\n", "first\nsecond\nthird\n",
    ]  # fmt: skip
    log.write_text("x" * 100)
    assert tail(log, 10) == ""
