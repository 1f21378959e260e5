"""From interactions, users and items to feature rows."""

from pathlib import Path

from components.feed.features import DEVICES, SCHEMA, features
from components.feed.read import MEMORY, read_feed
from components.shell.compute import engine, named
from components.shell.counts import counted
from components.shell.datasets import read_manifest
from components.shell.engine import write
from components.shell.errors import ContractError
from components.shell.summary import Summary


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
