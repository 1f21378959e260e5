"""Runs that die between their commits at an instant at which another run was told otherwise: they are made good."""

from datetime import timedelta

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.parts import beside, days_of
from components.iceberg.receipts import newest, receipts
from components.shop_sessions import bring
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import MIDNIGHT, START, TICK, dies_after, event, require_same
from tests.components.shop_sessions.world import ABOUT, Made, World, rows

AS_OF = START + timedelta(hours=26)
PATIENT = Settings(lateness_minutes=2880)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def dies(made: Made, commits: int) -> None:
    """The run ends behind so many commits."""
    with pytest.MonkeyPatch.context() as patched:
        dies_after(commits, patched)
        with pytest.raises(KeyboardInterrupt):
            made.commit()


def test_a_whole_run_that_is_repeated_otherwise_and_dies_is_made_good() -> None:
    """It was to wait less, and counted another funnel: its day was final, while the sessions of that day are open."""
    world, as_of = World(PATIENT), MIDNIGHT + timedelta(days=1, hours=12)
    world.run([event(1, 0, event_time=as_of - timedelta(hours=30))], as_of)
    world.told = Settings(funnels=(Funnel("seen", ("view",)),))
    dies(world.compute([], as_of), 2)
    assert {(row["funnel"], row["is_final"]) for row in rows("funnel_daily")} == {("seen", True)}
    world.told = PATIENT
    world.run([], as_of + TICK)
    assert {row["is_closed"] for row in rows("sessions")} == {False}
    assert {(row["funnel"], row["is_final"]) for row in rows("funnel_daily")} == {("shop", False)}
    require_same(world, as_of + TICK)


def test_two_runs_of_an_instant_that_die_leave_no_mixture() -> None:
    """The first one is repeated, and takes what it had left of events for its own: the second one has replaced that."""
    world = World()
    world.run([event(1, 0)], AS_OF)
    dies(world.compute([event(2, 40)], AS_OF + TICK), 1)
    world.told = Settings(gap_minutes=60)
    dies(world.compute([], AS_OF + TICK), 1)
    world.told = Settings()
    world.run([], AS_OF + TICK)
    world.run([], AS_OF + 2 * TICK)
    require_same(world, AS_OF + 2 * TICK)


def test_what_an_earlier_release_committed_is_made_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its receipt does not say with which events its sessions go."""
    world = World()
    world.run([event(1, 0)], AS_OF)
    with monkeypatch.context() as patched:
        patched.setattr(bring, "beside", lambda _: "")
        assert world.compute([], AS_OF + TICK).summary.details["days"] == 1
    assert world.compute([], AS_OF + TICK).summary.details["days"] == 0
    events, sessions = (
        newest(receipts(load_table(open_catalog(), f"retail.{name}"), ABOUT["pipeline"]))
        for name in ("session_events", "sessions")
    )
    assert events is not None
    assert sessions is not None
    assert (beside(sessions), days_of(sessions)) == (events.run_key, days_of(events))
