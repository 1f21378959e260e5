"""No clock and no zone of the machine reaches a result."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.components.moderation_features.histories import History, write_history
from tests.harness.jumps import CHANGES

_PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")


def library() -> Path | None:
    """libfaketime, where this machine has it."""
    found = (path for place in _PLACES for path in Path(place).glob("**/faketime/libfaketimeMT.so.1"))
    return next(found, None)


@pytest.fixture(scope="module", name="runs")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each zone and change of its clocks gave: all of the process's clocks jump where libfaketime is there."""
    place = tmp_path_factory.mktemp("clocks")
    write_history(place / "history", History(seed=5, images=6).tables())
    command, environment = [sys.executable, "-m", "tests.harness.jumps", str(place / "history")], dict(os.environ)
    if faketime := library():
        environment |= {
            "LD_PRELOAD": str(faketime),
            "FAKETIME": "+0",
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_no_change_of_the_clocks_reaches_a_result(runs: list[dict[str, Any]]) -> None:
    """Summer time's beginning and end in four zones, with the clock an hour on and back meanwhile: the same bytes."""
    assert [one["zone"] for one in runs] == list(CHANGES)
    assert len({one["digest"] for one in runs}) == 1
    assert all(len(set(one["seen"])) == 4 for one in runs)
    assert all(one["seen"][0][:10] == CHANGES[one["zone"]][0][:10] for one in runs)


def test_whoever_goes_by_the_wall_clock_differs(runs: list[dict[str, Any]]) -> None:
    """The counter-test, in the same process: days of 23, 24.5 and 25 hours."""
    days = {day.partition(",")[0] for one in runs for day in one["naive"]}
    assert days >= {"23.0 hours", "23.5 hours", "24.5 hours", "25.0 hours"}
