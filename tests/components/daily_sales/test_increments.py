"""Runs day after day, a backfill, and one run leave the same rows, whatever came late in between."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.begin_run.plan_interval import Backfill, Plan, plan, plan_backfill
from components.iceberg.receipts import Receipt, resolve
from components.shell.instants import EPOCH
from pipelines.timeseries import DATASET
from tests.components.daily_sales.histories import Tables, made
from tests.components.daily_sales.oracle import Shop, Told
from tests.components.daily_sales.test_rows import TOLD_SHOP, article, bought, january
from tests.components.retail.oracle import price

pytestmark = pytest.mark.turns

ZONE = "Europe/Stockholm"
ENDS = DATASET.mode.ends({"timezone": ZONE})
IDENTITY = ("timeseries", "retail.daily_sales", "1")
LAST = 23
NAMES = tuple(vars(Tables([], [], [], [])))


def midnight(day: int) -> datetime:
    """The beginning of a day of January 2026 in Stockholm."""
    return datetime(2026, 1, day, tzinfo=UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def shop() -> Shop:
    """Lines of three weeks, of which some are known by the run two days after that which their day was due in."""
    by_chance = random.Random(11)
    lines = []
    for _ in range(60):
        day, late = by_chance.randrange(1, LAST), by_chance.choice([0, 0, 1, 2])
        known = midnight(day + late) + timedelta(hours=24) if late else None
        told = {"known_at": known, "quantity": by_chance.choice([1, 2]), "price": price(by_chance.choice(["5", "7"]))}
        lines.append(bought(january(day), by_chance.choice("abc"), by_chance.choice(["01", "02", "03"]), **told))
    moved = [article("01", "A") | {"version": 1, "known_at": midnight(1)}]
    moved.append(article("01", "B") | {"version": 2, "known_at": midnight(10)})
    return Shop(lines, [article("01", "B"), article("02", "A"), article("03", "B")], moved)


class Lake:
    """The four tables, and the receipts of their loads."""

    def __init__(self, shop: Shop) -> None:
        """Begin without rows."""
        self.shop = shop
        self.committed: tuple[Receipt, ...] = ()
        self.rows: dict[str, dict[Any, Any]] = {name: {} for name in NAMES}

    def run(self, as_of: datetime, planned: Plan, generation: int = 0) -> None:
        """Do what a run does that was planned like that."""
        load = Receipt(planned.run_key, IDENTITY[0], planned.start, planned.end, as_of, "1", generation=generation)
        if resolve(self.committed, load):
            return
        self.committed = (load, *self.committed)
        start, end = (each.astimezone(UTC) for each in (planned.start, planned.end))
        days = [(at + timedelta(hours=1)).date() if at > EPOCH else at.date() for at in (start, end)]
        tables = made(self.shop, Told(days[0], days[1], as_of, ZONE, TOLD_SHOP.settings))
        for name, held in self.rows.items():
            kept = {key: row for key, row in held.items() if not start <= key[1] < end}
            self.rows[name] = kept | dict(_keyed(getattr(tables, name) if tables else []))


def _keyed(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[Any, Any]]:
    for row in rows:
        at = row["day_at"] if "day_at" in row else row["week_start_at"]
        yield (row["article_id"] if "article_id" in row else row["category_id"], at), row


def daily(lake: Lake, days: Sequence[int] = (4, 7, 8, 8, 9, 13, 14, 15, 19, 20, LAST)) -> None:
    """A run on most days; some ticks are missed, and one run is repeated."""
    for day in days:
        as_of = midnight(day) + timedelta(hours=5)
        lake.run(as_of, plan(as_of, as_of, ENDS, IDENTITY, lake.committed))


def backfilled(lake: Lake) -> None:
    """The weeks that are over, each as it was known at the tick after it, and a run for what is left."""
    start = EPOCH
    for day in (5, 12, 19):
        as_of = midnight(day) + timedelta(hours=5)
        planned = plan_backfill(as_of, as_of, ENDS, IDENTITY, Backfill(start, 1, midnight(day)), lake.committed)
        lake.run(as_of, planned, 1)
        start = midnight(day)
    as_of = midnight(LAST) + timedelta(hours=5)
    lake.run(as_of, plan(as_of, as_of, ENDS, IDENTITY, lake.committed))


def at_once(shop: Shop) -> Lake:
    """What one run over everything leaves."""
    lake, as_of = Lake(shop), midnight(LAST) + timedelta(hours=5)
    lake.run(as_of, plan(as_of, as_of, ENDS, IDENTITY, ()))
    return lake


@pytest.fixture(scope="module")
def once(shop: Shop) -> Lake:
    """What one run over the shop leaves."""
    return at_once(shop)


@pytest.mark.parametrize("fill", [daily, backfilled])
def test_runs_leave_what_one_run_leaves(shop: Shop, once: Lake, fill: Callable[[Lake], None]) -> None:
    """In all four tables, every value."""
    lake = Lake(shop)
    fill(lake)
    assert all(once.rows.values())
    assert lake.rows == once.rows


def test_a_backfill_takes_in_what_came_too_late(shop: Shop) -> None:
    """The weeks from the late line on, one after the other, with what was known when it was counted."""
    late = [bought(january(day), "c", "02", known_at=midnight(21)) for day in (2, 7)]
    more, as_of = replace(shop, transactions=[*shop.transactions, *late]), midnight(LAST) + timedelta(hours=5)
    lake, right = Lake(more), at_once(more)
    daily(lake, (8, 15, LAST))
    assert lake.rows != right.rows
    for start, end in ((EPOCH, 5), (midnight(5), 12)):
        planned = plan_backfill(as_of, as_of, ENDS, IDENTITY, Backfill(start, 2, midnight(end)), lake.committed)
        lake.run(as_of, planned, 2)
    assert lake.rows == right.rows


def test_runs_that_fill_nothing_anew_do_not(shop: Shop, once: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test would see late lines that are not taken in."""
    monkeypatch.setitem(globals(), "ENDS", DATASET.mode.ends({"timezone": ZONE, "late_days": 0}))
    lake = Lake(shop)
    daily(lake, (12, 19, LAST))
    assert lake.rows["days"] != once.rows["days"]
