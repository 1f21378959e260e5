"""A raw table is what an extract of the whole table would be, whatever is committed when."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.shell.errors import ConfigurationError, ContractError, SupersededError, TransientError
from pipelines.raw_tables import LINES
from tests.components.raw_tables.scene import Shop

pytestmark = [pytest.mark.xdist_group("raw-tables"), pytest.mark.timeout(900)]
FIRST = date(2026, 1, 5)


@pytest.fixture
def shop(catalog_env: dict[str, str], tmp_path: Path) -> Shop:
    """A shop without lines."""
    found = Shop(catalog_env["DATABASE_URL"], tmp_path)
    found.open()
    return found


def instant(day: date) -> str:
    """An hour after the day has begun in the shop's zone: the day before in UTC."""
    return f"{day - timedelta(days=1)}T23:59:00Z"


def midnight(day: date) -> str:
    """The beginning of the day in the shop's zone."""
    return f"{day}T00:00:00+01:00"


@pytest.mark.parametrize("seed", range(2))
def test_any_history_with_late_rows_lands_as_it_is(shop: Shop, seed: int) -> None:
    """Lines come and go within the overlap, days are missed, runs are doubled: what is read equals the extract."""
    draw, number, day = random.Random(seed), 0, FIRST
    for _ in range(4):
        for _ in range(draw.randint(1, 4)):
            number += 1
            # A run fills the last three days; one of tomorrow waits for its day to be over.
            shop.sell(number, str(day - timedelta(days=draw.randint(-1, 3))))
        gone = draw.randint(1, number)
        shop.execute(
            "DELETE FROM transactions WHERE transaction_id = %s AND t_dat >= %s", gone, day - timedelta(days=3)
        )
        for _ in range(draw.randint(1, 2)):
            shop.run(instant(day))
        assert shop.landed(midnight(day)) == shop.extracted(midnight(day)), (seed, day)
        day += timedelta(days=draw.choice((1, 1, 2)))


def test_what_comes_after_the_overlap_is_found_by_its_key(shop: Shop) -> None:
    """Until then it is missing, or still there; and the days that do not differ are not read."""
    days = [FIRST + timedelta(days=number) for number in range(12)]
    for number, day in enumerate(days):
        shop.sell(number, str(day))
    last = days[-1] + timedelta(days=1)
    shop.run(instant(last))
    shop.sell(100, str(days[1]))
    # Lines that are alike in all of their key are counted.
    shop.sell(3, str(days[3]))
    shop.execute("DELETE FROM transactions WHERE transaction_id = 7")
    shop.run(instant(last + timedelta(days=1)))
    missing = shop.extracted(midnight(last))
    assert shop.landed(midnight(last)) - missing == {("7", str(days[7])): 1}
    assert missing - shop.landed(midnight(last)) == {("100", str(days[1])): 1, ("3", str(days[3])): 1}
    found = shop.reconcile(instant(last + timedelta(days=2)), midnight(days[-2]))
    assert [one["start"] for one in found] == [f"{days[n] - timedelta(days=1)}T23:00:00Z" for n in (1, 3, 7)]
    assert {name: shop.compared[name] for name in ("missing", "gone", "days")} == {"missing": 2, "gone": 1, "days": 3}
    assert shop.landed(midnight(last)) == shop.extracted(midnight(last))
    (table,) = shop.read["tables"]
    assert (table["name"], table["rows"], shop.read["source"]["kind"]) == ("transactions", 13, "raw")
    assert shop.reconcile(instant(last + timedelta(days=2)), midnight(days[-2])) == []


def test_days_land_anew_whose_receipts_have_expired(shop: Shop) -> None:
    """The run that compares keys has landed its own days at the same instant."""
    days = [FIRST + timedelta(days=number) for number in range(9)]
    for number, day in enumerate(days):
        shop.sell(number, str(day))
    last = days[-1] + timedelta(days=1)
    for later in range(2):
        shop.run(instant(last + timedelta(days=later)))
    table = load_table(open_catalog(), LINES.table.name)
    old = [one.snapshot_id for one in table.snapshots() if one != table.current_snapshot()]
    table.maintenance.expire_snapshots().by_ids(old).commit()
    shop.sell(100, str(days[1]))
    now = instant(last + timedelta(days=2))
    shop.run(now)
    assert len(shop.reconcile(now, midnight(days[-2]))) == 1
    assert shop.landed(midnight(last)) == shop.extracted(midnight(last))


def test_what_is_of_before_1970_lands_never(shop: Shop) -> None:
    """Nor when keys are compared, however early it is."""
    for number, day in enumerate((str(FIRST), "1960-05-05", "0001-01-01")):
        shop.sell(number, day)
    last = FIRST + timedelta(days=1)
    shop.run(instant(last))
    assert shop.reconcile(instant(last + timedelta(days=1)), midnight(last)) == []
    assert (shop.compared["missing"], shop.compared["gone"]) == (0, 0)


