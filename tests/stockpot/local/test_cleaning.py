"""What is cleaned is what nobody needs: nothing that is in use, and no table unless it is named."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.caches import cache
from stockpot.local import services
from stockpot.local.ages import freed, last_used, parse_age, size
from stockpot.local.cache import Cache
from stockpot.local.cleaning import Item, Kind, Wish, cleanable, remove
from stockpot.local.environments import ensure
from stockpot.local.locks import exclusive, shared
from stockpot.local.project import Project
from stockpot.local.records import Run, State, list_runs, run_directory, write_run

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = Wish(tuple(Kind), timedelta(0), 0)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("STOCKPOT_CACHE", str(tmp_path / "own"))
    return tmp_path / "own"


def ran(home: Path, day: int, state: State = State.SUCCEEDED, pipeline: str = "demo") -> Run:
    """A run of that day of February, recorded in the home."""
    at = f"2026-02-{day:02d}T03:00:00Z"
    run = Run(f"{pipeline}-{day}", pipeline, "", pipeline, "0", at, at, {}, state, ended=at)
    run_directory(home, run.id).mkdir(parents=True)
    write_run(run_directory(home, run.id), run)
    return run


def kept(place: Path, days: float) -> Path:
    """A directory with ten bytes, last used so many days ago."""
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"0123456789")
    at = (NOW - timedelta(days=days)).timestamp()
    os.utime(place, (at, at))
    return place


def names(items: list[Item]) -> list[str]:
    """What they are called."""
    return [item.name for item in items]


def test_old_runs_go_but_for_the_newest(home: Path) -> None:
    """Those that ended longer ago than the age; of each pipeline some stay, whatever their age."""
    for day in (1, 2, 3, 27):
        ran(home, day)
    ran(home, 1, pipeline="other")
    ran(home, 4, State.FAILED)
    assert names(cleanable(home, Wish((Kind.RUNS,), timedelta(days=20)), NOW)) == [
        "demo-1",
        "demo-2",
        "demo-3",
        "demo-4",
    ]
    assert names(cleanable(home, Wish((Kind.RUNS,), timedelta(days=20), keep=3), NOW)) == ["demo-1", "demo-2"]
    assert "other-1" in names(cleanable(home, Wish((Kind.RUNS,), timedelta(days=20), keep=0), NOW))


def test_a_run_that_goes_on_stays(home: Path) -> None:
    """Also one that is resumed between the list and its turn."""
    ran(home, 1, State.RUNNING)
    resumed = ran(home, 2)
    with exclusive(run_directory(home, "demo-1") / "lock"):
        (item,) = cleanable(home, Wish((Kind.RUNS,), timedelta(days=1), 0), NOW)
        assert item.name == resumed.id
        with exclusive(run_directory(home, resumed.id) / "lock"):
            assert not remove(home, item)
    assert remove(home, item)
    assert [run.id for run in list_runs(home)] == ["demo-1"]
    assert [path.name for path in (home / "runs").iterdir()] == ["demo-1"]


def test_what_was_used_meanwhile_stays(home: Path, own_cache: Path) -> None:
    """An environment that a step took after it had been listed."""
    place = kept(own_cache / "envs" / "abc", 50)
    (item,) = cleanable(home, Wish(), NOW)
    os.utime(place)
    assert not remove(home, item)
    assert place.is_dir()


def test_environments_results_and_plans_go_by_their_last_use(home: Path, own_cache: Path) -> None:
    """By age, but never within a day; what remembers why a step ran stays."""
    for folder in (own_cache / "envs", own_cache / "traces", home / "cache"):
        for name, days in (("old", 31), ("young", 29), ("today", 0.5)):
            kept(folder / name, days)
    kept(home / "cache" / "latest", 99)
    assert names(cleanable(home, Wish(), NOW)) == ["old"] * 3
    assert names(cleanable(home, ALL, NOW)) == ["old", "young"] * 3
    for item in cleanable(home, ALL, NOW):
        assert remove(home, item)
    assert sorted(path.name for path in (home / "cache").iterdir()) == ["latest", "today"]


def test_a_step_that_uses_them_makes_them_young(home: Path, project: Project) -> None:
    """An environment that is there, and a result that is fetched."""
    place = ensure(project, "probe").python.parents[1]
    os.utime(place, (1, 1))
    ensure(project, "probe")
    assert datetime.now(UTC) - last_used(place) < timedelta(minutes=5)
    step = home / "step"
    (step / "outputs").mkdir(parents=True)
    (step / "stdout").touch()
    results = Cache(home / "cache")
    assert results.keep("key", step)
    os.utime(home / "cache" / "key", (1, 1))
    assert results.fetch("key", home / "other")
    assert datetime.now(UTC) - last_used(home / "cache" / "key") < timedelta(minutes=5)


def test_the_stores_go_only_where_they_are_named(home: Path) -> None:
    """And not while a run uses them."""
    kept(home / "services" / "postgres", 99)
    assert cleanable(home, Wish(), NOW) == []
    (item,) = cleanable(home, Wish((Kind.STORES,)), NOW)
    with shared(home / "services" / "in-use"), pytest.raises(ConfigurationError, match="a run is using the services"):
        remove(home, item)
    assert (home / "services" / "postgres" / "file").is_file()
    assert remove(home, item)
    assert list(home.iterdir()) == []
    assert services.status(home, {})[0].running is False


def test_sizes_count_a_file_once(tmp_path: Path) -> None:
    """What removing gives back is what has no name elsewhere."""
    one, two = kept(tmp_path / "one", 1), kept(tmp_path / "two", 1)
    (two / "same").hardlink_to(one / "file")
    assert (size(one), size(two)) == (10, 20)
    assert [freed(each) for each in ([one], [two], [one, two], [])] == [0, 10, 20, 0]


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("30d", 720), (" 2w", 336), ("0h", 0)])
def test_ages_are_read(text: str, hours: int) -> None:
    """Hours, days and weeks."""
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "30", "d", "1.5d", "-1d", "999999w", "30 days"])
def test_other_ages_are_refused(text: str) -> None:
    """One line with what to write."""
    with pytest.raises(ConfigurationError, match="write hours, days or weeks as 12h, 30d or 2w"):
        parse_age(text)


def test_the_cache_is_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """STOCKPOT_CACHE, else a folder of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache() == tmp_path / "own"
    assert Project.of(tmp_path).environments == tmp_path / "own" / "envs"
    monkeypatch.setenv("STOCKPOT_CACHE", " ")
    assert Project.of(tmp_path).environments == tmp_path / "xdg" / "stockpot" / "envs"
