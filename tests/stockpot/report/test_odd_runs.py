"""Pages and lines of runs that are short, or were given secrets."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.pages import figures
from stockpot.commands.looking import _report_of
from stockpot.local.locks import exclusive
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.report import gathering
from stockpot.report.gathering import gather, outcomes
from stockpot.report.page import render
from stockpot.report.summary import run_summary
from stockpot.report.timeline import draw
from tests.stockpot.report.pages import words

BEGAN = "2026-01-15T00:00:00+00:00"


def task(ended: str = BEGAN, parameters: dict[str, Any] | None = None) -> TaskRecord:
    """A step that ended well."""
    return TaskRecord(
        "a", "a", "container", state=State.SUCCEEDED, started=BEGAN, ended=ended, parameters=parameters or {}
    )


@pytest.mark.parametrize("microseconds", [0, 1, 2, 3, 1_000])
def test_the_shortest_runs_have_a_timeline(microseconds: int) -> None:
    """A step from the cache takes no time to speak of, and an axis of it ends nevertheless."""
    assert "0 s" in str(draw(outcomes([task(f"2026-01-15T00:00:00.{microseconds:06}+00:00")])))


def test_what_steps_waited_for_is_drawn_before_them() -> None:
    """In a lighter bar that a legend explains; of one that never began that alone, and of a loop its first wait."""
    at = "2026-01-15T00:00:{:02}+00:00".format
    early = replace(task(at(30)), started=at(10), asked=at(0), ready=at(10))
    rounds = [
        replace(
            task(at(20)), id=f"each.{number}", name="each", parent="each", started=at(10 + number), asked=at(5 + number)
        )
        for number in range(2)
    ]
    loop = [TaskRecord("each", "each", "loop", started=at(5)), *(replace(one, ready=at(10)) for one in rounds)]
    vain = TaskRecord("vain", "vain", "container", state=State.FAILED, asked=at(4), ready=at(24))
    drawn = ET.fromstring(f"<p>{draw(outcomes([early, *loop, vain]))}</p>")  # noqa: S314 - our own drawing
    bars = [
        [(each.get("class"), float(each.get("x", 0)), float(each.get("width", 0))) for each in row.iter("rect")]
        for row in drawn.iter("g")
    ]
    # 300 pixels for 30 seconds, behind the names.
    assert bars == [
        [("wait", 190, 100), ("bar", 290, 200)],
        [("wait", 230, 200)],
        [("wait", 240, 50), ("bar", 290, 100)],
    ]
    assert f"a 20.0 s, waited 10.0 s for its environment or image; vain {figures.NONE}, waited 20.0 s" in words(drawn)
    assert "waits until its environment is built" in words(drawn)
    assert "waits until" not in str(draw(outcomes([task(at(30))])))


def test_parameters_are_shown_without_secrets(tmp_path: Path) -> None:
    """By their names and by those within their JSON, on the page and in what programs are given."""
    given = {"store": '{"api_key": "sk-live-1234"}', "db_password": "hidden-too", "tokens": ["aaaa1", "bbbb2"], "n": 3}
    steps = (task(parameters=given),)
    run = Run("demo-1", "demo", "", "demo", "", "", BEGAN, given, State.SUCCEEDED, exit_code=0, tasks=steps)
    told = json.dumps(run_summary(run, tmp_path))
    page = render(gather(run, run_directory(tmp_path, run.id)))
    for secret in ("sk-live-1234", "hidden-too", "aaaa1", "bbbb2"):
        assert secret not in told
        assert secret not in page
    assert '"n": 3' in told


def test_the_report_of_a_run_that_was_killed_is_written_anew(tmp_path: Path) -> None:
    """What it said while the run went on is not so any more, though no file of the run has changed since."""
    run = Run("demo-1", "demo", "", "demo", "", "", BEGAN, {}, State.RUNNING)
    directory = run_directory(tmp_path, run.id)
    directory.mkdir(parents=True)
    write_run(directory, run)
    with exclusive(directory / "lock"):
        page = _report_of(run.id, tmp_path)
        assert "· running</title>" in page.read_text()
    assert _report_of(run.id, tmp_path) == page
    assert "· interrupted</title>" in page.read_text()


def test_many_large_pages_are_named_and_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop may leave hundreds: those that fit are shown, of the others it is said where they lie."""
    monkeypatch.setattr(gathering, "_ALL_PAGES", 2_000)
    monkeypatch.setattr(gathering, "_LARGEST_PAGE", 1_200)
    sizes = {"a": 900, "b": 900, "c": 900, "d": 1_200, "e": 150, "f": 0}
    steps = tuple(
        TaskRecord(name, name, "container", state=State.SUCCEEDED, artifacts={"page": f"{name}/page"}) for name in sizes
    )
    run = Run("demo-1", "demo", "", "demo", "", "", BEGAN, {}, State.SUCCEEDED, exit_code=0, tasks=steps)
    directory = run_directory(tmp_path, run.id)
    for name, size in sizes.items():
        (directory / name).mkdir(parents=True)
        (directory / name / "page").write_text("<!DOCTYPE html>".ljust(size) if size else "no page")
    report = gather(run, directory)
    assert list(report.pages) == ["a", "b", "e"]
    assert report.further_pages == {"c": "c/page", "d": "d/page"}
    page = words(ET.fromstring(render(report).removeprefix("<!DOCTYPE html>\n")))  # noqa: S314 - our own page
    assert "No room here for these pages, which lie below the run's directory: c c/page d d/page" in page
