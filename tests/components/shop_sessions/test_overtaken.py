"""A run that makes all sessions anew, and is overtaken by a tick that commits no events: nothing stays half-made."""

from collections.abc import Callable
from typing import Any

import pytest

from components.shell.errors import SupersededError
from components.shop_sessions import commit
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import MIDNIGHT, MINUTE, TICK, event, require_same, snapshots
from tests.components.shop_sessions.world import Made, World

# Another visitor's, so that nothing but what is half-made has the sessions of the first one made anew.
LATE = event(3, 0, customer_id="b", event_time=MIDNIGHT - 9 * 60 * MINUTE)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def quiet_shop() -> tuple[World, Made]:
    """Two sessions that a longer gap makes one, closed, on a day that is not over; the longer gap is computed."""
    world = World()
    noon = [event(number, 0, event_time=MIDNIGHT - before * MINUTE) for number, before in ((1, 600), (2, 560))]
    world.run(noon, MIDNIGHT - 2 * TICK)
    world.told, world.anew = Settings(gap_minutes=60), True
    made = world.compute([], MIDNIGHT - 5 * MINUTE)
    world.told, world.anew = Settings(), False
    return world, made


def then(happens: Callable[[], Any], patched: pytest.MonkeyPatch) -> None:
    """Have this happen behind the next commit of a table."""
    waiting, real = [happens], commit.renew

    def renewed(*given: Any) -> Any:
        done = real(*given)
        while waiting:
            waiting.pop()()
        return done

    patched.setattr(commit, "renew", renewed)


def test_a_run_that_is_overtaken_before_its_commits_makes_none() -> None:
    """A tick without events has cut behaviour, and so has committed sessions, the last table, and no events."""
    world, made = quiet_shop()
    world.run([], MIDNIGHT)
    before = snapshots()
    with pytest.raises(SupersededError, match="nothing was made anew: suspend the schedule"):
        made.commit()
    assert snapshots() == before
    world.run([LATE], MIDNIGHT + TICK)
    require_same(world, MIDNIGHT + TICK)


def test_a_run_that_is_overtaken_between_its_commits_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has left is of an earlier instant than the last commit of sessions, which is that of another run."""
    world, made = quiet_shop()
    overtaking, before = world.compute([], MIDNIGHT), snapshots()
    with monkeypatch.context() as patched:
        then(overtaking.commit, patched)
        with pytest.raises(SupersededError):
            made.commit()
    assert [snapshots()[name] - before[name] for name in ("session_events", "sessions")] == [1, 1]
    world.run([LATE], MIDNIGHT + TICK)
    require_same(world, MIDNIGHT + TICK)
