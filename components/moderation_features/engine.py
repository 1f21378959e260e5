"""The raw tables of an extract as tables of the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir

from components.shell import datasets, ids
from components.shell import engine as shared
from components.shell.engine import Engine, keep, records, write
from components.shell.errors import ContractError

__all__ = ["Engine", "engine", "keep", "read", "records", "write"]

MEMORY = "1GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine within MEMORY, which knows the normal form of ids."""
    with shared.engine(MEMORY) as backend:
        backend.begin(lambda connection: connection.execute(ids.MACROS))
        yield backend


def read(backend: Engine, directory: Path) -> ir.Table:
    """The dataset in `directory` as a table.

    Raises:
        ContractError: the dataset is not there or not complete.
    """
    if not directory.is_dir():
        beside = sorted(path.name for path in directory.parent.glob("*/"))
        there = f"; there is {', '.join(beside)}" if beside else ""
        raise ContractError(f"table {directory.name} is missing from the extract{there}", "extract this table too")
    return backend.read_parquet(datasets.files(directory))
