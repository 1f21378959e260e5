"""Windows that are counted after somebody else has counted them."""

from datetime import timedelta
from pathlib import Path

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.shell.errors import SupersededError
from tests.components.event_tables.scene import (
    HOUR,
    T0,
    World,
    commit_staged,
    count_anew,
    happened,
    run,
    stage_all,
    wrong_events,
    wrong_windows,
)

pytestmark = [pytest.mark.xdist_group("event-tables")]

TICK = T0 + HOUR


@pytest.fixture
def committed(world: World, tmp_path: Path) -> Path:
    """Where a run lies that has committed its events, and not yet counted the windows."""
    world.send(happened(60, T0))
    scratch = tmp_path / "first"
    scratch.mkdir()
    commit_staged(world, TICK, scratch, stage_all(world, TICK, scratch))
    return scratch


def late(world: World) -> None:
    """Send what happened in the same hour, and is seen by whoever reads after this."""
    world.send(happened(30, T0, HOUR / 2, seed=2))


def snapshots(world: World) -> list[int | None]:
    """The snapshots of the tables of windows."""
    tables = (load_table(open_catalog(), one["name"]) for one in world.windows.values())
    return [table.metadata.current_snapshot_id for table in tables]


def test_a_twin_that_read_less_takes_nothing_back(world: World, committed: Path) -> None:
    """A run of the same instant has found more meanwhile, and counted it."""
    late(world)
    run(world, TICK)
    before = snapshots(world)
    with pytest.raises(SupersededError, match="hold what came after it"):
        count_anew(world, TICK, committed)
    assert snapshots(world) == before
    assert wrong_windows(world, TICK) == []
    assert wrong_events(world) == []


@pytest.mark.parametrize("later", [timedelta(), HOUR])
def test_a_finished_run_that_is_repeated_changes_nothing(world: World, committed: Path, later: timedelta) -> None:
    """Not even when others have counted since."""
    count_anew(world, TICK, committed)
    assert wrong_windows(world, TICK) == []
    late(world)
    run(world, TICK + later)
    before = snapshots(world)
    count_anew(world, TICK, committed)
    assert snapshots(world) == before
    assert wrong_windows(world, TICK + later) == []
