"""Commits that are killed before and after each of their calls to the outside, and then run again."""

import gc
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import receipts
from pipelines.event_aggregation import DATASET
from tests.components.event_tables.original import Original
from tests.components.event_tables.scene import (
    HOUR,
    T0,
    Sent,
    Tables,
    World,
    happened,
    land,
    narrow,
    run,
    stage_all,
    wrong_events,
    wrong_windows,
)
from tests.components.load_iceberg.crowd import CONTEXT
from tests.components.load_iceberg.kills import DIED, Calls, changes, moments, run_until

pytestmark = [pytest.mark.xdist_group("event-tables"), pytest.mark.timeout(2400)]

AT_A_TIME = 4
TICK = T0 + 2 * HOUR

Work = Callable[["Scene", Path], None]


@dataclass(frozen=True)
class Scene:
    """What a process of its own needs to land a run: the world's tables and topics."""

    broker: Any
    topics: Mapping[str, str]
    table: Tables
    windows: Tables

    @property
    def world(self) -> World:
        """The world, as another process sees it."""
        return World(self.broker, dict(self.topics), self.table, self.windows)


def landed(scene: Scene, staged: Path) -> None:
    """Commit what is staged there, as the steps do."""
    scratch = _scratch(scene, staged)
    shutil.copytree(staged, scratch, dirs_exist_ok=True)
    world, shares = scene.world, _shares(staged)
    land(world, TICK, scratch, shares)


def _scratch(scene: Scene | World, staged: Path) -> Path:
    return staged.with_name(f"{staged.name}-{scene.table['name']}")


def run_anew(scene: Scene, _staged: Path) -> None:
    """A new run, which begins with a plan of its own and stages for itself."""
    run(scene.world, TICK)


def appended(scene: Scene, _staged: Path) -> None:
    """Commit as the original does."""
    Original()(scene.world, TICK)


def _shares(staged: Path) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(staged.glob("share-*/staged"))]


@pytest.fixture
def clones(world: World) -> Callable[[int], World]:
    """A function that gives the world with tables of its own, as they were after the first hour."""
    catalog = open_catalog()
    narrow(world)
    tables = [world.table, *world.windows.values()]

    def clone(number: int) -> World:
        for each in tables:
            catalog.register_table(f"{each['name']}_{number}", places[each["name"]])
        named = {kind: {**each, "name": f"{each['name']}_{number}"} for kind, each in world.windows.items()}
        table = {**world.table, "name": f"{world.table['name']}_{number}"}
        return replace(world, table=table, windows=named, sent=world.sent)

    world.send(happened(60, T0))
    run(world, T0 + HOUR)
    places = _places(world)
    return clone


def late(event: Sent) -> Sent:
    """Every fifth event belongs to the hour before."""
    return replace(event, at=event.at - HOUR) if event.at.second % 5 == 0 else event


def kill_everywhere(
    work: Work,
    clone,
    staged: Path,
    environ: dict[str, str],
    *,
    again: Sequence[Work],
    only: frozenset[str] = frozenset(),
):
    """The names of all calls, and what is wrong after a kill at one of them and each way to do the work again.

    A retry sees nothing of a kill but what the catalog names, and what lies in its scratch directory. All worlds have
    one folder in the store, where what each kill has left lies beside every retry. So of the kills that leave the same
    behind, the first and the last are made good.
    """
    heard = staged.parent / "calls"
    assert _ends(work, {(-1, False): clone(0)}, staged, environ, heard) == {0}
    names = heard.read_text().split()
    deaths = moments(names, only)
    worlds = {moment: clone(number) for number, moment in enumerate(deaths, 1)}
    for first in range(0, len(deaths), AT_A_TIME):
        some = {moment: worlds[moment] for moment in deaths[first : first + AT_A_TIME]}
        assert _ends(work, some, staged, environ, heard) == {DIED}
    left = [list(same) for _, same in groupby(deaths, lambda moment: _left(worlds[moment], staged))]
    assert len(left) > names.count("do_commit"), "a commit has left no trace"
    found = {}
    for moment in [moment for same in left for moment in dict.fromkeys((same[0], same[-1]))]:
        world = worlds[moment]
        killed = _places(world)
        for way in again:
            _wind_back(killed)
            way(_scene(world), staged)
            wrong = wrong_windows(world, TICK) + ([] if work is appended else wrong_events(world))
            if wrong:
                found[changes(names)[moment[0]], *moment, way.__name__] = wrong
            # Steps leave their catalogs to the end of the process, and here that is far away: Postgres would run out of
            # connections.
            gc.collect()
    return names, found


