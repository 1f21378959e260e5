"""The pipeline raw-tables as a whole, on real services, through the command."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from components.shell.instants import format_instant, local_midnight
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.source import fill
from tests.harness import tables
from tests.pipelines import shops

SMALL = Scale(customers=60, articles=40, lines_each=12, history=40, events=False)
RAW, SUNDAY = "raw.transactions", "2026-01-11T02:00:00Z"
COLUMNS = ("transaction_id", "t_dat", "customer_id", "article_id", "price", "sales_channel_id")
pytestmark = [
    pytest.mark.xdist_group("raw-tables"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


# As the table's JSON has them.
_SELECTED = "transaction_id::text, t_dat::text, customer_id, article_id, price::numeric(20,9)::text, sales_channel_id"


def landed(home: Path, snapshot: int | None = None) -> Counter[tuple[Any, ...]]:
    """The rows of the raw table, as of a snapshot, each with how often it is there."""
    return Counter(tuple(str(row[name]) for name in (*COLUMNS, "day_at")) for row in tables.rows(home, RAW, snapshot))


def wanted(url: str, before: str) -> Counter[tuple[Any, ...]]:
    """The rows of the source of days before that one."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SELECTED} FROM transactions WHERE t_dat < %s", (before,))
        found = cursor.fetchall()
    connection.close()
    begins = {row[1]: format_instant(local_midnight(date.fromisoformat(row[1]), shops.ZONE)) for row in found}
    return Counter(tuple(map(str, (*row, begins[row[1]]))) for row in found)


def summary(out: str, step: str) -> dict[str, Any]:
    """What a step of a run said."""
    return next(one for one in json.loads(out)["steps"] if one["step"] == step)


@pytest.mark.turns
def test_days_land_once_and_what_came_late_is_found(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """What was committed late or taken back within the overlap is so in the table; before it, once it is reconciled."""
    url = catalog_env["DATABASE_URL"]
    fill(url, SMALL)
    # Before midnight in UTC it is the next day in the shop's zone.
    code, out = shops.run(tmp_path, "raw-tables", "2026-01-08T23:30:00Z")
    assert code == 0, out
    assert landed(tmp_path) == wanted(url, "2026-01-09")
    columns = "transaction_id, t_dat, customer_id, article_id, price"
    insert = f"INSERT INTO transactions ({columns}) VALUES (%s, %s, 'late', 'a', 1)"
    for number, day in enumerate(("2026-01-07", "2026-01-08", "2026-01-01", "2025-12-24"), 900_001):
        shops.execute(url, insert, number, day)
    for day in ("2026-01-08", "2026-01-02", "2025-12-23"):
        shops.execute(
            url, "DELETE FROM transactions WHERE ctid = (SELECT min(ctid) FROM transactions WHERE t_dat = %s)", day
        )
    before = landed(tmp_path)
    # A Sunday: the run after those of the week compares keys.
    code, out = shops.run(tmp_path, "raw-tables", SUNDAY)
    assert code == 0, out
    source = wanted(url, "2026-01-11")
    # The days of the run and of the overlap alone are read.
    read = summary(out, "extract-postgres")["rows_out"]
    assert read == sum(count for row, count in source.items() if row[1] >= "2026-01-07") < sum(before.values()) / 4
    # What the run has loaded before it compares: a run that compares nothing leaves the older days as they were.
    unreconciled = landed(tmp_path, int(summary(out, "load-iceberg")["details"]["snapshot_id"]))
    assert {row[1] for row in (source - unreconciled)} == {"2026-01-01", "2025-12-24"}
    assert {row[1] for row in (unreconciled - source)} == {"2026-01-02", "2025-12-23"}
    assert landed(tmp_path) == source
    compared = summary(out, "compare-keys")["details"]
    assert (compared["missing"], compared["gone"], compared["days"]) == (2, 2, 4)
    found = []
    for told in ({"source": "raw"}, {"generation": "2"}):
        code, out = shops.run(tmp_path, "user-item-interactions", SUNDAY, **told)
        assert code == 0, out
        found.append(
            [tables.rows(tmp_path, f"retail.{name}") for name in ("user_item_interactions", "user_item_targets")]
        )
    by_range, by_extract = ([sorted(map(str, rows)) for rows in tables] for tables in found)
    assert by_range == by_extract
    assert all(by_range)
