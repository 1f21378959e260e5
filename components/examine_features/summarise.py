"""From a dataset and the table's history to figures."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.examine_features.drift import verdict
from components.examine_features.figures import Figures, Source, figures
from components.examine_features.previous import Previous
from components.examine_features.ranges import feature_names
from components.examine_features.tally import Members, Shown
from components.feed.splits import SPLIT
from components.shell import datasets
from components.shell.errors import ContractError

_ROWS_PER_BATCH = 122_880


def summarise(rows: Path, users: Path, previous: Previous | None, shown: Shown) -> Figures:
    """The figures of the dataset `rows`, beside those of the run before.

    Raises:
        ContractError: label or split are missing, or there are no rows.
    """
    schema = datasets.schema(rows)
    if missing := next((name for name in (shown.label, SPLIT) if name not in schema.names), None):
        raise ContractError(f"the rows have no column '{missing}'", "give rows of ranking_features")
    names = {name: pa.types.is_integer(schema.field(name).type) for name in feature_names(schema, shown.label)}
    last = Source(previous.name, (), previous.batches) if previous else None
    now = Source("this run", schema.names, lambda columns: _batches(rows, columns))
    return figures(now, names, members(users, schema.names, shown), last)


def details(drawn: Figures) -> dict[str, Any]:
    """What the step's summary says of the figures: which features have moved, and which have nulls."""
    moved = {
        one.name: round(one.drift, 4)
        for one in drawn.features
        if one.drift is not None and verdict(one.drift) != "stable"
    }
    nulls = {one.name: one.nulls for one in drawn.features if one.nulls}
    return {
        "compared_with": drawn.last,
        "moved": moved,
        "nulls": nulls,
        "label_share": round(drawn.total.share, 4),
    }


def members(users: Path, columns: Collection[str], shown: Shown) -> Members:
    """Those whom the rows are about, with the groups that the rows themselves, whose columns are given, do not have."""
    theirs = datasets.schema(users).names
    key = next((name for name in theirs if name in columns), "")
    groups = [name for name in shown.groups if name in theirs and name not in columns]
    batches = list(_batches(users, [key, *groups])) if key and groups else []
    return Members(shown, key, pa.Table.from_batches(batches)) if batches else Members(shown)


def _batches(directory: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows, one batch after the other, with those of the columns that they have."""
    present = [name for name in columns if name in datasets.schema(directory).names]
    yield from datasets.read_batches(directory, present, _ROWS_PER_BATCH)
