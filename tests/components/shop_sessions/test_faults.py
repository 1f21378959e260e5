"""Ticks that die behind a commit, come twice or are missed, with late events: the tables are those of one run."""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.test_runs import START, TICK, dies_after, event, require_same
from tests.components.shop_sessions.world import Row, World

DEATHS, OTHERS = tuple(range(6)), ("twins", "twice", "missed")
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
    made = world.compute(new, as_of)
    if isinstance(fault, int):
        with pytest.MonkeyPatch.context() as patched, suppress(KeyboardInterrupt):
            dies_after(fault, patched)
            made.commit()
        return
    twin = world.compute([], as_of) if fault == "twins" else made
    made.commit()
    if fault != "missed":
        twin.commit()
    if fault == "twice":
        world.run([], as_of)
    require_same(world, as_of)


@pytest.mark.parametrize(
    ("seed", "rounds"),
    [(1, 1), pytest.param(2, LONG, marks=[pytest.mark.soak, pytest.mark.timeout(24 * 3600)])],
)
@pytest.mark.timeout(900)
def test_whatever_happens_to_ticks_the_tables_are_those_of_one_run(seed: int, rounds: int) -> None:
    """After each tick that comes to its end, and after the last."""
    by_chance = random.Random(seed)
    world, shoppers, as_of = World(Settings(reopen_days=30)), Shoppers(by_chance), START + timedelta(days=6)
    for fault in faults(by_chance, rounds):
        as_of += 5 * TICK if fault == "missed" else TICK
        tick(world, shoppers.until(as_of), as_of, fault)
    world.run([], as_of + TICK)
    require_same(world, as_of + TICK)
