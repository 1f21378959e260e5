"""DuckDB within bounded memory, the raw tables as its views, and its results as datasets."""

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

MEMORY = "1GB"
"""What DuckDB may hold; beyond it, it writes to a temporary directory."""

_ROWS_PER_GROUP = 122_880


@contextmanager
def engine() -> Iterator[Any]:
    """An Ibis backend on a DuckDB of its own, whose temporary files go with it."""
    with tempfile.TemporaryDirectory(prefix="features-") as scratch, _translated():
        backend = ibis.duckdb.connect(memory_limit=MEMORY, temp_directory=scratch, preserve_insertion_order=False)
        try:
            yield backend
        finally:
            backend.disconnect()


def read(backend: Any, directory: Path) -> ir.Table:
    """The dataset in `directory` as a table.

    Raises:
        ContractError: the dataset is not there or not complete.
    """
    if not directory.is_dir():
        beside = sorted(path.name for path in directory.parent.glob("*/"))
        there = f"; there is {', '.join(beside)}" if beside else ""
        raise ContractError(f"table {directory.name} is missing from the extract{there}", "extract this table too")
    return backend.read_parquet(datasets.files(directory))


def keep(backend: Any, name: str, table: ir.Table) -> ir.Table:
    """The table, computed once and held by the engine under `name`, in memory or in its temporary directory."""
    return backend.create_table(name, table, temp=True)


def records(backend: Any, table: ir.Table) -> list[dict[str, Any]]:
    """The few rows of `table`, which may hold anything but instants.

    Instants would make pyarrow import pandas, and so would Ibis's own way: a second each.
    """
    arrow = backend.con.sql(backend.compile(table)).to_arrow_table()
    # DuckDB sums integers into decimals; Ibis has promised integers.
    found: list[dict[str, Any]] = arrow.cast(table.schema().to_pyarrow()).to_pylist()
    return found


def write(backend: Any, table: ir.Table, schema: ibis.Schema, directory: Path) -> datasets.Manifest:
    """The manifest of the dataset written: the rows of `table`, in its order, with exactly `schema`."""
    arrow = schema.to_pyarrow()
    # Ibis 12 asks DuckDB 2 for its stream by a name that DuckDB has given up, so ask for it here.
    batches = backend.con.sql(backend.compile(table)).to_arrow_reader(_ROWS_PER_GROUP)
    return datasets.write_dataset(directory, arrow, (_typed(batch, arrow) for batch in batches))


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        text = " ".join(str(error).split())[:300]
        raise TransientError(f"DuckDB ran out of room: {text}", "give the step more disk or memory") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TransientError("the disk is full", "make room where the step writes or in its temporary files") from None
