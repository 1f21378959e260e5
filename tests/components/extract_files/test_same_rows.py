"""A shop from files and from Postgres: the same rows, in all that both have."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.extract_files.extract import Request as FromFiles
from components.extract_files.extract import extract as extract_files
from components.extract_postgres.extract import Request as FromPostgres
from components.extract_postgres.extract import extract as extract_postgres
from components.retail.missing import missing
from components.shell import datasets
from components.shell.datasets import MANIFEST
from components.shell.extracts import Places
from pipelines import articles_content, customer_features, timeseries, user_item_interactions
from stockpot.samples.shop import public
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.source import fill
from tests.conftest import fresh_database

SMALL = Scale(customers=60, articles=40, lines_each=12, history=40, events=False)
PIPELINES = (user_item_interactions, articles_content, customer_features, timeseries)
# All that the public files have of what the four ask for.
BOTH = {
    "transactions": {"t_dat", "customer_id", "article_id", "price", "sales_channel_id"},
    "customers": {"customer_id", "age", "club_member_status", "fashion_news_frequency", "active"},
    "articles": {
        "article_id", "product_code", "prod_name", "product_type_name", "product_group_name",
        "graphical_appearance_name", "colour_group_name", "department_no", "department_name", "index_name",
        "index_group_name", "section_name", "garment_group_name", "detail_desc",
    },
}  # fmt: skip


def rows(directory: Path, columns: set[str]) -> Counter[str]:
    """How often there is which row; a flag that is not set is one that nothing is known of."""
    found: Counter[str] = Counter()
    for batch in datasets.read_batches(directory):
        for row in batch.to_pylist():
            told = {name: float(row[name]) if name == "price" and row[name] else row[name] for name in columns}
            found[json.dumps({name: told[name] or None for name in sorted(columns)}, default=str)] += 1
    return found


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_pipeline_gets_the_same_rows_from_files(pipeline: Any, tmp_path: Path, shop: tuple[str, str]) -> None:
    """Row by row, in every column that both have; what the files lack is told as missing."""
    url, directory = shop
    tables: dict[str, Any] = pipeline.SOURCE_TABLES
    ours, theirs = (Places(tmp_path / name / "raw", tmp_path / name / "rejected") for name in ("ours", "theirs"))
    extract_postgres(url, FromPostgres(tables), ours)
    summary = extract_files(FromFiles(tables, "files", directory), theirs)
    assert summary.rows_rejected == 0
    lacking = missing(theirs.raw)
    for table, columns in BOTH.items():
        if (theirs.raw / table / MANIFEST).exists():
            there = set(datasets.schema(theirs.raw / table).names)
            shared = there - lacking[table]
            assert shared == columns & there
            found = rows(theirs.raw / table, shared)
            assert sum(found.values()) > 0
            assert found == rows(ours.raw / table, shared)


@pytest.fixture(scope="module")
def shop(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The address of a database that holds the shop, and the folder with its files."""
    directory = tmp_path_factory.mktemp("public")
    public.write(directory, SMALL)
    with fresh_database(postgres_server) as url:
        fill(url, SMALL)
        yield url, str(directory)
