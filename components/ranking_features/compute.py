"""From interactions, users and items to feature rows."""

from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from components.ranking_features.features import DEVICES, SCHEMA, features
from components.ranking_features.read import MEMORY, read
from components.shell.compute import engine, named
from components.shell.counts import counted
from components.shell.datasets import read_manifest
from components.shell.engine import Backend, write
from components.shell.errors import ContractError
from components.shell.summary import Summary

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


def compute(interactions: Path, users: Path, items: Path, rows: Path) -> Summary:
    """What was done: a feature row for each interaction is written to `rows`.

    Raises:
        ContractError: a dataset is incomplete, a column is missing, or an interaction has no user or item of its own.
    """
    expected = read_manifest(interactions).rows
    with engine(MEMORY) as backend:
        feed = read_feed(backend, interactions, users, items)
        made = features(feed.interactions, feed.users, feed.items)
        written = write(backend, made, SCHEMA, rows, "their user or item does not exist: repair the source").rows
        by = named(backend)
    if written != expected:
        message = f"{counted(expected, 'interaction')} became {counted(written, 'row')}"
        raise ContractError(message, "users or items are there more than once")
    return Summary(expected, written, 0, {"devices": list(DEVICES), **by})
