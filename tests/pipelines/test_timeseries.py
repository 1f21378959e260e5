"""The pipeline timeseries as a whole, on real services, through the command."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components.daily_sales.schemas import ARTICLES
from components.daily_sales.settings import Settings
from components.shell.instants import parse_instant
from pipelines import timeseries as pipeline
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.daily_sales import oracle
from tests.components.daily_sales.oracle import Row, Shop, Told
from tests.harness import tables
from tests.pipelines import shops
from tests.pipelines.pages import told as drawn

SMALL = Scale(customers=30, articles=21, lines_each=8, history=20, events=False)
KNOWN_AT = "ALTER TABLE transactions ADD COLUMN known_at timestamptz"
LATE = "INSERT INTO transactions SELECT -99, '2026-01-01', customer_id, article_id, 5, 1, %s FROM transactions LIMIT 1"
MANY = (
    "INSERT INTO transactions SELECT -1000 - row_number() OVER (), '2026-01-15', customer_id, article_id, 5, 1, NULL"
    " FROM transactions LIMIT 200"
)
HALF = "DELETE FROM transactions WHERE t_dat >= '2026-01-12' AND ascii(right(customer_id, 1)) % 2 = 0"
pytestmark = [
    pytest.mark.xdist_group("timeseries"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def rows(home: Path, table: str) -> list[Row]:
    """All rows of a table, by what and when."""
    return ordered([_typed(row) for row in tables.rows(home, table)])


def ordered(found: Sequence[Row]) -> list[Row]:
    """The rows in an order, without the holidays of no country."""
    kept = [{name: value for name, value in row.items() if not name.startswith("holiday")} for row in found]
    return sorted(
        kept, key=lambda row: (row["article_id"] if "article_id" in row else row["category_id"], row[_at(row)])
    )


def _at(row: Row) -> str:
    return "day_at" if "day_at" in row else "week_start_at"


def _typed(row: Row) -> Row:
    instants = {name: parse_instant(value) for name, value in row.items() if name.endswith("_at")}
    days = {name: date.fromisoformat(row[name]) for name in ("date", "week_start") if name in row}
    return {**row, **instants, **days}


def same(found: Sequence[Row], expected: Sequence[Row]) -> bool:
    """Whether these are the same rows, fractions aside in their last bits."""
    return len(found) == len(expected) and all(
        set(row) == set(wanted) and all(_alike(row[name], value) for name, value in wanted.items())
        for row, wanted in zip(found, ordered(expected), strict=True)
    )


def _alike(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Decimal):
        return Decimal(found) == wanted
    return math.isclose(found, wanted, rel_tol=1e-9) if isinstance(wanted, float) else bool(found == wanted)


def source(scale: Scale) -> Shop:
    """The shop's lines and articles, as the oracle takes them."""
    found: dict[str, list[Row]] = {"transactions": [], "articles": []}
    for name, part in shop(scale):
        if name in found:
            found[name] += part.to_pylist()
    lines = [{**row, "quantity": None, "known_at": None} for row in found["transactions"]]
    return Shop(lines, [{"index_group_name": None, **row} for row in found["articles"]])


@pytest.mark.turns(first=1)
def test_days_and_weeks_are_those_of_plain_loops(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """All four tables, after a run of the schedule, one in the night, and one with a line that came too late.

    Half an extract fills no day anew.
    """
    url = catalog_env["DATABASE_URL"]
    fill(url, SMALL)
    # Before midnight in UTC it is the next day in the shop's zone.
    for as_of in ("2026-01-12T04:00:00Z", "2026-01-14T23:30:00Z"):
        code, out = shops.run(tmp_path, "timeseries", as_of)
        assert code == 0, out
    told = Told(date(1970, 1, 1), date(2026, 1, 15), datetime(2026, 1, 14, 23, 30, tzinfo=UTC), shops.ZONE, Settings())
    lines = source(SMALL)
    days, categories = oracle.rows(lines, told), oracle.rows(lines, told, "category")
    assert same(rows(tmp_path, "retail.daily_sales"), days)
    # The second run has filled few days: all before them come from the tables.
    (title, busiest), *_, (_, whole) = drawings(out)
    assert busiest.startswith(in_words([row for row in days if title == f"The busiest article: {row['article_id']}"]))
    assert whole.startswith(in_words(categories))
    assert same(rows(tmp_path, "retail.category_daily"), categories)
    assert same(rows(tmp_path, "retail.weekly_sales"), oracle.weeks(days, told))
    assert same(rows(tmp_path, "retail.category_weekly"), oracle.weeks(categories, told, "category"))
    shops.execute(url, KNOWN_AT)
    shops.execute(url, LATE, datetime(2026, 1, 15, 1, tzinfo=UTC))
    # Enough of them that half of it is no matter of a few lines.
    shops.execute(url, MANY)
    code, out = shops.run(tmp_path, "timeseries", "2026-01-16T04:00:00Z")
    assert code == 0, out
    late = [
        "--from",
        "2025-12-22T00:00:00Z",
        "--to",
        "2026-01-16T00:00:00Z",
        "--reprocess",
        "late",
        f"--param=timezone={shops.ZONE}",
        "--dry-run",
    ]
    code, out = shops.command(tmp_path, "backfill", "timeseries", *late)
    assert code == 0, out
    assert [(one["to"], one["state"]) for one in json.loads(out)[:3]] == [
        ("2025-12-28T23:00:00Z", "done"),
        ("2026-01-04T23:00:00Z", "late"),
        ("2026-01-11T23:00:00Z", "late"),
    ]
    held = rows(tmp_path, "retail.daily_sales")
    shops.execute(url, HALF)
    code, out = shops.run(tmp_path, "timeseries", "2026-01-17T04:00:00Z")
    assert (code, "a larger max_drop (it was 0.2)" in out) == (10, True), out
    assert rows(tmp_path, "retail.daily_sales") == held


def drawings(outcome: str) -> list[tuple[str, str]]:
    """The days that the report of a run draws, by title, and what it says of them."""
    return [(title, text) for title, text in drawn(outcome).items() if " in all; " in text]


def in_words(days: Sequence[Row]) -> str:
    """How a picture of at most 120 days begins to say what these hold."""
    last = max(row["date"] for row in days)
    shown = [row for row in days if (last - row["date"]).days < 120]
    sold = sum(row["daily_sales"] for row in shown)
    return f"{min(row['date'] for row in shown)} to {last}; {sold:,} daily sales in all; "


def test_the_tables_have_the_rows_columns() -> None:
    """Names and nulls of what the step writes are those of the table, in its order."""
    told = pipeline.TABLE.fields
    assert [column.name for column in told] == list(ARTICLES.names)
    assert [column.required for column in told] == [not kind.nullable for kind in ARTICLES.types]
