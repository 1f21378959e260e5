"""Shops with names of their own, and shops in files: the pipeline as a whole, through the command."""

import csv
from pathlib import Path
from typing import Any

import pytest

from stockpot.samples.shop import public
from stockpot.samples.shop.source import fill
from tests.components.retail.oracle import judged
from tests.harness import tables
from tests.pipelines.shops import execute, moment, run
from tests.pipelines.test_user_item_interactions import PAIRS, SMALL, TARGETS, rows, source

# All pipelines of the shop share one mapping; this one asks for transactions alone.
MAPPING = """\
transactions: till.sales
transactions.t_dat: sold_on
transactions.price: "Paid"
customers: crm.people
customers.age: years
"""
RENAMED = """
CREATE SCHEMA till; ALTER TABLE transactions SET SCHEMA till; ALTER TABLE till.transactions RENAME TO sales;
ALTER TABLE till.sales RENAME t_dat TO sold_on; ALTER TABLE till.sales RENAME price TO "Paid";
ALTER TABLE till.sales DROP transaction_id; ALTER TABLE till.sales ALTER sales_channel_id TYPE bigint;
ALTER TABLE till.sales ADD quantity numeric(10,2) DEFAULT 1
"""
PIPELINE, AS_OF = "user-item-interactions", "2026-01-14T23:30:00Z"
FEW = {"core_users": "2", "core_items": "2"}
pytestmark = [
    pytest.mark.turns(first=1),
    pytest.mark.xdist_group("own-sources"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def test_names_and_files_lead_to_the_same_rows(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """One shop under other names and with wider numbers, then out of its files: equal lines are different purchases."""
    fill(catalog_env["DATABASE_URL"], SMALL)
    execute(catalog_env["DATABASE_URL"], RENAMED)
    mapping = tmp_path / "retail.yaml"
    mapping.write_text(MAPPING)
    code, out = run(tmp_path, PIPELINE, AS_OF, names=f"@{mapping}", **FEW)
    assert code == 0, out
    renamed = both(tmp_path)
    assert renamed[0]
    public.write(tmp_path / "public", SMALL)
    execute(catalog_env["DATABASE_URL"], "DROP TABLE till.sales")
    files = {**FEW, "source": "files", "source_path": str(tmp_path / "public"), "generation": "2"}
    code, out = run(tmp_path, PIPELINE, AS_OF, **files)
    assert code == 0, out
    assert len(list((tmp_path / "runs").glob("*/steps/extract-files*"))) == 1
    assert both(tmp_path) == renamed
    code, out = run(tmp_path, PIPELINE, AS_OF, **{**files, "source": "file", "generation": "3"})
    assert (code, "there is no source 'file'; did you mean files?" in out) == (11, True), out


def test_the_public_files_are_a_shop(tmp_path: Path) -> None:
    """Out of CSV alone: what it tells, each line a purchase of its own, and nulls where it tells nothing."""
    public.write(tmp_path / "public", SMALL)
    files = {"source": "files", "source_path": str(tmp_path / "public")}
    groups = {"category_column": "product_group_name"}
    index = {"category_column": "index_group_name"}
    told: dict[str, dict[str, str]] = {
        "articles-content": {"oldest_hours": "1000000"}, "customer-features": groups, "timeseries": index,
    }  # fmt: skip
    for pipeline, given in told.items():
        code, out = run(tmp_path, pipeline, AS_OF, **files, **given)
        assert code == 0, out
    at, lines = moment(AS_OF), [{**row, "transaction_id": None} for row in source()]
    usable, _ = judged(lines, at.day, at.as_of, at.timezone)
    customers = tables.rows(tmp_path, "retail.customer_features")
    assert sum(row["total_transactions"] for row in customers) == usable.total()
    with (tmp_path / "public" / "customers.csv").open() as file:
        known = {row["customer_id"] for row in csv.DictReader(file)}
    assert {row["customer_id"] for row in customers} == known | {line[2] for line in usable}
    assert {(row["signup_date"], row["wishlist_size"]) for row in customers} == {(None, None)}
    articles = {row["article_id"]: row for row in tables.rows(tmp_path, "retail.articles")}
    with (tmp_path / "public" / "articles.csv").open() as file:
        assert articles.keys() == {row["article_id"] for row in csv.DictReader(file)}
    assert {(row["price"], row["category_id"], row["created_at"]) for row in articles.values()} == {(None, None, None)}
    sold = tables.rows(tmp_path, "retail.daily_sales")
    of_articles = sum(number for line, number in usable.items() if line[3] in articles)
    assert sum(row["daily_sales"] for row in sold) == of_articles
    assert {row["category_id"] for row in sold} <= {row["index_group_name"] for row in articles.values()}


def both(home: Path) -> list[list[dict[str, Any]]]:
    """The rows of both tables."""
    return [rows(home, table) for table in (PAIRS, TARGETS)]
