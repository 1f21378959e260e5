"""What is to be forgotten is looked for wherever it lies, and in a source as the sample's is."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import pipelines
from components.begin_run.migrate import migrate
from components.extract_postgres.extract import Request, extract
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.maintain_tables.erase import main
from components.shell import datasets
from components.shell.extracts import Places
from components.shell.instants import EPOCH, format_instant
from pipelines.erase_gone import TABLES, erase_gone
from stockpot.authoring import Table, Target
from stockpot.compiler import ir
from stockpot.compiler.definitions import kfp_documents
from stockpot.compiler.reading import read_plan
from stockpot.landing import Landed
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.pipelines.shops import execute

SMALL = Scale(customers=120, articles=30, lines_each=20, history=60)
REVIEWS = {
    "name": "retail.reviews",
    "columns": ["review_id string!", "customer_id string!", "known_at timestamptz!"],
    "partition": {"known_at": "month"},
    "interval_column": "known_at",
}
NAMES = {"customers": "crm.people", "customers.customer_id": "number", "customers.age": "years"}


def tables() -> Iterator[Table]:
    """All tables that a pipeline fills."""
    for module in pkgutil.iter_modules(pipelines.__path__, "pipelines."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table | Target | Landed):
                yield value if isinstance(value, Table) else value.table


def test_every_table_of_customers_or_reviews_is_erased_from() -> None:
    """Each of the shop's, raw ones too, that has a column with their ids."""
    held = {
        (table.name, field.name)
        for table in tables()
        for field in table.fields
        if table.name.startswith(("retail.", "raw.")) and field.name in ("customer_id", "review_id")
    }
    assert held == {(each["table"], each["column"]) for each in TABLES}


def test_deletions_are_told_in_the_zone_of_the_source() -> None:
    """A `deleted_at` without a zone is of the run's `timezone`, as in the shop's other pipelines."""
    plan = read_plan(kfp_documents(erase_gone.function))
    assert asked(plan)["timezone"] == ir.ComponentInput("pipelinechannel--timezone")
    assert plan.parameters["timezone"].default == ir.Constant("UTC")


def asked(plan: ir.Pipeline) -> Mapping[str, Any]:
    """What the extract is told."""
    (found,) = [task for path, task in ir.walk(plan.dag) if path[-1] == "extract-postgres"]
    return found.parameters


def extracted(url: str, directory: Path, **given: Any) -> Path:
    """What the pipeline's extract copies of the source, where a run is given these parameters."""
    plan = read_plan(kfp_documents(erase_gone.function))
    told = {}
    for name, value in asked(plan).items():
        own = isinstance(value, ir.ComponentInput) and value.name.removeprefix("pipelinechannel--")
        told[name] = given.get(own, plan.parameters[own].default.value) if own else value.value
    extract(url, Request(**told), Places(directory / "raw", directory / "rejected"))
    return directory / "raw"


def loaded(directory: Path, rows: list[dict[str, Any]]) -> None:
    """The rows in the table of reviews, whose ids are texts."""
    definition = parse_definition(REVIEWS)
    migrate([definition])
    kind = pa.timestamp("us", "UTC")
    schema = pa.schema([("review_id", pa.string()), ("customer_id", pa.string()), ("known_at", kind)])
    told = [{"review_id": str(row["review_id"]), "customer_id": row["customer_id"], "known_at": EPOCH} for row in rows]
    datasets.write_dataset(directory / "rows", schema, pa.Table.from_pylist(told, schema).to_batches())
    end = datetime(2026, 1, 1, tzinfo=UTC)
    load(definition, Receipt("key", "reviews-nlp", EPOCH, end, end, "1"), directory / "rows")


@pytest.mark.parametrize("names", [{}, NAMES], ids=["our names", "their names"])
def test_what_the_sample_no_longer_has_is_erased(
    names: dict[str, str], tmp_path: Path, catalog_env: dict[str, str]
) -> None:
    """Ids of its reviews are numbers in Postgres; its tables may have other names, which a file tells all pipelines."""
    url = catalog_env["DATABASE_URL"]
    fill(url, SMALL)
    rows = [row for name, part in shop(SMALL) if name == "reviews" for row in part.to_pylist()]
    gone, left = rows[0], rows[1]["customer_id"]
    execute(url, "DELETE FROM reviews WHERE review_id = %s", gone["review_id"])
    for table in ("customers", "transactions"):
        execute(url, f"DELETE FROM {table} WHERE customer_id = %s", left)
    if names:
        execute(url, "CREATE SCHEMA crm; ALTER TABLE customers RENAME COLUMN customer_id TO number;"
                "ALTER TABLE customers RENAME TO people; ALTER TABLE people SET SCHEMA crm")  # fmt: skip
    loaded(tmp_path, rows)
    raw, at = extracted(url, tmp_path, names=names), format_instant(datetime.now(UTC))
    limits: dict[str, Any] = {"most_gone": 0.2, "keep_days": 30, "dry_run": False}
    main(raw=raw, tables=TABLES, as_of=at, summary=tmp_path / "summary.json", **limits)
    kept = {str(row["review_id"]) for row in rows if row != gone and row["customer_id"] != left}
    taken_back = {str(row["review_id"]) for row in rows if row["deleted_at"]}
    held = load_table(open_catalog(), "retail.reviews").scan().to_arrow()
    assert set(held["review_id"].to_pylist()) == kept - taken_back
