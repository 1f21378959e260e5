"""What is cleaned is what nobody needs: nothing that is in use, and no table unless it is named."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from stockpot.caches import cache
from stockpot.commands.cleaning import clean
from stockpot.compiler.definitions import from_component
from stockpot.local import cleaning, services
from stockpot.local.ages import freed, kept_for, last_used, parse_age, size
from stockpot.local.cache import Cache
from stockpot.local.cleaning import UNNAMED, Kind, Wish, cleanable, remove
from stockpot.local.environments import ensure
from stockpot.local.events import Event, TaskFinished
from stockpot.local.locks import exclusive, is_free, shared
from stockpot.local.project import Project
from stockpot.local.records import State, list_runs, run_directory, write_run
from stockpot.local.runner import run_pipeline
from tests.stockpot.local import probes
from tests.stockpot.local.litter import FOLDERS, NOW, folder_of, kept, names, ran

ALL = Wish(tuple(Kind), timedelta(0), 0)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("STOCKPOT_CACHE", str(tmp_path / "own"))
    return tmp_path / "own"


def own_stores(home: Path) -> None:
    """Embedded services that are down."""
    kept(home / "services" / "postgres", 99)
    (home / "services" / "settings.json").write_text("{}")


def page_of(place: Path, days: float) -> Path:
    """The folder of a page that was fetched so many days ago."""
    at = kept(place, days).stat()
    (place / "file").rename(place / "report.html")
    os.utime(place, (at.st_atime, at.st_mtime))
    return place


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
    place = kept(own_cache / "envs" / ("a" * 32), 50)
    (item,) = cleanable(home, Wish(), NOW)
    os.utime(place)
    assert not remove(home, item)
    assert place.is_dir()


def test_an_environment_in_use_stays_however_long(home: Path, project: Project) -> None:
    """A run holds those of its steps until its end, and its end is when they were used last."""
    found: list[bool] = []
    own = replace(project, environments=Project.of(home).environments)
    place = ensure(own, "probe").python.parents[1]

    def listener(event: Event) -> None:
        if isinstance(event, TaskFinished):
            os.utime(place, (1, 1))
            (item,) = [each for each in cleanable(home, ALL) if each.name == place.name]
            found.append(remove(home, item))

    @dsl.pipeline(name="one")
    def one() -> None:
        probes.write(text="a")

    run_pipeline(from_component(one).pipeline, {}, home=home, project=own, listener=listener)
    assert (found, place.is_dir()) == ([False], True)
    assert datetime.now(UTC) - last_used(place) < timedelta(minutes=5)
    os.utime(place, (1, 1))
    (item,) = [each for each in cleanable(home, ALL) if each.name == place.name]
    assert remove(home, item)


def test_environments_results_and_plans_go_by_their_last_use(home: Path, own_cache: Path) -> None:
    """By age, but never within a day; what remembers why a step ran stays."""
    for folder, length in FOLDERS.items():
        for name, days in (("a", 31), ("b", 29), ("c", 0.5)):
            kept(folder_of(home, own_cache, folder) / (name * length), days)
    kept(home / "cache" / "latest", 99)
    assert [name[:1] for name in names(cleanable(home, Wish(), NOW))] == ["a"] * 3
    assert [name[:1] for name in names(cleanable(home, ALL, NOW))] == ["a", "b"] * 3
    for item in cleanable(home, ALL, NOW):
        assert remove(home, item)
    assert sorted(path.name for path in (home / "cache").iterdir()) == ["c" * 64, "latest"]


def test_reports_that_were_fetched_go_by_their_age(home: Path) -> None:
    """By namespace and run, and never within a day; an index that leads to one of them goes along."""
    fetched = home / "cluster"
    for name, days in (("demo-a1", 31), ("demo-b2", 29), ("demo-c3", 0.5)):
        page_of(fetched / "kitchen" / name, days)
    page_of(fetched / "bar" / "demo-a1", 0.5)
    kept(fetched / "kitchen" / "mine", 99)
    kept(fetched / "kitchen" / ".demo-d4.gone", 0.5)
    page_of(fetched / "kitchen" / ".demo-e5.gone", 99)
    for namespace in ("kitchen", "bar"):
        (fetched / namespace / "index.html").write_text("demo-a1")
    (fetched / "linked").symlink_to(fetched / "kitchen")
    names_of = ["kitchen/.demo-e5.gone", "kitchen/demo-a1"]
    assert names(cleanable(home, Wish(), NOW)) == names_of
    assert names(cleanable(home, replace(ALL, kinds=(Kind.REPORTS,)), NOW)) == [*names_of, "kitchen/demo-b2"]
    for item in cleanable(home, Wish(), NOW):
        assert (item.kind, item.bytes, remove(home, item)) == (Kind.REPORTS, 10, True)
    assert sorted(path.name for path in (fetched / "kitchen").iterdir()) == [
        ".demo-d4.gone", "demo-b2", "demo-c3", "mine",
    ]  # fmt: skip
    assert sorted(path.name for path in (fetched / "bar").iterdir()) == ["demo-a1", "index.html"]


def test_a_report_that_was_fetched_again_meanwhile_stays(home: Path) -> None:
    """It is being read."""
    place = page_of(home / "cluster" / "kitchen" / "demo-a1", 50)
    (item,) = cleanable(home, Wish(), NOW)
    with replacing(place / "report.html") as part:
        part.write_text("new")
    assert not remove(home, item)
    assert (place / "report.html").read_text() == "new"


def test_what_others_keep_there_stays(home: Path, own_cache: Path) -> None:
    """A home or a cache may be a directory with other things in it, whose folders have the same names."""
    for folder in FOLDERS:
        kept(folder_of(home, own_cache, folder) / "mine", 99)
    (own_cache / "envs" / ("a" * 32)).symlink_to(own_cache / "envs" / "mine")
    kept(home / "services" / "api", 99)
    assert cleanable(home, replace(ALL, kinds=UNNAMED), NOW) == []
    with pytest.raises(ConfigurationError, match="is no folder of embedded services alone: api"):
        cleanable(home, ALL, NOW)
    with pytest.raises(ConfigurationError, match="is no folder of embedded services alone: api"):
        services.forget(home)
    assert (home / "services" / "api" / "file").is_file()


def test_a_folder_of_a_database_without_settings_of_ours_stays(home: Path) -> None:
    """Somebody's own Postgres, which is called as ours is."""
    kept(home / "services" / "postgres", 99)
    with pytest.raises(ConfigurationError, match="embedded services alone: postgres"):
        cleanable(home, ALL, NOW)


