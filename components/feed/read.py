"""The datasets of a feed as tables of the engine."""

from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from components.shell import datasets
from components.shell.engine import Backend
from components.shell.errors import ContractError

MEMORY = "1500MB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""
INTERACTIONS = ibis.schema(
    {
        "interaction_id": "string",
        "user_id": "int64",
        "item_id": "int64",
        "timestamp": "timestamp('UTC', 6)",
        "click": "int32",
        "dwell_time": "float64",
        "device": "string",
    }
)
USERS = ibis.schema({"user_id": "int64", "signup_date": "timestamp('UTC', 6)"})
ITEMS = ibis.schema({"item_id": "int64", "creation_date": "timestamp('UTC', 6)"})


@dataclass(frozen=True)
class Feed:
    """The three tables of a feed."""

    interactions: ir.Table
    users: ir.Table
    items: ir.Table


def read_feed(backend: Backend, interactions: Path, users: Path, items: Path) -> Feed:
    """The three datasets as tables."""
    return Feed(read(backend, interactions, INTERACTIONS), read(backend, users, USERS), read(backend, items, ITEMS))


def read(backend: Backend, directory: Path, needed: ibis.Schema) -> ir.Table:
    """The columns of `needed` of the dataset in `directory`.

    Raises:
        ContractError: the dataset is not complete, or a column is missing or of another type.
    """
    table = backend.read_parquet(datasets.files(directory))
    for name, kind in needed.items():
        column_type = table.schema().get(name)
        if column_type is None:
            raise ContractError(f"dataset {directory.name} has no column '{name}'", "check the step that wrote it")
        if not column_type.castable(kind) or column_type.is_string() != kind.is_string():
            raise ContractError(
                f"column '{name}' of {directory.name} is {column_type} and not {kind}", "check the step that wrote it"
            )
    return table.select(*needed.names)
