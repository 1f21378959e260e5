"""Rows that are erased while a run makes sessions of them: it does not bring them back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from components.event_tables import commit as commit_events
from components.iceberg.catalog import open_catalog
from components.maintain_tables.erase import Erasure, erase
from components.shell.errors import SupersededError
from tests.components.shop_sessions.test_overtaken import then
from tests.components.shop_sessions.test_runs import OF_SESSIONS, START, TICK, event, require_same, snapshots
from tests.components.shop_sessions.world import Made, World, rows

AS_OF = START + timedelta(hours=26)
TABLES = [each["table"] for each in OF_SESSIONS]
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def forget(world: World, tables: Sequence[str] = TABLES) -> None:
    """Customer b leaves the source and these tables, as by `erase-gone`."""
    world.source = [row for row in world.source if row["customer_id"] != "b"]
    for table in tables:
        erase(open_catalog(), Erasure(table, "customer_id", {}), frozenset({"b"}))


def late_shop() -> World:
    """Of b there is an event that came too late: no table has it but that of events, so from no other it is erased."""
    world = World()
    world.run([event(1, 0)], AS_OF)
    world.run([event(2, -5 * 1440, customer_id="b")], AS_OF + TICK)
    return world


def made_anew(world: World) -> Made:
    """A run that makes all sessions anew has computed them, that of b too."""
    world.anew = True
    made = world.compute([], AS_OF + 2 * TICK)
    world.anew = False
    return made


def visitors() -> set[str]:
    """Whose events are in sessions."""
    return {row["visitor"] for row in rows("session_events")}


def test_what_was_erased_since_a_run_read_it_is_not_committed() -> None:
    """Where all sessions are made anew, nothing is: that run is to be started again."""
    world = late_shop()
    made = made_anew(world)
    forget(world)
    before = snapshots()
    with pytest.raises(SupersededError, match=r"rows of retail\.events have been erased since it read them"):
        made.commit()
    assert snapshots() == before
    world.run([], AS_OF + 3 * TICK)
    require_same(world, AS_OF + 3 * TICK)


def test_what_is_erased_between_the_commits_of_a_run_is_gone_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run has committed events of b by then, where an erasure looked before, and does not come to its end."""
    world = late_shop()
    made = made_anew(world)
    with monkeypatch.context() as patched:
        then(lambda: forget(world, ["retail.events"]), patched)
        with pytest.raises(SupersededError, match="nothing was made anew"):
            made.commit()
    assert visitors() == {"a", "b"}
    world.run([], AS_OF + 3 * TICK)
    require_same(world, AS_OF + 3 * TICK)


def test_what_is_erased_between_landing_and_sessions_is_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The snapshot in which the run's events landed still has it; the run comes to its end."""
    world, land = late_shop(), commit_events.main

    def landed(**given: Any) -> None:
        land(**given)
        forget(world)

    monkeypatch.setattr(commit_events, "main", landed)
    made_anew(world).commit()
    assert visitors() == {"a"}
    require_same(world, AS_OF + 2 * TICK)


def test_a_tick_does_not_bring_back_what_was_erased_from_the_days_that_it_replaces() -> None:
    """Events of b were gone before; the session of b lies on the day on which one of a changes."""
    world = World()
    world.run([event(1, 0), event(2, 5, customer_id="b")], AS_OF)
    forget(world, ["retail.events"])
    made = world.compute([event(3, 1)], AS_OF + TICK)
    forget(world)
    with pytest.raises(SupersededError, match=r"rows of retail\.session_events have been erased"):
        made.commit()
    world.run([], AS_OF + 2 * TICK)
    require_same(world, AS_OF + 2 * TICK)
