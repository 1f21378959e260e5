"""A run that ends cleans up where a setting says so, and takes nothing that a run to come may need."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from components.shell.errors import TransientError
from stockpot.commands.cleaning import clean_after_run, wish_after_runs
from stockpot.commands.options import Form
from stockpot.commands.running import carry_out
from stockpot.local import cleaning
from stockpot.local.cleaning import Item, Wish, cleanable, remove
from stockpot.local.events import Listener
from stockpot.local.locks import exclusive
from stockpot.local.records import Run, State, list_runs, run_directory
from tests.stockpot.local.litter import FOLDERS, NOW, folder_of, kept, names, ran

AFTER = Wish(age=timedelta(days=20), keeps_open=True)
TOLD = {"STOCKPOT_CLEAN_AFTER_RUNS": "true", "STOCKPOT_RETENTION_DAYS": "20"}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("STOCKPOT_CACHE", str(tmp_path / "own"))
    return tmp_path / "own"


def test_after_a_run_what_is_open_stays(home: Path) -> None:
    """The last success of a pipeline, and the runs since then, which may be resumed; older ones go."""
    ran(home, 1)
    ran(home, 2, State.FAILED)
    ran(home, 3)
    ran(home, 4, State.FAILED)
    ran(home, 5, State.CANCELLED)
    ran(home, 1, State.FAILED, "other")
    assert names(cleanable(home, AFTER, NOW)) == ["demo-1", "demo-2"]
    assert names(cleanable(home, replace(AFTER, keeps_open=False), NOW)) == ["demo-1", "demo-2", "demo-3", "demo-4"]
    ran(home, 28)
    assert names(cleanable(home, AFTER, NOW)) == ["demo-1", "demo-2", "demo-3", "demo-4", "demo-5"]


def test_what_can_be_made_again_goes_by_age_alone(home: Path, own_cache: Path) -> None:
    """A run that failed long ago stays itself, and holds nothing that a resume would make again."""
    places = [folder_of(home, own_cache, name) / (key * length) for name, length in FOLDERS.items() for key in "ab"]
    for days, place in zip([22, 18] * 3, places, strict=True):
        kept(place, days)
    ran(home, 4, State.FAILED)
    ran(home, 5, State.FAILED)
    assert [item.path for item in cleanable(home, AFTER, NOW)] == places[::2]


def test_a_run_that_cannot_be_resumed_is_not_open(home: Path) -> None:
    """It failed before it had a plan, under the name of its function or file, which no success ever bears."""
    ran(home, 1, State.FAILED, "train", plan="")
    ran(home, 2, State.FAILED, "train", plan="")
    ran(home, 3)
    ran(home, 4, State.FAILED, plan="")
    ran(home, 5, State.FAILED)
    assert names(cleanable(home, AFTER, NOW)) == ["train-1", "demo-4"]


def test_runs_that_end_at_once_clean_once(home: Path, own_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each says what it has removed itself, all is gone, and what goes on stays; nothing is said where nothing went."""
    for day in range(1, 20):
        kept(own_cache / "envs" / f"{day:032x}", 90 + day)
        ran(home, day)
    goes_on = ran(home, 20, State.RUNNING)
    with exclusive(run_directory(home, goes_on.id) / "lock"), ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            list(pool.map(lambda _: clean_after_run(home, TOLD, sys.stdout), range(4)))
    said = re.findall(r"(?:(\d+) runs?)?(?:, )?(?:(\d+) environments?)? removed", capsys.readouterr().out)
    # The newest success stays, as the run that goes on does.
    assert [sum(int(each or 0) for each in column) for column in zip(*said, strict=True)] == [18, 19]
    assert [run.id for run in list_runs(home)] == [goes_on.id, "demo-19"]
    assert [*(own_cache / "envs").iterdir()] == []


