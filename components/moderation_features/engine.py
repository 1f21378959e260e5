"""The raw tables of an extract as tables of the engine."""

from contextlib import AbstractContextManager
from pathlib import Path

import ibis.expr.types as ir

from components.shell import compute, datasets, ids
from components.shell.compute import named
from components.shell.engine import Backend, keep, records, write
from components.shell.errors import ContractError

__all__ = ["Backend", "engine", "keep", "named", "read", "records", "write"]

MEMORY = "1GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""


def engine() -> AbstractContextManager[Backend]:
    """An engine within MEMORY, which knows the normal form of ids."""
    return compute.engine(MEMORY, ids.MACROS)


def read(backend: Backend, directory: Path) -> ir.Table:
    """The dataset in `directory` as a table.

    Raises:
        ContractError: the dataset is not there or not complete.
    """
    if not directory.is_dir():
        beside = sorted(path.name for path in directory.parent.glob("*/"))
        there = f"; there is {', '.join(beside)}" if beside else ""
        raise ContractError(f"table {directory.name} is missing from the extract{there}", "extract this table too")
    return backend.read_parquet(datasets.files(directory))
