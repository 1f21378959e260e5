"""The pipeline asks the source for just the columns that the features read: no more, and none less."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.extract_postgres.extract import Request, extract
from components.moderation_features.cut import SETTLING, Cut
from components.moderation_features.engine import Backend, engine, read, records
from components.moderation_features.sources import TABLES, normalise
from components.shell.datasets import write_dataset
from components.shell.errors import ContractError
from components.shell.extracts import Places
from components.shell.personal import DEFAULT, Personal
from components.shell.projection import Asked, parse
from pipelines.moderation_training import SOURCE_TABLES
from stockpot.samples.moments import AS_OF
from stockpot.samples.schema import Generation
from stockpot.samples.source import fill
from tests.components.moderation_features.histories import run
from tests.conftest import fresh_database

ASKED = {table.name: table.columns for table in parse(SOURCE_TABLES, Personal())}
# What sets each optional column apart from one that is missing.
_EVER = AS_OF + timedelta(days=1)
SET: dict[str, Any] = {"known_at": _EVER, "deleted_at": _EVER, "is_test_account": True, "year_of_birth": 2000}


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    """The features' own engine."""
    with engine() as backend:
        yield backend


def test_the_columns_that_are_asked_for_are_those_that_are_read() -> None:
    """Table by table: the names, in their order where there are several, and which of them may be missing."""
    asked = {table: {(c.sources, not c.optional) for c in columns} for table, columns in ASKED.items()}
    assert asked == {table: {(c.sources, c.required) for c in TABLES[table]} for table in SOURCE_TABLES}


@pytest.mark.parametrize("generation", ["new", "old"])
def test_features_see_the_same_as_in_whole_tables(
    generation: Generation, postgres_server: str, tmp_path: Path, backend: Backend
) -> None:
    """Every table is the same to them row by row, and so are the rows that they make."""
    with fresh_database(postgres_server) as url:
        fill(url, generation=generation)
        everything = Request({table: ["*"] for table in SOURCE_TABLES}, personal=[f"-{entry}" for entry in DEFAULT])
        for name, request in (("whole", everything), ("projected", Request(SOURCE_TABLES))):
            extract(url, request, Places(tmp_path / name / "raw", tmp_path / name / "rejected"))
    for table in SOURCE_TABLES:
        seen = {name: _seen(backend, tmp_path / name / "raw" / table, table) for name in ("whole", "projected")}
        assert seen["projected"] == seen["whole"] != []
    if generation == "new":
        cut = Cut(AS_OF, AS_OF - timedelta(days=30), AS_OF - SETTLING)
        rows = [run(tmp_path / name, cut, "milestones").rows for name in ("whole", "projected")]
        assert rows[1] == rows[0]
        assert len(rows[0]) == 285


@pytest.mark.parametrize("table", SOURCE_TABLES)
def test_no_column_is_asked_for_in_vain(table: str, tmp_path: Path, backend: Backend) -> None:
    """Without any one of them the features stop, or see something else."""
    columns = ASKED[table]
    whole = _written(tmp_path / "whole", columns)
    seen = _seen(backend, whole, table)
    for number, column in enumerate(columns):
        less = _written(tmp_path / str(number), [other for other in columns if other is not column])
        if column.optional:
            assert _seen(backend, less, table) != seen, column
        else:
            with pytest.raises(ContractError, match=f"{table}.{column.name}.* is missing"):
                normalise(table, read(backend, less))


def _seen(backend: Backend, directory: Path, table: str) -> list[str]:
    return sorted(map(str, records(backend, normalise(table, read(backend, directory)))))


def _written(directory: Path, columns: "list[Asked] | tuple[Asked, ...]") -> Path:
    """A dataset of one row with a value in every column."""
    kinds = {"timestamptz": pa.timestamp("us", "UTC"), "boolean": pa.bool_(), "long": pa.int64()}
    row = {column.name: SET.get(column.name, AS_OF if column.type == "timestamptz" else None) for column in columns}
    schema = pa.schema([(column.name, kinds.get(column.type, pa.string())) for column in columns])
    table = pa.Table.from_pylist([row], schema=schema)
    write_dataset(directory, schema, table.to_batches())
    return directory
