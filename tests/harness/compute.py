"""What tests need that run on either engine: DuckDB in `make test`, Spark in `make test-spark`."""

import os
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from components.shell.engine import Backend
from components.shell.settings import COMPUTE


def read(backend: Backend, rows: pa.Table, file: Path) -> ir.Table:
    """The rows as a table of the engine's, by way of a Parquet file."""
    pq.write_table(rows, file)
    return backend.read_parquet([str(file)])


def examples(number: int) -> int:
    """So many examples of a property, or a quarter of them on Spark, to which each is seconds."""
    return max(1, number // 4) if os.environ.get(COMPUTE) else number
