"""DuckDB behind Ibis: within bounded memory, datasets as its tables, and its results as datasets.

Only the images whose steps compute have DuckDB and Ibis, so both are imported where they are used.
"""

import errno
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell import datasets
from components.shell.errors import ContractError, TransientError

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pyarrow as pa

_ROWS_PER_GROUP = 122_880


@contextmanager
def engine(memory: str) -> Iterator[Any]:
    """An Ibis backend on a DuckDB of its own, which holds at most `memory` (`1GB`) and writes the rest to files.

    The files lie in the temporary directory and go with the engine. Instants are in UTC.

    Raises:
        TransientError: there is no room for what it holds or writes.
    """
    import ibis  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory(prefix="engine-") as scratch, translated():
        backend = ibis.duckdb.connect(memory_limit=memory, temp_directory=scratch, preserve_insertion_order=False)
        try:
            yield backend
        finally:
            backend.disconnect()


def keep(backend: Any, name: str, table: "ir.Table") -> "ir.Table":
    """The table, computed once and held by the engine under `name`, in memory or in its temporary directory."""
    return backend.create_table(name, table, temp=True)


def records(backend: Any, table: "ir.Table") -> list[dict[str, Any]]:
    """The few rows of `table`.

    Ibis's own way would make pyarrow import pandas, which takes a second.
    """
    arrow = backend.con.sql(backend.compile(table)).to_arrow_table()
    # DuckDB sums integers into decimals; Ibis has promised integers.
    found: list[dict[str, Any]] = arrow.cast(table.schema().to_pyarrow()).to_pylist()
    return found


def write(
    backend: Any, table: "ir.Table", schema: "ibis.Schema", directory: Path, if_null: str = "repair the source"
) -> datasets.Manifest:
    """The manifest of the dataset written: the rows of `table`, in its order, with exactly `schema`.

    Args:
        backend: What `engine` gave.
        table: What to compute; streamed, a row group at a time.
        schema: Names and types in the order of `table`'s columns.
        directory: Where the dataset goes.
        if_null: What to do when a column that is never null would be.

    Raises:
        ContractError: a column that is never null would be.
    """
    arrow = schema.to_pyarrow()
    # Ibis 12 asks DuckDB 2 for its stream by a name that DuckDB has given up, so ask for it here.
    batches = backend.con.sql(backend.compile(table)).to_arrow_reader(_ROWS_PER_GROUP)
    return datasets.write_dataset(directory, arrow, _ahead(_typed(batch, arrow, if_null) for batch in batches))


def _ahead(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    """The batches, each computed while the one before it is written."""
    with ThreadPoolExecutor(1) as computer:
        coming = computer.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = computer.submit(next, batches, None)
            yield batch


def _typed(batch: "pa.RecordBatch", schema: "pa.Schema", if_null: str) -> "pa.RecordBatch":
    import pyarrow as pa  # noqa: PLC0415 - see above

    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    for column, field in zip(columns, schema, strict=True):
        if column.null_count and not field.nullable:
            raise ContractError(f"'{field.name}' would be null in some rows", if_null)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def translated() -> Iterator[None]:
    """Turn DuckDB's lack of memory or disk into an error that says to try again."""
    import duckdb  # noqa: PLC0415 - see above

    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise TransientError(
            f"DuckDB ran out of room: {str(error)[:300]}", "give the step more disk or memory"
        ) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TransientError("the disk is full", "make room where the step writes or in its temporary files") from None
