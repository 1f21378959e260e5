"""DuckDB within bounded memory, datasets as its tables, and its results as datasets."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.shell import datasets
from components.shell.errors import ContractError, TransientError

MEMORY = "1500MB"
"""What DuckDB may hold; beyond it, it writes to a temporary directory."""

_ROWS_PER_GROUP = 122_880


@contextmanager
def engine(memory: str = MEMORY) -> Iterator[Any]:
    """An Ibis backend on a DuckDB of its own, whose temporary files go with it."""
    with tempfile.TemporaryDirectory(prefix="ranking-") as scratch, _translated():
        backend = ibis.duckdb.connect(memory_limit=memory, temp_directory=scratch, preserve_insertion_order=False)
        try:
            yield backend
        finally:
            backend.disconnect()


def read(backend: Any, directory: Path, needed: ibis.Schema) -> ir.Table:
    """The columns of `needed` of the dataset in `directory`.

    Raises:
        ContractError: the dataset is not complete, or a column is missing or of another type.
    """
    table = backend.read_parquet(datasets.files(directory))
    for name, kind in needed.items():
        found = table.schema().get(name)
        if found is None:
            raise ContractError(f"dataset {directory.name} has no column '{name}'", "check the step that wrote it")
        if not found.castable(kind) or found.is_string() != kind.is_string():
            raise ContractError(
                f"column '{name}' of {directory.name} is {found} and not {kind}", "check the step that wrote it"
            )
    return table.select(*needed.names)


def write(backend: Any, table: ir.Table, schema: ibis.Schema, directory: Path) -> datasets.Manifest:
    """The manifest of the dataset written: the rows of `table`, in its order, with exactly `schema`.

    Raises:
        ContractError: a column that is never null would be.
    """
    arrow = schema.to_pyarrow()
    # Ibis 12 asks DuckDB 2 for its stream by a name that DuckDB has given up, so ask for it here.
    batches = backend.con.sql(backend.compile(table)).to_arrow_reader(_ROWS_PER_GROUP)
    return datasets.write_dataset(directory, arrow, (_typed(batch, arrow) for batch in batches))


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    for column, field in zip(columns, schema, strict=True):
        if column.null_count and not field.nullable:
            raise ContractError(
                f"'{field.name}' would be null in some rows", "their user or item does not exist: repair the source"
            )
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise TransientError(
            f"DuckDB ran out of room: {str(error)[:300]}", "give the step more disk or memory"
        ) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TransientError(
            "the disk is full", "make room where the step writes, or in its temporary directory"
        ) from None
