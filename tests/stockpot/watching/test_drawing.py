"""What the screen of a run says, at any size, and what keys change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stockpot.local.records import Run, State, TaskRecord
from stockpot.watching.drawing import View, drawn_log, drawn_run
from stockpot.watching.keys import Key, keys_in
from stockpot.watching.picture import Picture, picture_of

BEGAN = datetime(2026, 1, 15, tzinfo=UTC)
WIDE, NARROW = (80, 12), (30, 8)
AT_FIRST = View()


def task(name: str, state: str = "pending", begin: int | None = None, end: int | None = None, **more) -> TaskRecord:
    """A step that ran so many seconds after the first."""
    times = [(BEGAN + timedelta(seconds=at)).isoformat() if at is not None else "" for at in (begin, end)]
    return TaskRecord(name, name, **{"kind": "container", **more}, state=State(state), started=times[0], ended=times[1])


def run(*tasks: TaskRecord, state: State = State.RUNNING, error: str = "") -> Run:
    """A run of these tasks."""
    return Run("demo-1", "demo", "", "demo", "0", "", BEGAN.isoformat(), {}, state=state, error=error, tasks=tasks)


GOING = run(
    task("begin", "succeeded", 0, 10, rows_in=7, rows_out=5, rows_rejected=2),
    task("part", "running", 10, kind="dag", after=("begin",)),
    task("load", after=("begin", "part")),
    task("inside", "running", 10, parent="part", attempts=2),
    task("end-run", exits=True),
)


def screen(picture: Picture, view: View = AT_FIRST, size: tuple[int, int] = WIDE, seconds: int = 40, note: str = ""):
    """The lines of the screen so long after the run's begin."""
    lines = drawn_run(picture, view, size, BEGAN + timedelta(seconds=seconds), note)
    assert len(lines) == size[1]
    return [line.text.rstrip() for line in lines]


def test_steps_stand_in_the_order_of_the_plan_with_times_bars_and_rows() -> None:
    """Those of a part below it; what waits says for what, what has been waited for goes unsaid."""
    lines = screen(picture_of(GOING))
    assert lines[0] == "running  40.0 s  1 of 4 steps  demo-1"
    assert lines[1:6] == [
        "  ✓ begin           10.0 s ━━━           7 → 5 rows, 2 rejected",
        "  ▸ part            30.0 s",
        "> ▸   inside        30.0 s    ━━━━━━━━━  attempt 2",
        "  · load                                 after part",
        "  · ◆ end-run                            at the end",
    ]
    assert lines[-2:] == ["inside: attempt 2", "↑↓ step  l log  q leave"]
    assert screen(picture_of(GOING), note="building")[-2] == "building"


@pytest.mark.parametrize("size", [WIDE, NARROW, (24, 5), (200, 60)])
def test_no_line_is_longer_than_the_screen(size: tuple[int, int]) -> None:
    """Nor is it with letters that are two columns wide, and names that are longer than all there is."""
    wide = run(task("漢字" * 30, "failed", 0, 1, error="字" * 90, exit_code=1), state=State.FAILED, error="字" * 200)
    for each in (picture_of(GOING), picture_of(wide)):
        for line in drawn_run(each, View(), size, BEGAN):
            assert len(line.text) + sum(letter in "漢字" for letter in line.text) == size[0]


def test_a_failure_is_said_in_full() -> None:
    """The step that failed is the one that is chosen, and time has stopped."""
    failed = run(
        task("a", "succeeded", 0, 5), task("b", "failed", 5, 9, exit_code=10, error="too much \x1b[2J of it"),
        task("c", "omitted", reason="what it needs failed"), state=State.FAILED, error="b: too much",
    )  # fmt: skip
    lines = screen(picture_of(failed), seconds=4000)
    assert lines[0] == "failed  9.00 s  1 of 3 steps  demo-1"
    assert lines[2].startswith("> ✗ b")
    assert lines[-2] == "b: exit code 10: too much \\x1b[2J of it"


def test_secrets_stay_out() -> None:
    """As everywhere."""
    told = picture_of(run(task("a", "failed", 0, 1, error="at postgres://me:hidden@host"), state=State.FAILED))
    assert "***@host" in told.rows[0].said


def test_a_run_without_steps_can_be_drawn() -> None:
    """One that could not be compiled."""
    lines = screen(picture_of(run(state=State.FAILED, error="SyntaxError")))
    assert (lines[0], lines[-2]) == ("failed  0 of 0 steps  demo-1", "SyntaxError")
    assert View().after(Key.LOG, picture_of(run()), 5) == View()
    assert View().after(Key.DOWN, picture_of(run()), 5).chosen(picture_of(run())) <= 0


MANY = picture_of(run(*(task(f"step-{number}", "running", number) for number in range(50))))


def test_the_row_that_is_chosen_is_on_the_screen() -> None:
    """One step, a page, or all the way."""
    view = View()
    for key, place in [
        (Key.DOWN, 1), (Key.PAGE_DOWN, 10), (Key.LAST, 49), (Key.DOWN, 49), (Key.UP, 48), (Key.FIRST, 0), (Key.UP, 0),
    ]:  # fmt: skip
        view = view.after(key, MANY, 9)
        assert view.chosen(MANY) == place
        (chosen,) = [line for line in screen(MANY, view, NARROW) if line.startswith(">")]
        assert f" step-{place} " in chosen


def test_a_log_is_opened_scrolled_and_left() -> None:
    """From its end; a part of the pipeline has none; long lines go on in the next, and nothing in them is obeyed."""
    view = View().after(Key.LOG, MANY, 9)
    assert view.log == "step-0"
    lines = [*(f"line {number}" for number in range(30)), "x" * 100, "\x1b[2J\tend"]
    drawn, view = drawn_log("step-0", lines, view, WIDE)
    texts = [line.text.rstrip() for line in drawn]
    assert texts[0] == "step-0: what it says"
    assert texts[-5:-2] == ["x" * 80, "x" * 20, "\\x1b[2J end"]
    drawn, view = drawn_log("step-0", lines, view.after(Key.FIRST, MANY, 9), WIDE)
    assert [drawn[1].text.rstrip(), drawn[-2].text.rstrip()] == ["line 0", "more below: 24"]
    drawn, view = drawn_log("step-0", lines, view.after(Key.DOWN, MANY, 9), WIDE)
    assert drawn[1].text.rstrip() == "line 1"
    assert view.after(Key.BACK, MANY, 9) == View(row=0)
    part = picture_of(replace(GOING, tasks=GOING.tasks[1:2]))
    assert View(row=0).after(Key.LOG, part, 9).log == ""
    assert drawn_log("a", [], View(log="a"), WIDE)[0][1].text.rstrip() == "it has said nothing"


def test_keys_are_read_however_terminals_send_them() -> None:
    """Several at once; what means nothing is passed over."""
    assert [*keys_in(b"j\x1b[A\x1bOBx\x1b[5~\x1b[1;5C\x1bq\xff")] == [
        Key.DOWN, Key.UP, Key.DOWN, Key.PAGE_UP, Key.BACK, Key.QUIT,
    ]  # fmt: skip
