"""The pipeline user-item-interactions as a whole, on real services, through the command."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.shell.instants import parse_instant
from components.user_item_interactions.settings import Settings
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.user_item_interactions import oracle
from tests.harness import tables
from tests.pipelines import shops
from tests.pipelines.pages import pictures
from tests.pipelines.shops import moment

SMALL = Scale(customers=60, articles=40, lines_each=12, history=40, events=False)
PAIRS, TARGETS = "retail.user_item_interactions", "retail.user_item_targets"
pytestmark = [
    pytest.mark.xdist_group("user-item-interactions"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def rows(home: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, by cut, customer and article."""
    return sorted(map(typed, tables.rows(home, table)), key=_key)


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON has it, with instants."""
    return {name: parse_instant(value) if name.endswith("_at") else value for name, value in row.items()}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["cut_at"], row["customer_id"], row["article_id"]


def source() -> list[dict[str, Any]]:
    """The lines of the shop."""
    parts = [rows.to_pylist() for name, rows in shop(SMALL) if name == "transactions"]
    return [{**row, "quantity": None, "known_at": None} for part in parts for row in part]


def same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    """Whether these are the same rows, fractions aside in their last bits."""
    return len(found) == len(expected) and all(
        set(row) == set(wanted) and all(_alike(row[name], value) for name, value in wanted.items())
        for row, wanted in zip(found, sorted(expected, key=_key), strict=True)
    )


def _alike(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-12)
    return bool(found == wanted or str(found) == str(wanted) or (wanted is not None and float(found) == float(wanted)))


@pytest.mark.turns(first=3)
def test_each_day_adds_its_cut_and_what_has_settled(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Whatever the order of the days, both tables hold the oracle's rows; and still do when the source is broken.

    An empty table, and ids that are numbers, end in one line, with the code that says whose matter it is.
    """
    url = catalog_env["DATABASE_URL"]
    fill(url, SMALL)
    lines, told = source(), Settings(core_users=2, core_items=2)
    # Before midnight in UTC it is the next day in the shop's zone.
    days = ["2026-01-14T23:30:00Z", "2026-01-10T02:00:00Z"]
    for day in days:
        code, out = shops.run(tmp_path, "user-item-interactions", day, core_users="2", core_items="2")
        assert code == 0, out
    shown = told_by(out)
    for statement, code, words in (
        (
            "ALTER TABLE transactions ALTER article_id TYPE bigint USING article_id::bigint",
            11,
            "keep article_id as text",
        ),
        ("ALTER TABLE transactions ALTER article_id TYPE text; DELETE FROM transactions", 10, "are no transactions"),
    ):
        shops.execute(url, statement)
        found, out = shops.run(tmp_path, "user-item-interactions", "2026-01-15T02:00:00Z")
        assert (found, words in out) == (code, True), out
    moments = [moment(day) for day in days]
    assert [at.cut.isoformat() for at in moments] == ["2026-01-14T23:00:00+00:00", "2026-01-09T23:00:00+00:00"]
    assert same(rows(tmp_path, PAIRS), [row for at in moments for row in oracle.pairs(lines, [], at, told)])
    bought = Counter(row["customer_id"] for row in oracle.pairs(lines, [], moments[-1], told))
    assert shown.startswith(f"Customers by number of articles{len(bought)}; the busiest 10 % have ")
    assert same(rows(tmp_path, TARGETS), [row for at in moments for row in oracle.targets(lines, at, told)])


@pytest.mark.turns(first=1)
def test_a_backfill_has_the_rows_of_daily_runs(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Whichever of them fills the cuts, to the last bit: nothing of one home is known in the other."""
    fill(catalog_env["DATABASE_URL"], SMALL)
    shops.require_same_by_backfill(tmp_path, "user-item-interactions", 2, (PAIRS, TARGETS), rows)


def told_by(outcome: str) -> str:
    """What the first picture of a run's report says in words."""
    return "".join(next(pictures(outcome).iter("figcaption")).itertext())
