"""Rows into the directories train, val and test, streamed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from components.feed.splits import SPLIT, SPLITS
from components.ranking_features.cuts import Instants, check_shares, cuts
from components.shell import datasets
from components.shell.errors import ContractError
from components.shell.instants import EPOCH, format_instant
from components.shell.summary import Summary

_ROWS_PER_BATCH = 122_880
_COLUMN = pa.field(SPLIT, pa.string(), nullable=False)


def split(rows: Path, shares: Sequence[Any], target: Path) -> Summary:
    """What was done: the splits are written below `target`, each in its directory, with one manifest over all.

    Raises:
        ConfigurationError: the shares make no sense.
        ContractError: the rows have no timestamp, are not ordered by it, or are too few.
    """
    wanted = check_shares(shares)
    schema = datasets.schema(rows)
    if "timestamp" not in schema.names or not pa.types.is_timestamp(schema.field("timestamp").type):
        raise ContractError("the rows have no column 'timestamp' that is a time", "give rows that have one")
    instants = _instants(rows)
    edges = (0, *cuts(instants, wanted), len(instants))
    labelled = _labelled(rows, schema.append(_COLUMN), edges)
    parts: list[str] = []
    for name, batches in groupby(labelled, key=itemgetter(0)):
        written = datasets.write_dataset(target / name, schema.append(_COLUMN), (batch for _, batch in batches))
        parts += [f"{name}/{file.name}" for file in written.files]
    manifest = datasets.seal(target, parts)
    return Summary(len(instants), manifest.rows, 0, {"splits": _describe(instants, edges), "shares": list(wanted)})


def _instants(rows: Path) -> Instants:
    """The timestamps of all rows as microseconds: 8 bytes a row, the only thing that is held as a whole."""
    instants = np.empty(datasets.read_manifest(rows).rows, dtype=np.int64)
    position = 0
    for batch in datasets.read_batches(rows, ["timestamp"], _ROWS_PER_BATCH):
        column = batch.column(0).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
        instants[position : position + len(column)] = column.to_numpy(zero_copy_only=False)
        position += len(column)
    return instants


def _labelled(rows: Path, schema: pa.Schema, edges: Sequence[int]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows in their order, cut at the edges, each piece with the name of its split and that name as a column."""
    offset = 0
    for batch in datasets.read_batches(rows, rows=_ROWS_PER_BATCH):
        for name, (start, end) in zip(SPLITS, pairwise(edges), strict=True):
            low, high = max(start - offset, 0), min(end - offset, batch.num_rows)
            if low < high:
                part = batch.slice(low, high - low)
                label = pa.repeat(pa.scalar(name), part.num_rows)
                yield name, pa.RecordBatch.from_arrays([*part.columns, label], schema=schema)
        offset += batch.num_rows


def _describe(instants: Instants, edges: Sequence[int]) -> dict[str, Any]:
    return {
        name: {"rows": end - start, "first": _written(instants[start]), "last": _written(instants[end - 1])}
        for name, (start, end) in zip(SPLITS, pairwise(edges), strict=True)
    }


def _written(microseconds: np.int64) -> str:
    return format_instant(EPOCH + timedelta(microseconds=int(microseconds)))
