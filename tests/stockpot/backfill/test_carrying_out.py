"""How intervals are run: in order, side by side, until one fails."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stockpot.backfill import carrying_out
from stockpot.backfill.carrying_out import Ended, Order, carry_out, held_to
from stockpot.backfill.intervals import Interval, State
from tests.harness.waiting import wait_for

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
INTERVALS = [Interval(START + n * HOUR, START + (n + 1) * HOUR, START, State.MISSING) for n in range(5)]
# Writes what `stockpot run --output json` writes, and leaves with the code it is told.
SCRIPT = """
import json, pathlib, sys, time
place, number, code, seconds = pathlib.Path(sys.argv[1]), *sys.argv[2:]
try:
    (place / f"{number}.began").touch()
    time.sleep(float(seconds))
except KeyboardInterrupt:
    (place / f"{number}.stopped").touch()
    sys.exit(130)
print(json.dumps({"run": f"run-{number}", "error": "it broke" if code != "0" else None}))
sys.exit(int(code))
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Carry out the intervals, each of which ends with the code and after the seconds that are given for it."""
    monkeypatch.setattr(carrying_out, "_STOCKPOT", (sys.executable, "-c", SCRIPT))

    def carried(codes: dict[int, int] | None = None, at_once: int = 1, seconds: float = 0) -> tuple[list[Ended], int]:
        most, now = 0, 0

        def tell(line: str) -> None:
            nonlocal most, now
            now += 1 if line.startswith("▶") else -1
            most = max(most, now)

        def command(interval: Interval) -> list[str]:
            number = INTERVALS.index(interval)
            return [str(tmp_path), str(number), str((codes or {}).get(number, 0)), str(seconds)]

        order = Order(command, at_once, os.environ, tell)
        return carry_out(INTERVALS, order), most

    return carried


def test_all_run_oldest_first(run) -> None:
    """One after the other, each with the name of its run."""
    done, most = run()
    assert [one.interval for one in done] == INTERVALS
    assert [one.run for one in done] == [f"run-{n}" for n in range(5)]
    assert most == 1


def test_no_more_run_at_once_than_allowed(run) -> None:
    """Three at a time, never four, and all of them in the end."""
    done, most = run(at_once=3, seconds=0.5)
    assert most == 3
    assert {one.interval for one in done} == set(INTERVALS)


def test_nothing_is_begun_after_a_failure(run, tmp_path: Path) -> None:
    """What runs is waited for; what has not begun is left, and the error is told."""
    done, _ = run({1: 75})
    assert [one.exit_code for one in done] == [0, 75]
    assert (done[1].failed, done[1].error) == (True, "it broke")
    assert not (tmp_path / "2.began").exists()


def test_an_interval_that_somebody_else_has_written_is_no_failure(run) -> None:
    """Exit 12 means that the rows are there, so the others go on."""
    done, _ = run({1: 12})
    assert [one.exit_code for one in done] == [0, 12, 0, 0, 0]
    assert not done[1].failed


def test_what_is_missing_all_the_same_is_a_failure(run) -> None:
    """Somebody has written a part of the interval with more known: its run was refused, and the rest is not there."""
    done, _ = run({1: 12, 2: 12})
    told: list[str] = []
    part = replace(INTERVALS[1], start=INTERVALS[1].start + (INTERVALS[1].end - INTERVALS[1].start) / 2)
    listed = [
        INTERVALS[0],
        replace(part, state=State.MISSING),
        *(replace(one, state=State.DONE) for one in INTERVALS[2:]),
    ]
    held = held_to(done, lambda: [replace(listed[0], state=State.DONE), *listed[1:]], told.append)
    assert [one.failed for one in held] == [False, True, False, False, False]
    (line,) = told
    assert line.startswith(f"✗ {INTERVALS[1].span}: ")
    assert held_to(done[:1], pytest.fail, told.append) == done[:1]


def test_a_command_that_says_nothing_is_told_by_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no JSON comes, the last line of stderr is the error."""
    script = "import sys; sys.stderr.write('noise\\nerror: no such pipeline\\n'); sys.exit(11)"
    monkeypatch.setattr(carrying_out, "_STOCKPOT", (sys.executable, "-c", script))
    (done,) = carry_out(INTERVALS[:1], Order(lambda _: [], 1, os.environ, lambda _: None))
    assert (done.exit_code, done.error) == (11, "no such pipeline")


