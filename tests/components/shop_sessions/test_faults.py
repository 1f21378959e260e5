"""Ticks that die behind a commit, come twice, are missed or make all anew: the tables are those of one run."""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from components.shop_sessions.rows import COLUMNS
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import START, TICK, dies_after, event, require_same
from tests.components.shop_sessions.world import Made, Row, World, rows

DEATHS, OTHERS = tuple(range(6)), ("twins", "twice", "missed", "anew")
LONG = int(os.environ.get("SOAK_ROUNDS", "40"))
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


class Shoppers:
    """What happens in a shop by chance, and when it is told."""

    def __init__(self, by_chance: random.Random) -> None:
        self._chance, self._count = by_chance, 0

    def until(self, as_of: datetime) -> list[Row]:
        """What a tick finds: events of the last minutes, of hours and days before, and at times a chain of 29 hours."""
        now = int((as_of - START) / timedelta(minutes=1)) - 6
        late = [0, 1, 7, 14, 29, 31, 200, 24 * 60, 4 * 24 * 60]
        found = [self._event(now - self._chance.choice(late), self._chance.choice("aabc")) for _ in range(5)]
        if not self._chance.randrange(4):
            kiosk = f"kiosk {self._count}"
            found += [self._event(now - 29 * place, kiosk) for place in range(60)]
        return found

    def _event(self, minutes: int, customer: str) -> Row:
        self._count += 1
        kind = self._chance.choice(["view", "view", "cart", "purchase", "wishlist"])
        return event(self._count, minutes, kind, customer_id=customer)


def faults(by_chance: random.Random, rounds: int) -> Iterator[int | str]:
    """Each of them once in every round, in any order."""
    for _ in range(rounds):
        yield from by_chance.sample([*DEATHS, *OTHERS], len(DEATHS) + len(OTHERS))


def tick(world: World, new: list[Row], as_of: datetime, fault: int | str) -> None:
    """A run to which this happens; a number is behind how many commits it dies, if it makes as many."""
    world.anew = fault == "anew"
    made = world.compute(new, as_of)
    twin = world.compute([], as_of) if fault == "twins" else made
    if dies(made, fault):
        return
    if fault != "missed":
        twin.commit()
    if fault == "twice":
        world.run([], as_of)
    require_same(world, as_of)


def dies(made: Made, fault: int | str) -> bool:
    """Whether the run does while it commits."""
    with pytest.MonkeyPatch.context() as patched:
        if isinstance(fault, int):
            dies_after(fault, patched)
        try:
            made.commit()
        except KeyboardInterrupt:
            return True
    return False


def held(until: datetime) -> dict[str, list[Row]]:
    """All that the tables say, but for when it was made, and cuts of behaviour that came later."""
    found = {name: [row for row in rows(name) if row.get("cut_at", until) <= until] for name in COLUMNS}
    told = {name: [{**row, "loaded_as_of": None} for row in of_table] for name, of_table in found.items()}
    return {name: sorted(of_table, key=repr) for name, of_table in told.items()}


@pytest.mark.parametrize(
    ("seed", "rounds"),
    [(1, 1), pytest.param(2, LONG, marks=[pytest.mark.soak, pytest.mark.timeout(24 * 3600)])],
)
@pytest.mark.timeout(900)
def test_whatever_happens_to_ticks_the_tables_are_those_of_one_run(seed: int, rounds: int) -> None:
    """After each tick that comes to its end, and after the last; and of a run that makes all anew, once closed."""
    by_chance = random.Random(seed)
    world, shoppers, as_of = World(Settings(reopen_days=30)), Shoppers(by_chance), START + timedelta(days=6)
    for fault in faults(by_chance, rounds):
        as_of += 5 * TICK if fault == "missed" else TICK
        tick(world, shoppers.until(as_of), as_of, fault)
    as_of += timedelta(days=3)
    world.anew = False
    world.run([], as_of)
    require_same(world, as_of)
    before, world.anew = held(as_of), True
    world.run([], as_of + TICK)
    assert held(as_of) == before
