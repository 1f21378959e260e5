"""A run that ends cleans up where a setting says so, and takes nothing that a run to come may need."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.commands.cleaning import clean_after_run, wish_after_runs
from stockpot.commands.options import Form
from stockpot.commands.running import carry_out
from stockpot.local import cleaning
from stockpot.local.cleaning import Kind, Wish, cleanable
from stockpot.local.locks import exclusive
from stockpot.local.records import State, list_runs, run_directory
from tests.stockpot.local.litter import FOLDERS, NOW, folder_of, kept, names, ran

AFTER = Wish(age=timedelta(days=20), keeps_open=True)


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


def test_after_a_run_what_an_open_one_has_used_stays(home: Path, own_cache: Path) -> None:
    """Results and environments used since the first of those that have not succeeded began, but no older ones."""
    used = [folder_of(home, own_cache, name) / ("a" * length) for name, length in FOLDERS.items()]
    older = [folder_of(home, own_cache, name) / ("b" * length) for name, length in FOLDERS.items()]
    for place in used:
        kept(place, 22)
    for place in older:
        kept(place, 25)
    everything = sorted(place.name for place in (*used, *older))
    ran(home, 4, State.FAILED)
    assert {item.place for item in cleanable(home, AFTER, NOW)} == {*older}
    ran(home, 5)
    assert sorted(item.place.name for item in cleanable(home, AFTER, NOW) if item.kind is not Kind.RUNS) == everything


def test_runs_that_end_at_once_clean_once(home: Path, own_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each says what it has removed itself, all is gone, and what goes on stays; nothing is said where nothing went."""
    for day in range(1, 20):
        kept(own_cache / "envs" / f"{day:032x}", 90 + day)
        ran(home, day)
    goes_on = ran(home, 20, State.RUNNING)
    with exclusive(run_directory(home, goes_on.id) / "lock"), ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            list(pool.map(lambda _: clean_after_run(home, AFTER, sys.stdout), range(4)))
    said = re.findall(r"(?:(\d+) runs?)?(?:, )?(?:(\d+) environments?)? removed", capsys.readouterr().out)
    # The newest success stays, as the run that goes on does.
    assert [sum(int(each or 0) for each in column) for column in zip(*said, strict=True)] == [18, 19]
    assert [run.id for run in list_runs(home)] == [goes_on.id, "demo-19"]
    assert [*(own_cache / "envs").iterdir()] == []


def test_a_cleaning_that_fails_is_a_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run has its own outcome by then."""
    monkeypatch.setattr(cleaning, "list_runs", lambda _home: (_ for _ in ()).throw(OSError("no disk")))
    clean_after_run(home, AFTER, sys.stdout)
    assert capsys.readouterr().out == "Cleaning failed: OSError: no disk\n"


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
    """After its report; without the setting nothing goes, and a setting that cannot be is said before it begins."""
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
    with pytest.raises(ConfigurationError, match="STOCKPOT_CLEAN_AFTER_RUNS is neither true nor false"):
        carry_out(lambda _listener: ran(home, 4), home, Form.TEXT)
    assert [run.id for run in list_runs(home)] == ["demo-3"]
