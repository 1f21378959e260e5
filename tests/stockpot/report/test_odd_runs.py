"""Pages and lines of runs that are short, or were given secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from stockpot.local.records import Run, State, TaskRecord, run_directory
from stockpot.report.gathering import gather, outcomes
from stockpot.report.page import render
from stockpot.report.summary import run_summary
from stockpot.report.timeline import draw

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
