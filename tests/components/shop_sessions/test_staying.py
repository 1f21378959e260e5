"""Days are replaced, but rows of sessions that nothing has changed are copied; on a real catalog and store."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.maintain_tables.erase import Asked, erase
from components.shell import datasets
from components.shell.errors import TransientError
from components.shop_sessions import bring
from components.shop_sessions.funnels import CUSTOMER, Funnel
from components.shop_sessions.parts import pieces_for
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import MINUTE, START, TICK, event, require_same
from tests.components.shop_sessions.world import Made, World, rows

AS_OF = START + timedelta(hours=26)
FIRST = [event(1, 0), event(2, 5, customer_id="b"), event(3, 10, customer_id="c")]
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-staying"), pytest.mark.usefixtures("catalog_env")]


def visitors(made: Made, name: str) -> list[str]:
    """Whose rows a run has computed, of all that it commits to a table."""
    return sorted(row["visitor"] for batch in datasets.read_batches(made.at / name) for row in batch.to_pylist())


def test_what_comes_anew_is_what_has_changed() -> None:
    """A late event of one visitor; all others of the day are in the table as before, and in what funnels count."""
    world = World()
    world.run(FIRST, AS_OF)
    before = {row["session_key"]: row for row in rows("sessions")}
    made = world.compute([event(4, 20, "cart")], AS_OF + TICK)
    assert (visitors(made, "sessions"), visitors(made, "session_events")) == (["a"], ["a", "a"])
    made.commit()
    require_same(world, AS_OF + TICK)
    others = [row for row in rows("sessions") if row["visitor"] != "a"]
    assert [before[row["session_key"]] for row in others] == others
    assert {row["kind"]: row["sessions"] for row in rows("funnel_daily")} == {"view": 3, "cart": 1, "buy": 0}


def test_a_session_that_closes_comes_anew_and_its_events_stay() -> None:
    """Nothing happened to it; its day is replaced."""
    world = World()
    world.run(FIRST, START + 11 * MINUTE)
    assert {row["is_closed"] for row in rows("sessions")} == {False}
    made = world.run([event(4, 60, customer_id="d")], START + 65 * MINUTE)
    assert (visitors(made, "sessions"), visitors(made, "session_events")) == (["a", "d"], ["d"])
    require_same(world, START + 65 * MINUTE)


def meanwhile(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Have the work done between the copying of rows and the first commit after it."""
    real, left = commits.commit, [work]

    def committed(*given: Any) -> Any:
        if left:
            left.pop()()
        return real(*given)

    monkeypatch.setattr(commits, "commit", committed)


def test_who_is_erased_while_rows_are_copied_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is refused, and the next attempt copies what is left."""
    world = World()
    world.run(FIRST, AS_OF)
    made = world.compute([event(4, 20)], AS_OF + TICK)
    asked = Asked("retail.session_events", "visitor", {})
    with monkeypatch.context() as patched:
        meanwhile(patched, lambda: erase(open_catalog(), asked, frozenset({"b"})))
        with pytest.raises(
            TransientError, match=r"files of retail\.session_events were replaced while rows were copied"
        ):
            made.commit()
    assert sorted(row["visitor"] for row in rows("session_events")) == ["a", "c"]
    made.commit()
    assert sorted(row["visitor"] for row in rows("session_events")) == ["a", "a", "c"]


def test_pieces_are_as_many_as_the_days_further_back_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A funnel of a window of ten days reads events of so many, though new ones are of today alone."""
    world = World(Settings(funnels=(Funnel("long", ("view", "buy"), CUSTOMER, 10 * 24 * 60),)))
    as_of = START + timedelta(days=8)
    world.run([event(number, number * 24 * 60) for number in range(8)], as_of)
    asked: list[int] = []

    def counted(number: int) -> int:
        asked.append(number)
        return pieces_for(number)

    monkeypatch.setattr(bring, "pieces_for", counted)
    world.run([event(100, 8 * 24 * 60 - 1)], as_of + TICK)
    assert asked == [8]