def test_a_source_that_was_emptied_empties_no_table(shop: Shop) -> None:
    """Nothing is landed anew where more is gone than may be."""
    for number in range(6):
        shop.sell(number, str(FIRST + timedelta(days=number)))
    last = FIRST + timedelta(days=6)
    shop.run(instant(last))
    before = shop.landed(midnight(last))
    shop.execute("TRUNCATE transactions")
    with pytest.raises(ContractError, match="4 of 4 rows"):
        shop.reconcile(instant(last + timedelta(days=1)), midnight(last - timedelta(days=2)))
    assert shop.landed(midnight(last)) == before


def test_a_run_that_was_overtaken_changes_nothing(shop: Shop) -> None:
    """Killed behind its extract and woken up once a later run has landed more; a twin finds the work done."""
    shop.sell(1, str(FIRST))
    day = FIRST + timedelta(days=1)
    plan = shop.run(instant(day))
    shop.land(plan["interval_start"], plan["interval_end"], plan["run_key"], instant(day))
    assert shop.landed(midnight(day)) == shop.extracted(midnight(day))
    shop.sell(2, str(day))
    later = day + timedelta(days=1)
    with pytest.raises(SupersededError):
        shop.land(midnight(FIRST), midnight(later), "slow", instant(later), lambda: shop.run(instant(later)))
    assert shop.landed(midnight(later)) == shop.extracted(midnight(later))


def test_days_that_have_not_landed_are_not_passed_over(shop: Shop) -> None:
    """A table that nobody lands, and days that are still to come: one line with what to do."""
    with pytest.raises(ConfigurationError, match="transactions has not landed"):
        shop.landed(midnight(FIRST))
    shop.sell(1, str(FIRST))
    day = FIRST + timedelta(days=1)
    shop.run(instant(day))
    assert sum(shop.landed(midnight(day), "colour string?").values()) == 1
    assert [one["name"] for one in shop.read["tables"][0]["columns"] if one["name"] == "colour"] == []
    with pytest.raises(ConfigurationError, match="has no column 'colour'"):
        shop.landed(midnight(day), "colour string")
    with pytest.raises(TransientError, match="lacks the days from 2026-01-05T23:00:00Z on"):
        shop.landed(midnight(day + timedelta(days=1)))


def test_days_that_the_schedule_has_passed_are_not_waited_for(shop: Shop) -> None:
    """A backfill began the table, and left a gap: each ends in one line with the run that lands it, and then all is."""
    for number in range(12):
        shop.sell(number, str(FIRST + timedelta(days=number)))

    def filled(first: int, end: int) -> None:
        days = [midnight(FIRST + timedelta(days=number)) for number in (first, end)]
        bounds = {"backfill_from": days[0], "backfill_to": days[1], "generation": 1}
        shop.run(f"{FIRST + timedelta(days=end)}T12:00:00Z", bounds, generation=1)

    filled(3, 6)
    filled(9, 12)
    last = midnight(FIRST + timedelta(days=12))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="no run of the schedule comes back to") as raised:
            shop.landed(last)
        said = str(raised.value).partition(": stockpot run raw-tables ")[2].split()
        bounds = dict(one.split("=") for one in said if one != "--param")
        shop.run(instant(FIRST + timedelta(days=13)), {**bounds, "generation": int(bounds["generation"])}, generation=1)
    assert shop.landed(last) == shop.extracted(last)
    assert sum(shop.landed(last).values()) == 12
    with pytest.raises(TransientError, match="wait for the run of raw-tables"):
        shop.landed(midnight(FIRST + timedelta(days=14)))


def test_a_source_that_calls_the_time_otherwise_lands_as_any(shop: Shop) -> None:
    """By the name that it is said to have, in the range and when keys are compared."""
    shop.execute("ALTER TABLE transactions RENAME t_dat TO day")
    shop.names = {"transactions.t_dat": "day"}
    days = [FIRST + timedelta(days=number) for number in range(6)]
    for number, day in enumerate(days):
        shop.sell(number, str(day))
    last = days[-1] + timedelta(days=1)
    shop.run(instant(last))
    assert shop.landed(midnight(last)) == shop.extracted(midnight(last))
    shop.sell(100, str(FIRST))
    assert len(shop.reconcile(instant(last + timedelta(days=1)), midnight(days[-2]))) == 1
    assert shop.landed(midnight(last)) == shop.extracted(midnight(last))


def test_an_overlap_that_is_too_short_is_noticed(shop: Shop) -> None:
    """The counter-test: a run that reads one day misses what was committed two days late."""
    shop.late_days = 1
    day = FIRST + timedelta(days=1)
    shop.run(instant(day))
    shop.sell(1, str(FIRST - timedelta(days=1)))
    shop.run(instant(day + timedelta(days=1)))
    assert shop.extracted(midnight(day)) - shop.landed(midnight(day)) == {("1", str(FIRST - timedelta(days=1))): 1}
