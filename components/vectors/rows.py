"""The rows of the table of vectors, and which of them stand from the run before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from components.shell import datasets
from components.shell.summary import Summary
from components.vectors.arrays import Floats, lists
from components.vectors.model import Model

SCHEMA = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("model_digest", pa.string(), nullable=False),
        pa.field("dimension", pa.int32(), nullable=False),
        pa.field("vector", pa.list_(pa.field("element", pa.float32(), nullable=False)), nullable=False),
        pa.field("input_hash", pa.string(), nullable=False),
        pa.field("tokens", pa.int32()),
        pa.field("truncated", pa.bool_(), nullable=False),
        pa.field("computed_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("articles_snapshot", pa.int64(), nullable=False),
    ]
)
REJECTED = pa.schema(
    [pa.field("article_id", pa.string(), nullable=False), pa.field("reason", pa.string(), nullable=False)]
)


@dataclass(frozen=True)
class Inputs:
    """The articles with the snapshot that they are from, and the vectors of the run before."""

    articles: Path
    snapshot: str
    before: Path


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    rejected: Path


@dataclass(frozen=True)
class About:
    """What all rows of a run share: kind and model, when they are computed, and of which articles."""

    kind: str
    model: Model
    at: datetime
    articles_snapshot: int

    def rows(self, ids: pa.Array, hashes: pa.Array, vectors: Floats, tokens: pa.Array, truncated: pa.Array) -> pa.Table:
        """Rows of vectors that were just computed."""
        shared = {
            "kind": self.kind,
            "model": self.model.uri,
            "model_digest": self.model.digest,
            "dimension": vectors.shape[1],
            "computed_at": self.at,
            "articles_snapshot": self.articles_snapshot,
        }
        own = {
            "article_id": ids,
            "vector": lists(vectors),
            "input_hash": hashes,
            "tokens": tokens,
            "truncated": truncated,
        }
        columns = [own.get(field.name, pa.repeat(pa.scalar(shared.get(field.name)), len(ids))) for field in SCHEMA]
        return pa.table([each.cast(field.type) for each, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)

    def carried(self, rows: ir.Table) -> ir.Table:
        """Rows that stand, said to be of these articles; what computed them, and when, stays as it was."""
        told = {
            "articles_snapshot": ibis.literal(self.articles_snapshot, "int64"),
            "model": ibis.literal(self.model.uri),
        }
        return rows.mutate(**told).select(*SCHEMA.names).order_by("article_id")


def off(outputs: Outputs) -> Summary:
    """Nothing, written as such."""
    datasets.write_dataset(outputs.rows, SCHEMA, [])
    datasets.write_dataset(outputs.rejected, REJECTED, [])
    return Summary(details={"state": "off"})


def standing(wanted: ir.Table, before: ir.Table) -> ir.Table:
    """The rows from before whose article has the same input now; `input_hash` says whether it is.

    The hash knows model and preparation too, so no vectors of two models ever stand beside each other.
    """
    return before.semi_join(wanted, ["article_id", "input_hash"])


def changed(wanted: ir.Table, before: ir.Table) -> ir.Table:
    """The articles that have no vector of their present input."""
    return wanted.anti_join(before, ["article_id", "input_hash"]).order_by("article_id")


def typed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches with exactly the table's schema."""
    for batch in batches:
        yield from pa.Table.from_batches([batch]).cast(SCHEMA).to_batches()


def spread(count: int, most: int) -> Sequence[int]:
    """At most so many places of `count`, evenly apart: a sample that is the same each time."""
    return [int(place) for place in np.unique(np.linspace(0, count - 1, min(count, most)))] if count else []
