"""The pipeline customer-features as a whole, on real services, through the command."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components.customer_features.settings import Settings
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.customer_features import oracle
from tests.components.customer_features.shops import SCHEMAS
from tests.harness import tables
from tests.pipelines import pages, shops
from tests.pipelines.shops import ZONE, moment

SMALL = Scale(customers=50, articles=40, lines_each=10, history=60)
FEATURES, CATEGORIES = "retail.customer_features", "retail.customer_categories"
Row = Mapping[str, Any]
pytestmark = [
    pytest.mark.xdist_group("customer-features"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def rows(home: Path, table: str) -> list[Row]:
    """All rows of a table, by cut and key."""
    return sorted(tables.rows(home, table), key=_key)


def _key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("cut_at", "customer_id", "category_id") if name in row)


def source() -> dict[str, list[Row]]:
    """The shop's tables, with the columns that the pipeline asks for."""
    found: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    for name, part in shop(SMALL):
        if name in found:
            found[name] += [_typed(name, row) for row in part.to_pylist()]
    return found


def _typed(name: str, row: Row) -> Row:
    told = {column: row.get(column) for column in SCHEMAS[name].names}
    for column, value in told.items():
        # A wish list's instants have no zone: the shop's is meant.
        if isinstance(value, datetime) and value.tzinfo is None:
            told[column] = value.replace(tzinfo=ZoneInfo(ZONE))
    return told


def plain(row: Row) -> Row:
    """The row as JSON has it."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def same(found: list[Row], expected: list[Row]) -> None:
    """Nothing, if these are the same rows, fractions aside in their last bits."""
    wanted = sorted(map(plain, expected), key=_key)
    assert [_key(row) for row in found] == [_key(row) for row in wanted]
    for row, other in zip(found, wanted, strict=True):
        assert {name: value for name, value in row.items() if not _alike(value, other[name])} == {}, other
        assert set(row) == set(other)


def _alike(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and found is not None:
        return math.isclose(float(found), wanted, rel_tol=1e-12)
    return bool(found == wanted)


@pytest.mark.turns(first=0)
def test_a_backfill_has_the_rows_of_daily_runs(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Whichever of them fills the cuts, to the last bit: nothing of one home is known in the other."""
    fill(catalog_env["DATABASE_URL"], SMALL)
    shops.require_same_by_backfill(tmp_path, "customer-features", 4, (FEATURES, CATEGORIES), rows)


@pytest.mark.turns(first=4)
def test_each_day_adds_its_cut(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Whatever the order of the days, both tables hold the oracle's rows; a broken source ends in one line.

    The days lie long before the extract: what customers are now is told of them only where that is asked for.
    """
    url = catalog_env["DATABASE_URL"]
    fill(url, SMALL)
    tables, settings = source(), Settings()
    # Before midnight in UTC it is the next day in the shop's zone.
    days = {"2026-01-14T23:30:00Z": "false", "2026-01-10T04:00:00Z": "true"}
    for day, allowed in days.items():
        code, out = shops.run(tmp_path, "customer-features", day, allow_current_attributes=allowed)
        assert code == 0, out
    expected = [
        row
        for day, allowed in days.items()
        for row in oracle.features(tables, moment(day), settings, stale=allowed == "false")
    ]
    same(rows(tmp_path, FEATURES), expected)
    newest = Counter((row["R_score"], row["F_score"]) for row in expected if row["cut_at"] == expected[-1]["cut_at"])
    told = {f"R_score {pair[0]}, F_score {pair[1]}: {count}" for pair, count in newest.items() if None not in pair}
    assert pages.fact(out, "Rows loaded") == str(newest.total())
    assert set(pages.told(out)["Customers by recency and frequency"].split("; ")) == told
    same(rows(tmp_path, CATEGORIES), [row for day in days for row in oracle.categories(tables, moment(day))])
    for statement, code, words in (
        ("ALTER TABLE transactions ALTER customer_id TYPE bigint USING 7", 11, "keep customer_id as text"),
        ("ALTER TABLE transactions ALTER customer_id TYPE text; DELETE FROM transactions", 10, "are no transactions"),
    ):
        shops.execute(url, statement)
        found, out = shops.run(tmp_path, "customer-features", "2026-01-15T04:00:00Z")
        assert (found, words in out) == (code, True), out
    assert len(rows(tmp_path, FEATURES)) == len(expected)