def test_a_copy_of_a_run_takes_nothing_away(home: Path) -> None:
    """Its record names another run, or something outside of the home; it is no run."""
    for day in (1, 2):
        ran(home, day)
    shutil.copytree(run_directory(home, "demo-2"), run_directory(home, "demo-2.bak"))
    outside = kept(home / "outside", 99)
    odd = ran(home, 3)
    write_run(run_directory(home, odd.id), replace(odd, id="../outside"))
    assert [run.id for run in list_runs(home)] == ["demo-2", "demo-1"]
    for item in cleanable(home, Wish((Kind.RUNS,), timedelta(0)), NOW):
        assert remove(home, item)
    assert sorted(path.name for path in (home / "runs").iterdir()) == ["demo-2", "demo-2.bak", "demo-3"]
    assert outside.is_dir()


def test_a_run_that_was_interrupted_counts_from_its_last_record(home: Path) -> None:
    """It began long ago, was resumed, and was killed today."""
    run = ran(home, 1, State.RUNNING)
    write_run(run_directory(home, run.id), replace(run, ended="", resumed=1))
    record = run_directory(home, run.id) / "run.json"
    for days, found in ((1, []), (21, [run.id])):
        os.utime(record, ((NOW - timedelta(days=days)).timestamp(),) * 2)
        assert names(cleanable(home, Wish((Kind.RUNS,), timedelta(days=20), 0), NOW)) == found


def test_what_a_killed_clean_has_left_goes(home: Path, own_cache: Path) -> None:
    """Half of a run, of an environment and of the stores; what has taken their names goes as well."""
    ran(home, 1)
    kept(home / "runs" / ".demo-1.gone", 0)
    kept(own_cache / "envs" / f".{'a' * 32}.gone", 99)
    kept(own_cache / "envs" / ("a" * 32), 50)
    kept(home / ".services.gone" / "s3", 1)
    for _ in range(2):
        for item in cleanable(home, ALL, NOW):
            assert remove(home, item) or not item.path.exists()
        own_stores(home)
    assert [path for place in (home / "runs", own_cache / "envs") for path in place.iterdir()] == []
    assert sorted(path.name for path in home.iterdir()) == ["runs", "services"]


