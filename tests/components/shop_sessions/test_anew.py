"""Runs that make all sessions anew: what came too late is in its session then, and a new funnel has all days."""

from datetime import timedelta
from pathlib import Path

import pytest

from components.shop_sessions.funnels import SHOP, Funnel
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import START, TICK, event, require_promised, require_same, snapshots
from tests.components.shop_sessions.world import World, rows

AS_OF = START + timedelta(hours=26)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def test_what_came_too_late_comes_to_its_session(tmp_path: Path) -> None:
    """By a run of the same instant as the last one too; the next run goes on, and changes nothing."""
    world = World()
    world.run([event(1, -5 * 1440), event(2, 0)], AS_OF)
    too_late = world.run([event(3, -5 * 1440 - 20), event(4, -7 * 1440)], AS_OF + TICK)
    assert too_late.summary.details["too_late"] == 2
    assert sorted(row["event_id"] for row in rows("session_events")) == ["001", "002"]
    world.anew = True
    made = world.run([], AS_OF + TICK)
    require_promised(made, tmp_path)
    assert made.summary.details["too_late"] == 0
    require_same(world, AS_OF + TICK)
    assert sorted(row["events"] for row in rows("sessions")) == [1, 1, 2]
    before, world.anew = snapshots(), False
    # It comes twice, and then the next one.
    made.commit()
    world.run([], AS_OF + 2 * TICK)
    assert snapshots() == before | {"events": before["events"] + 1}


def test_a_new_funnel_has_all_days() -> None:
    """Without that, the days that change from then on alone."""
    world, days = World(), [(START + timedelta(days=number)).date() for number in (-5, 0, 1)]
    world.run([event(1, -5 * 1440), event(2, 0)], AS_OF)
    world.told = Settings(funnels=(SHOP, Funnel("seen", ("view",))))
    world.run([event(3, 1440)], AS_OF + TICK)
    assert {row["day"] for row in rows("funnel_daily") if row["funnel"] == "seen"} == {days[-1]}
    world.anew = True
    world.run([], AS_OF + 2 * TICK)
    for funnel in ("seen", "shop"):
        found = {
            row["day"]: row["sessions"] for row in rows("funnel_daily") if (row["funnel"], row["step"]) == (funnel, 1)
        }
        assert found == dict.fromkeys(days, 1)
