"""Events that landed a second time, on another day: each is in one session, and no run stops."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.components.shop_sessions.test_runs import MINUTE, START, TICK, event, require_promised
from tests.components.shop_sessions.world import World, rows

# The overlap of the run at the start begins on the day before it: what lies further back lands again once it has moved.
OLD = START - timedelta(days=2, hours=22)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def in_sessions(number: str = "001") -> list[datetime]:
    """When the event of that number happened, by the sessions."""
    return sorted(row["occurred_at"] for row in rows("session_events") if row["event_id"] == number)


def moved(world: World, after: timedelta) -> None:
    """Have the source say of the first event that it happened so long after the start."""
    world.source = [row for row in world.source if row["event_id"] != "001"]
    world.source.append(event(1, 0, event_time=START + after))


@pytest.mark.parametrize("customer", ["a", "b"])
def test_an_event_moved_from_before_the_overlap_is_in_one_session(customer: str, tmp_path: Path) -> None:
    """As it came to sessions first; also where another visitor has the copy, and both days are replaced, then all."""
    world = World()
    world.run([event(1, 0, event_time=OLD), event(2, 0)], START)
    moved(world, MINUTE)
    world.source[-1]["customer_id"] = customer
    made = world.run([event(3, 2)], START + TICK)
    require_promised(made, tmp_path)
    assert sorted(row["event_id"] for row in rows("events")) == ["001", "001", "002", "003"]
    assert (in_sessions(), made.summary.details["repeated"]) == ([OLD], 1)
    late = event(4, 0, event_time=OLD + MINUTE, customer_id="c")
    made = world.run([late, event(5, 0, event_time=OLD + 5 * MINUTE), event(6, 16)], START + 2 * TICK)
    require_promised(made, tmp_path)
    days = {row["session_started_at"].date() for row in rows("session_events")}
    assert made.summary.details["days"] == len(days) == 2
    assert (in_sessions(), made.summary.details["repeated"]) == ([OLD], 0)
    assert sum(row["events"] for row in rows("sessions")) == len(rows("session_events")) == 6
    world.anew = True
    made = world.run([], START + 3 * TICK)
    require_promised(made, tmp_path)
    assert (in_sessions(), made.summary.details["repeated"]) == ([OLD], 1)
    assert sum(row["events"] for row in rows("sessions")) == len(rows("session_events")) == 6


@pytest.mark.parametrize("before", [True, False], ids=["behind a commit", "in the first one"])
def test_of_two_copies_that_come_at_once_the_first_counts(*, before: bool, tmp_path: Path) -> None:
    """Sessions could not be made in between, whether there were any before or not."""
    world = World()
    if before:
        world.run([event(9, -60)], START - 2 * TICK)
    world.compute([event(1, 0, event_time=OLD), event(2, 0)], START)
    moved(world, MINUTE)
    made = world.run([event(3, 2)], START + TICK)
    require_promised(made, tmp_path)
    assert len(rows("events")) == 4 + before
    assert (in_sessions(), made.summary.details["repeated"]) == ([OLD], 1)


def test_copies_that_are_in_two_sessions_by_now_become_one(tmp_path: Path) -> None:
    """An earlier release has put them there: a run that makes both sessions anew takes one away."""
    world = World()
    world.run([event(1, 0, event_time=OLD), event(2, 0)], START)
    moved(world, MINUTE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("components.shop_sessions.bring._once", lambda backend, landed, in_time, ids: in_time)
        patched.setattr("components.shop_sessions.renewed.once", lambda events, *by: events)
        world.run([event(3, 2)], START + TICK)
    assert in_sessions() == [OLD, START + MINUTE]
    made = world.run([event(5, 0, event_time=OLD + 5 * MINUTE), event(6, 16)], START + 2 * TICK)
    require_promised(made, tmp_path)
    assert in_sessions() == [OLD]
    assert sum(row["events"] for row in rows("sessions")) == len(rows("session_events"))
