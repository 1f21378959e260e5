"""What a sample of vectors says of all: how alike two are, whether neighbours share a group, where the middle is."""

from collections.abc import Iterator
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.shell.engine import Engine, keep, streamed
from components.vectors.arrays import Floats, numbers

_SAMPLED, _PAIRS, _NEIGHBOURS = 500, 1000, 10
_ROWS = 8192
_TIE = 1e-5
"""Of cosines: rounding makes as much of a difference."""


@dataclass(frozen=True)
class Sampled:
    """What a sample says.

    The mean cosine of pairs; which share is nearest to itself; the shares of neighbours of one group, in fact and by
    chance; and the vectors' middle.
    """

    pairs: float
    own: float
    same_group: float
    by_chance: float
    middle: npt.NDArray[np.float64]


def sampled(backend: Engine, rows: ir.Table, articles: ir.Table) -> Sampled:
    """What a sample says, which is the same each time; all other vectors stream past it."""
    grouped = rows.inner_join(articles.select("article_id", "product_group_name"), "article_id")
    labelled = grouped.select("article_id", "vector", group=grouped.product_group_name.fill_null(""))
    labelled = keep(backend, "labelled", labelled)
    few = labelled.order_by([labelled.article_id.hexdigest("md5"), labelled.article_id]).limit(_PAIRS)
    table = pa.Table.from_batches(streamed(backend, backend.compile(few)), schema=few.schema().to_pyarrow())
    vectors, groups = (
        numbers(table.combine_chunks().column("vector").chunk(0)),
        np.asarray(table.column("group").to_pylist()),
    )
    near = _Near(vectors[:_SAMPLED])
    for batch in _batches(backend, labelled):
        near.see(batch)
    ours, share = groups[:_SAMPLED], near.chance
    same = (near.groups == ours[:, None]) & (near.cosines > -np.inf)
    pairs = (vectors * np.roll(vectors, 1, axis=0)).sum(axis=1)
    known = max(int((near.cosines > -np.inf).sum()), 1)
    return Sampled(float(pairs.mean()), near.own, float(same.sum()) / known, share, near.middle)


def middle(backend: Engine, rows: ir.Table) -> npt.NDArray[np.float64]:
    """The direction of the sum of all vectors."""
    total: npt.NDArray[np.float64] = np.zeros(1)
    for batch in streamed(backend, backend.compile(rows.select("vector")), _ROWS):
        total = total + numbers(batch.column("vector")).sum(axis=0, dtype=np.float64)
    return _direction(total)


class _Near:
    """The nearest of all vectors seen so far to each of a sample."""

    def __init__(self, sample: Floats) -> None:
        self._sample = sample
        self.cosines = np.full((len(sample), _NEIGHBOURS), -np.inf, np.float32)
        self.groups = np.full((len(sample), _NEIGHBOURS), "", object)
        self._nearest = np.full(len(sample), -np.inf, np.float32)
        self._total = np.zeros(sample.shape[1])
        self._counts: dict[str, int] = {}

    def see(self, batch: pa.RecordBatch) -> None:
        """Take a batch in; what is equal to a sampled vector is that vector itself, or says nothing."""
        vectors, groups = numbers(batch.column("vector")), np.asarray(batch.column("group").to_pylist(), object)
        cosines = self._sample @ vectors.T
        self._nearest = np.maximum(self._nearest, cosines.max(axis=1, initial=-np.inf))
        cosines[cosines > 1 - 1e-6] = -np.inf
        together = np.concatenate([self.cosines, cosines], axis=1)
        named = np.concatenate([self.groups, np.broadcast_to(groups, cosines.shape)], axis=1)
        best = np.argsort(-together, axis=1, kind="stable")[:, :_NEIGHBOURS]
        self.cosines, self.groups = np.take_along_axis(together, best, 1), np.take_along_axis(named, best, 1)
        self._total += vectors.sum(axis=0, dtype=np.float64)
        for name, count in zip(*np.unique(groups.astype(str), return_counts=True), strict=True):
            self._counts[str(name)] = self._counts.get(str(name), 0) + int(count)

    @property
    def own(self) -> float:
        """The share of the sampled vectors than which none is nearer to them, as whoever multiplies finds them.

        A vector that is too long by what its length may be off is found before those that are asked for.
        """
        to_themselves = (self._sample * self._sample).sum(axis=1)
        return float((to_themselves >= self._nearest - _TIE).mean())

    @property
    def chance(self) -> float:
        """The share of pairs of one group among all pairs."""
        counts = np.asarray(list(self._counts.values()), np.float64)
        return float(((counts / counts.sum()) ** 2).sum())

    @property
    def middle(self) -> npt.NDArray[np.float64]:
        """The direction of the sum of all that was seen."""
        return _direction(self._total)


def _batches(backend: Engine, labelled: ir.Table) -> Iterator[pa.RecordBatch]:
    yield from streamed(backend, backend.compile(labelled), _ROWS)


def _direction(total: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    length = np.linalg.norm(total)
    return total / length if length else total
