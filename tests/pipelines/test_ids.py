"""Ids that are numbers leave the source of every pipeline of the shop, for its steps to say what to do about them."""

from pathlib import Path

import pyarrow as pa
import pytest

from components.extract_postgres.extract import Request, extract
from components.shell import datasets
from components.shell.extracts import Places
from components.shell.personal import Personal
from components.shell.projection import Asked, parse
from pipelines import (
    articles_content,
    customer_features,
    events_and_funnels,
    reviews_nlp,
    timeseries,
    user_item_interactions,
)
from tests.pipelines.shops import execute

_KINDS = {"": "text", "string": "text", "int": "integer", "long": "bigint", "double": "double precision"}
IDS = ("customer_id", "article_id", "category_id", "parent_category_id")
SHOPS = {
    module.__name__: module.SOURCE_TABLES
    for module in (
        articles_content, customer_features, events_and_funnels, reviews_nlp, timeseries, user_item_interactions,
    )
}  # fmt: skip


@pytest.mark.parametrize("pipeline", SHOPS)
def test_ids_that_are_numbers_reach_the_steps(database_url: str, tmp_path: Path, pipeline: str) -> None:
    """As the numbers that they are: an extract that refused them would say that the contract is broken."""
    wanted = SHOPS[pipeline]
    tables = parse(wanted, Personal())
    for table in tables:
        listed = ", ".join(f'"{column.name}" {_kind(column)}' for column in table.columns)
        execute(database_url, f'CREATE TABLE "{table.name}" ({listed})')
    extract(database_url, Request(wanted), Places(tmp_path / "raw", tmp_path / "rejected"))
    for table in tables:
        found = datasets.schema(tmp_path / "raw" / table.name)
        numbers = [name for name in found.names if pa.types.is_int64(found.field(name).type)]
        assert set(numbers) >= {column.name for column in table.columns if column.name in IDS}, table.name


def _kind(column: Asked) -> str:
    return "bigint" if column.name in IDS else _KINDS.get(column.nulls, column.nulls.replace("decimal", "numeric"))