def test_homes_that_share_a_cache_clean_it_beside_each_other(
    home: Path, own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What another one has taken is gone already; each says what it has removed itself."""
    homes = [home / str(number) for number in range(6)]
    for number in range(60):
        kept(own_cache / "envs" / f"{number:032x}", 90)
        kept(own_cache / "traces" / f"{number:016x}", 90)
    with ThreadPoolExecutor(len(homes)) as pool:
        list(pool.map(lambda each: clean_after_run(each, TOLD, sys.stdout), homes))
    said = capsys.readouterr().out
    assert "failed" not in said
    for kind in ("environment", "plan"):
        assert sum(map(int, re.findall(rf"(\d+) {kind}s?\b", said))) == 60
    assert [*(own_cache / "envs").iterdir(), *(own_cache / "traces").iterdir()] == []


def test_a_cleaning_that_fails_is_a_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run has its own outcome by then."""
    monkeypatch.setattr(cleaning, "list_runs", lambda _home: (_ for _ in ()).throw(OSError("no disk")))
    clean_after_run(home, TOLD, sys.stdout)
    assert capsys.readouterr().out == "Cleaning failed: OSError: no disk\n"


def test_a_cleaning_that_is_stopped_says_what_it_has_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C stops it, and the run ends as it did; its summary was printed before."""
    for day in (1, 2, 3):
        ran(home, day)
    before: list[str] = []

    def stopped(where: Path, item: Item) -> bool:
        before.append(capsys.readouterr().out)
        if len(before) == 2:
            raise KeyboardInterrupt
        return remove(where, item)

    monkeypatch.setenv("STOCKPOT_CLEAN_AFTER_RUNS", "true")
    monkeypatch.setattr(cleaning, "remove", stopped)
    assert carry_out(lambda _listener: ran(home, 4), home, Form.JSON).id == "demo-4"
    assert json.loads(before[0])["run"] == "demo-4"
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "Cleaning stopped",
        "Cleaned: 1 run removed, 0.0 MB freed",
    ]
    assert len(list_runs(home)) == 3


@pytest.mark.parametrize(
    ("error", "left"),
    [(TransientError("no space left on the disk", "make room"), ["demo-2"]), (KeyboardInterrupt(), None)],
)
def test_a_run_that_could_not_begin_cleans_too(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, left: list[str] | None
) -> None:
    """For want of room, say; but whoever breaks it off waits for nothing."""
    ran(home, 1)
    ran(home, 2)

    def fails(_listener: Listener) -> Run:
        raise error

    monkeypatch.setenv("STOCKPOT_CLEAN_AFTER_RUNS", "true")
    with pytest.raises(type(error)):
        carry_out(fails, home, Form.TEXT)
    assert [run.id for run in list_runs(home)] == (left or ["demo-2", "demo-1"])


@pytest.mark.parametrize(("said", "age"), [(None, None), ("false", None), ("true", 30)])
def test_a_run_cleans_only_where_it_is_told_to(said: str | None, age: int | None) -> None:
    """By default nothing goes that nobody asked to; the age is that of `stockpot clean`."""
    told = {"STOCKPOT_CLEAN_AFTER_RUNS": said} if said else {}
    assert wish_after_runs(told) == (Wish(age=timedelta(days=age), keeps_open=True) if age else None)
    if age:
        assert wish_after_runs({**told, "STOCKPOT_RETENTION_DAYS": "7"}) == Wish(age=timedelta(7), keeps_open=True)


def test_a_run_says_what_it_has_cleaned(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After its report; without the setting nothing goes, and one that cannot be costs a line, whatever the run did."""
    ran(home, 1)
    carry_out(lambda _listener: ran(home, 2), home, Form.TEXT)
    assert [run.id for run in list_runs(home)] == ["demo-2", "demo-1"]
    monkeypatch.setenv("STOCKPOT_CLEAN_AFTER_RUNS", "true")
    capsys.readouterr()
    carry_out(lambda _listener: ran(home, 3), home, Form.TEXT)
    report, cleaned = capsys.readouterr().out.splitlines()[-2:]
    assert report.startswith("Report: ")
    assert cleaned.startswith("Cleaned: 2 runs removed, ")
    assert [run.id for run in list_runs(home)] == ["demo-3"]
    monkeypatch.setenv("STOCKPOT_CLEAN_AFTER_RUNS", "often")
    carry_out(lambda _listener: ran(home, 4, State.FAILED), home, Form.TEXT)
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith("Cleaning failed: STOCKPOT_CLEAN_AFTER_RUNS is neither true nor false - ")
    )
    assert [run.id for run in list_runs(home)] == ["demo-4", "demo-3"]
