"""The rows of tables of vectors, and which of them stand from the run before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from components.shell import datasets
from components.shell.counts import counted
from components.shell.engine import Engine, keep, streamed
from components.shell.errors import ContractError
from components.shell.summary import OFF, Summary
from components.vectors.arrays import Floats, lists
from components.vectors.columns import by
from components.vectors.model import Model

_COMPUTED = (
    pa.field("kind", pa.string(), nullable=False),
    pa.field("model", pa.string(), nullable=False),
    pa.field("model_digest", pa.string(), nullable=False),
    pa.field("dimension", pa.int32(), nullable=False),
    pa.field("vector", pa.list_(pa.field("element", pa.float32(), nullable=False)), nullable=False),
    pa.field("input_hash", pa.string(), nullable=False),
    pa.field("tokens", pa.int32()),
    pa.field("truncated", pa.bool_(), nullable=False),
    pa.field("computed_at", pa.timestamp("us", "UTC"), nullable=False),
)
SCHEMA = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        *_COMPUTED,
        pa.field("articles_snapshot", pa.int64(), nullable=False),
    ]
)
REVIEWS = pa.schema(
    [
        pa.field("review_id", pa.string(), nullable=False),
        pa.field("known_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("created_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        *_COMPUTED,
    ]
)
REJECTED = pa.schema(
    [pa.field("article_id", pa.string(), nullable=False), pa.field("reason", pa.string(), nullable=False)]
)


@dataclass(frozen=True)
class Subject:
    """What the vectors of a table are of: its columns, the key among them, and those that come with what is encoded."""

    schema: pa.Schema
    key: tuple[str, ...]
    given: tuple[str, ...]


OF_ARTICLES = Subject(SCHEMA, ("article_id",), ("article_id",))
OF_REVIEWS = Subject(REVIEWS, ("review_id", "known_at"), ("review_id", "known_at", "created_at", "customer_id"))


@dataclass(frozen=True)
class Inputs:
    """The articles with the snapshot that they are from, and the vectors of the run before."""

    articles: Path
    snapshot: str
    before: Path

    def require_articles(self) -> int:
        """How many articles there are.

        Raises:
            ContractError: there are none.
        """
        if read := datasets.read_manifest(self.articles).rows:
            return read
        raise ContractError("there are no articles", "run articles-content first")


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    rejected: Path


@dataclass(frozen=True)
class About:
    """What all rows of a run share: of what they are, kind and model, when they are computed, and further `constants`.

    `output` is the one that is asked for, empty for the usual ones.
    """

    subject: Subject
    kind: str
    model: Model
    at: datetime
    constants: Mapping[str, int] = field(default_factory=dict)
    output: str = ""

    @property
    def by(self) -> str:
        """What computes the vectors, as the rows say it: the model's address, and the output where one is asked for."""
        return by(self.model.uri, self.output)

    def rows(self, given: Mapping[str, pa.Array], vectors: Floats, tokens: pa.Array, truncated: pa.Array) -> pa.Table:
        """Rows of vectors that were just computed; `given` are the columns that came, and `input_hash`."""
        shared = {
            "kind": self.kind,
            "model": self.by,
            "model_digest": self.model.digest,
            "dimension": vectors.shape[1],
            "computed_at": self.at,
            **self.constants,
        }
        own = {**given, "vector": lists(vectors), "tokens": tokens, "truncated": truncated}
        schema, rows = self.subject.schema, len(vectors)
        columns = [own.get(each.name, pa.repeat(pa.scalar(shared.get(each.name)), rows)) for each in schema]
        return pa.table([one.cast(each.type) for one, each in zip(columns, schema, strict=True)], schema=schema)

    def before(self, backend: Engine, before: Path) -> ir.Table:
        """The vectors of the kind that the run before left."""
        previous = backend.read_parquet(datasets.files(before))
        return keep(backend, "before", previous.filter(previous.kind == self.kind))

    def carried(self, backend: Engine, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """Rows that stand, with the constants of this run; what computed them, and when, stays as it was."""
        constants = {name: ibis.literal(value, "int64") for name, value in self.constants.items()}
        schema = self.subject.schema
        query = rows.mutate(**constants, model=ibis.literal(self.by)).select(*schema.names).order_by(self.subject.key)
        for batch in streamed(backend, backend.compile(query)):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


@dataclass
class Dimension:
    """The number of elements that all vectors of a run have; 0 as long as there is none."""

    elements: int = 0

    def require(self, elements: int) -> None:
        """Nothing, if it is the one of all vectors so far.

        Raises:
            ContractError: it is another.
        """
        if self.elements not in (0, elements):
            problem = f"vectors of {self.elements} and of {counted(elements, 'element')} stand beside each other"
            raise ContractError(problem, "name another output, or another model")
        self.elements = elements


def preparation(name: str, output: str) -> str:
    """How inputs are prepared, as their hash tells it, and which `output` is asked for: each has vectors of its own."""
    return f"{name} {output}" if output else name


def off(outputs: Outputs) -> Summary:
    """Nothing, written as such."""
    datasets.write_dataset(outputs.rows, SCHEMA, [])
    datasets.write_dataset(outputs.rejected, REJECTED, [])
    return Summary(details=OFF)


def standing(wanted: ir.Table, before: ir.Table, subject: Subject) -> ir.Table:
    """The rows from before that have the same input now; `input_hash` says whether they have.

    The hash knows model and preparation too, so no vectors of two models ever stand beside each other.
    """
    computed = [name for name in before.columns if name in subject.key or name not in subject.given]
    return wanted.select(*subject.given, "input_hash").inner_join(
        before.select(*computed), [*subject.key, "input_hash"]
    )


def changed(wanted: ir.Table, before: ir.Table, subject: Subject) -> ir.Table:
    """What has no vector of its present input."""
    return wanted.anti_join(before, [*subject.key, "input_hash"])


def spread(count: int, most: int) -> Sequence[int]:
    """At most so many indices of `count`, evenly apart: a sample that is the same each time."""
    return [int(index) for index in np.unique(np.linspace(0, count - 1, min(count, most)))] if count else []