def test_a_run_that_was_killed_has_the_exit_code_of_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where memory has run out: 137, never a negative number, and it has failed."""
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(carrying_out, "_STOCKPOT", (sys.executable, "-c", script))
    told: list[str] = []
    (done,) = carry_out(INTERVALS[:2], Order(lambda _: [], 1, os.environ, told.append))
    assert (done.exit_code, done.failed) == (137, True)
    assert told[-1] == f"✗ {INTERVALS[0].span}: exit 137"


def test_a_run_that_cannot_be_started_has_failed() -> None:
    """As one whose command is too long for the system: it has an end as any other, and nothing is begun after it."""
    told: list[str] = []
    (done,) = carry_out(INTERVALS, Order(lambda _: ["x" * 200_000], 2, os.environ, told.append))
    assert (done.exit_code, done.failed) == (11, True)
    assert told[1:] == [f"✗ {INTERVALS[0].span}: it cannot be started: Argument list too long"]


@pytest.fixture
def heard() -> Iterator[None]:
    """Signals as a shell leaves them to a command in the foreground."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    assert signal.getsignal(signal.SIGHUP) in (signal.SIG_DFL, signal.SIG_IGN)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_what_runs(run, tmp_path: Path, number: int) -> None:
    """Ctrl-C, TERM and a terminal that is closed stop the runs in order, and nothing else is begun."""

    def press() -> None:
        wait_for(lambda: len(list(tmp_path.glob("*.began"))) == 2)
        os.kill(os.getpid(), number)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        run(at_once=2, seconds=60)
    assert sorted(path.name for path in tmp_path.glob("*.stopped")) == ["0.stopped", "1.stopped"]
    assert len(list(tmp_path.glob("*.began"))) == 2


# Ends in its own time once it was asked to, and notes whether it was asked again.
PATIENT = """
import pathlib, sys, time
place = pathlib.Path(sys.argv[1])
for asked in ("began", "stopped", "insisted"):
    try:
        (place / asked).touch()
        while not (place / "go-on").exists():
            time.sleep(0.01)
        sys.exit(130)
    except KeyboardInterrupt:
        continue
"""


@pytest.mark.usefixtures("heard")
def test_a_closed_terminal_is_heard_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernel and shell both tell of it: nobody insists by that, and what is said goes nowhere."""
    monkeypatch.setattr(carrying_out, "_STOCKPOT", (sys.executable, "-c", PATIENT))
    left: list[int] = []
    monkeypatch.setattr(carrying_out, "leave_terminal", lambda: left.append(1))

    def close() -> None:
        for number, place in enumerate(("began", "stopped"), 1):
            wait_for((tmp_path / place).exists)
            os.kill(os.getpid(), signal.SIGHUP)
            wait_for(lambda wanted=number: len(left) == wanted)
        (tmp_path / "go-on").touch()

    threading.Thread(target=close).start()
    with pytest.raises(KeyboardInterrupt):
        carry_out(INTERVALS[:2], Order(lambda _: [str(tmp_path)], 1, os.environ, lambda _: None))
    assert not (tmp_path / "insisted").exists()


def test_under_nohup_a_closed_terminal_is_nobodys_concern(run, tmp_path: Path) -> None:
    """All intervals run, as whoever said so wants."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def close() -> None:
        wait_for((tmp_path / "0.began").exists)
        os.kill(os.getpid(), signal.SIGHUP)

    threading.Thread(target=close).start()
    done, _ = run(at_once=5, seconds=0.5)
    assert [one.exit_code for one in done] == [0] * 5
    assert signal.signal(signal.SIGHUP, before) is signal.SIG_IGN
