"""Runs that make all sessions anew: what came too late is in its session then, and a new funnel has all days."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import receipts
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from components.shell.keys import key_of
from components.shop_sessions.funnels import SHOP, Funnel
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import (
    START,
    TICK,
    dies_after,
    event,
    require_promised,
    require_same,
    snapshots,
)
from tests.components.shop_sessions.world import ABOUT, World, rows

AS_OF = START + timedelta(hours=26)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def test_what_came_too_late_comes_to_its_session(tmp_path: Path) -> None:
    """By a run of a later instant, for that of a half-made one is told by it; the next run changes nothing."""
    world = World()
    world.run([event(1, -5 * 1440), event(2, 0)], AS_OF)
    too_late = world.run([event(3, -5 * 1440 - 20), event(4, -7 * 1440)], AS_OF + TICK)
    assert too_late.summary.details["too_late"] == 2
    assert sorted(row["event_id"] for row in rows("session_events")) == ["001", "002"]
    world.anew = True
    with pytest.raises(ConfigurationError, match="sessions have been made at 2026-01-12T00:45:00Z before"):
        world.run([], AS_OF + TICK)
    made = world.run([], AS_OF + 2 * TICK)
    require_promised(made, tmp_path)
    assert made.summary.details["too_late"] == 0
    require_same(world, AS_OF + 2 * TICK)
    assert sorted(row["events"] for row in rows("sessions")) == [1, 1, 2]
    before, world.anew = snapshots(), False
    # It comes twice, and then the next one.
    made.commit()
    world.run([], AS_OF + 3 * TICK)
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


def test_a_run_that_makes_all_anew_may_die_between_its_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one, which is not told so, makes it good."""
    world = World()
    world.run([event(1, -5 * 1440), event(2, 0)], AS_OF)
    world.run([event(3, -5 * 1440 - 20)], AS_OF + TICK)
    world.anew = True
    half = world.compute([], AS_OF + 2 * TICK)
    with monkeypatch.context() as patched:
        dies_after(1, patched)
        with pytest.raises(KeyboardInterrupt):
            half.commit()
    world.anew = False
    world.run([], AS_OF + 3 * TICK)
    require_same(world, AS_OF + 3 * TICK)


def test_a_visitor_whose_events_were_deleted_has_no_session() -> None:
    """No event is left to tell that anything of theirs changes; funnels of the day do not count them either."""
    world = World()
    world.run([event(1, 0), event(2, -5 * 1440, customer_id="b")], AS_OF)
    load_table(open_catalog(), "retail.events").delete("event_id = '002'")
    world.source, world.anew = world.source[:1], True
    made = world.run([], AS_OF + TICK)
    assert made.summary.details["replaced_sessions"] == 2
    assert [row["visitor"] for row in rows("sessions")] == [row["visitor"] for row in rows("session_events")] == ["a"]
    assert {row["day"] for row in rows("funnel_daily")} == {START.date()}


@pytest.mark.parametrize("anew", [True, False], ids=["anew", "another gap"])
def test_a_run_that_died_may_be_repeated_otherwise(*, anew: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same instant: what it has left is not taken for what the other one commits."""
    world = World()
    world.run([event(1, 0)], AS_OF)
    half = world.compute([event(2, 40)], AS_OF + TICK)
    with monkeypatch.context() as patched:
        dies_after(1, patched)
        with pytest.raises(KeyboardInterrupt):
            half.commit()
    world.told, world.anew = Settings(gap_minutes=60), anew
    world.run([], AS_OF + TICK)
    require_same(world, AS_OF + TICK)


def test_a_plan_of_an_earlier_release_has_the_key_of_its_commit() -> None:
    """Which says nothing of parameters: what it had begun to commit is gone on with behind an upgrade."""
    made = World().compute([event(1, 0)], AS_OF)
    planned = json.loads((made.at / "plan").read_text())
    before = {name: planned[name] for name in planned if name not in ("anew", "parameters", "erased")}
    (made.at / "plan").write_text(json.dumps(before))
    made.commit()
    told = [ABOUT["pipeline"], "retail.sessions", ABOUT["version"], planned["offsets"], format_instant(AS_OF)]
    (receipt,) = receipts(load_table(open_catalog(), "retail.sessions"), ABOUT["pipeline"])
    assert receipt.run_key == key_of(told)