def test_what_cannot_be_removed_is_not_said_to_be(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that a step made read-only stays, to be found the next time."""
    ran(home, 1)
    (item,) = cleanable(home, Wish((Kind.RUNS,), timedelta(0), 0), NOW)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    assert not remove(home, item)
    assert names(cleanable(home, Wish((Kind.RUNS,), timedelta(0), 0), NOW)) == [".demo-1.gone"]


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
    own_stores(home)
    assert cleanable(home, Wish(), NOW) == []
    (item,) = cleanable(home, Wish((Kind.STORES,)), NOW)
    with shared(home / "services" / "in-use"), pytest.raises(ConfigurationError, match="a run is using the services"):
        remove(home, item)
    assert (home / "services" / "postgres" / "file").is_file()
    assert remove(home, item)
    assert list(home.iterdir()) == []
    assert services.status(home, {})[0].running is False


def test_nothing_goes_while_the_stores_are_in_use(home: Path) -> None:
    """They are refused before anything is gone, for an error tells of nothing else."""
    ran(home, 1)
    own_stores(home)
    with shared(home / "services" / "in-use"), pytest.raises(ConfigurationError, match="a run is using the services"):
        clean(["runs", "stores"], keep=0, yes=True, home=home)
    assert [run.id for run in list_runs(home)] == ["demo-1"]


def test_what_is_gone_already_is_nobodys_to_remove(home: Path, own_cache: Path) -> None:
    """Another cleaner of the same home or cache was faster, between the list and the turn or before the list."""
    ran(home, 1)
    for folder, length in FOLDERS.items():
        kept(folder_of(home, own_cache, folder) / ("a" * length), 50)
    items = cleanable(home, replace(ALL, kinds=UNNAMED), NOW)
    assert len(items) == 4
    for item in items:
        shutil.rmtree(item.path)
        assert not remove(home, item)
        assert not item.path.exists()
        assert datetime.now(UTC) - last_used(item.path) < timedelta(minutes=5)


def test_what_may_not_be_removed_hinders_nothing_else(
    home: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An environment of somebody else in a cache of several people."""
    theirs, ours = (kept(own_cache / "envs" / (name * 32), 50) for name in "ba")
    rename = Path.rename

    def renamed(place: Path, target: Path) -> Path:
        if place == theirs:
            raise PermissionError(13, "Permission denied")
        return rename(place, target)

    monkeypatch.setattr(Path, "rename", renamed)
    clean(yes=True, home=home)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "1 removed, 0.0 MB freed; 1 came into use, went meanwhile, or may not be removed"
    )
    assert (theirs.is_dir(), ours.is_dir()) == (True, False)


def test_one_at_a_time_cleans_a_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand too, so that nothing is counted twice."""
    ran(home, 1)
    found: list[bool] = []
    monkeypatch.setattr(cleaning, "remove", lambda home, _item: found.append(is_free(home / "cleaning.lock")))
    clean(["runs"], keep=0, yes=True, home=home)
    assert found == [False]


def test_only_what_is_gone_is_counted(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that somebody has resumed since it was listed has freed nothing."""
    for day in (1, 2):
        (run_directory(home, ran(home, day).id) / "rows").write_bytes(bytes(2_000_000 * day))
    monkeypatch.setattr(cleaning, "remove", lambda home, item: item.name == "demo-1" and remove(home, item))
    clean(["runs"], keep=0, yes=True, home=home)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "1 removed, 2.0 MB freed; 1 came into use, went meanwhile, or may not be removed"
    )


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


@pytest.mark.parametrize(
    ("asked", "told", "hours"),
    [("", {}, 720), ("", {"STOCKPOT_RETENTION_DAYS": " 7 "}, 168), ("5h", {"STOCKPOT_RETENTION_DAYS": "7"}, 5)],
)
def test_how_long_things_are_kept(asked: str, told: dict[str, str], hours: int) -> None:
    """The option comes before the setting, and that before 30 days."""
    assert kept_for(asked, told) == timedelta(hours=hours)


@pytest.mark.parametrize("told", ["0", "-1", "30d", "2.5", "999999"])
def test_a_retention_that_is_no_number_of_days_is_refused(told: str) -> None:
    """By the setting's name, before anything is looked at."""
    with pytest.raises(ConfigurationError, match="STOCKPOT_RETENTION_DAYS is no number of days - write it as in 30"):
        kept_for("", {"STOCKPOT_RETENTION_DAYS": told})


def test_the_cache_is_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """STOCKPOT_CACHE, else a folder of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache() == tmp_path / "own"
    assert Project.of(tmp_path).environments == tmp_path / "own" / "envs"
    monkeypatch.setenv("STOCKPOT_CACHE", " ")
    assert Project.of(tmp_path).environments == tmp_path / "xdg" / "stockpot" / "envs"