def _left(world: World, staged: Path) -> object:
    """What a retry can see: what has been committed to each table, and which files lie in the scratch directory."""
    catalog, tables = open_catalog(), (world.table, *world.windows.values())
    scratch = sorted(path.relative_to(staged.parent).parts[1:] for path in _scratch(world, staged).rglob("*"))
    return scratch, [_committed(load_table(catalog, each["name"])) for each in tables]


def _committed(table: Table) -> object:
    # Keys of windows differ by the name of their table, which is the world's own.
    done = [(one.as_of, one.interval_start, one.rows, one.offsets) for one in receipts(table, DATASET.name)]
    current = table.current_snapshot()
    total = current.summary and current.summary["total-records"] if current else "0"
    return done, len(table.snapshots()), total


def _places(world: World) -> dict[str, str]:
    """Where each table of the world is described: all that the catalog knows of it."""
    catalog, tables = open_catalog(), (world.table, *world.windows.values())
    return {each["name"]: load_table(catalog, each["name"]).metadata_location for each in tables}


def _wind_back(places: Mapping[str, str]) -> None:
    """Let the tables be as they were there; what was stored since stays in the store, where nobody knows of it."""
    catalog = open_catalog()
    for name, place in places.items():
        catalog.drop_table(name)
        catalog.register_table(name, place)


def _scene(world: World) -> Scene:
    return Scene(replace(world.broker, _process=None), world.topics, world.table, world.windows)


def _ends(work, worlds, staged, environ, heard) -> set[int]:
    """The exit codes of processes that each die at the moment their world stands under."""
    processes = [
        CONTEXT.Process(
            target=run_until,
            args=(work, _scene(world), staged),
            kwargs={"environ": environ, "calls": Calls(*moment), "heard": heard},
        )
        for moment, world in worlds.items()
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return {process.exitcode for process in processes}


@pytest.fixture
def environ(world: World, catalog_env: dict[str, str]) -> dict[str, str]:
    """What steps are told."""
    return {**catalog_env, "KAFKA_BOOTSTRAP_SERVERS": world.broker.address}


@pytest.mark.turns
def test_a_kill_at_any_call_costs_nothing(world: World, clones, environ, tmp_path: Path) -> None:
    """Whatever call they die at, a retry, which finds its staged files, leaves all right, and so does a new run."""
    world.send([late(one) for one in happened(60, T0 + HOUR)])
    staged = tmp_path / "staged"
    staged.mkdir()
    stage_all(world, TICK, staged, consumers=2)
    names, wrong = kill_everywhere(landed, clones, staged, environ, again=(landed, run_anew))
    assert wrong == {}
    assert names.count("do_commit") == 1 + len(world.windows)
    assert set(names) == {"open", "read", "create", "close", "change", "do_commit"}


def test_the_originals_way_doubles_windows_when_killed(world: World, clones, environ, tmp_path: Path) -> None:
    """Killed after one of its commits and run again, it has windows twice: the harness can tell."""
    world.send(happened(60, T0 + HOUR))
    only = frozenset({"do_commit"})
    _, wrong = kill_everywhere(appended, clones, tmp_path / "none", environ, again=(appended,), only=only)
    assert any("twice" in line for lines in wrong.values() for line in lines)
