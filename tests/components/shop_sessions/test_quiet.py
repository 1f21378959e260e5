"""Ticks in which nothing happens, while a session is open that began on a day which is over: they commit nothing."""

from datetime import timedelta

import pytest

from components.shop_sessions.funnels import SHOP, Funnel
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import MIDNIGHT, MINUTE, event, snapshots
from tests.components.shop_sessions.world import World, rows

PEOPLE = Funnel("people", ("view", "buy"), scope="customer", window_minutes=60)
EVENT = event(1, 0, session_id="s", event_time=MIDNIGHT - 5 * MINUTE)
# In minutes after midnight, and when nothing in time can come to the session any more.
TICKS = {"gap": ([15, 30, 45, 55], 60), "given": ([15, 30, 45, 720, 1425], 1470)}
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def final() -> set[tuple[str, bool]]:
    """Of each funnel whether its days are final."""
    return {(row["funnel"], row["is_final"]) for row in rows("funnel_daily")}


@pytest.mark.parametrize("mode", TICKS)
def test_a_day_waits_for_its_open_session_without_a_commit(mode: str) -> None:
    """Once the session is closed, the day is final, in one commit."""
    world, (quiet, closes) = World(Settings(session_mode=mode)), TICKS[mode]
    world.run([EVENT], MIDNIGHT)
    before = snapshots()
    for minutes in quiet:
        world.run([], MIDNIGHT + minutes * MINUTE)
    assert snapshots() == before | {"events": before["events"] + len(quiet)}
    assert final() == {("shop", False)}
    world.run([], MIDNIGHT + closes * MINUTE)
    assert final() == {("shop", True)}
    assert snapshots()["funnel_daily"] == before["funnel_daily"] + 1


def test_a_day_of_customers_is_final_by_its_window_alone() -> None:
    """Whatever is open: that funnel asks for no session. It takes one commit, and the other funnel waits on."""
    told = Settings(session_mode="given", max_session_hours=72, funnels=(SHOP, PEOPLE))
    world, end = World(told), MIDNIGHT + timedelta(days=1)
    world.run([EVENT], MIDNIGHT)
    world.run([], end)
    assert final() == {("shop", False), ("people", False)}
    before = snapshots()
    for minutes in (30, 45, 60):
        world.run([], end + minutes * MINUTE)
    assert final() == {("shop", False), ("people", True)}
    assert snapshots()["funnel_daily"] == before["funnel_daily"] + 1
