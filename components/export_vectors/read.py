"""Vectors and weights as they stream out of their datasets, with what has to be known of all before the first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.export_vectors.arrays import Part
from components.shell import datasets
from components.shell.counts import counted
from components.shell.errors import ContractError

_ROWS = 8192


@dataclass(frozen=True)
class Dense:
    """The vectors of a kind: how many of how many elements, and how long the longest id is."""

    directory: Path
    key: str
    kind: str
    rows: int
    dimension: int
    longest: int

    def vectors(self) -> Iterator[Part]:
        """Their elements, in the order of the rows."""
        yield from (np.asarray(column.flatten()) for column in self._column("vector"))

    def ids(self) -> Iterator[Part]:
        """Their ids, in the same order."""
        yield from map(_texts, self._column(self.key))

    def _column(self, name: str) -> Iterator[pa.Array]:
        for batch in _batches(self.directory, "kind", name):
            yield batch.filter(pc.equal(batch.column("kind"), self.kind)).column(name)


@dataclass(frozen=True)
class Words:
    """The weights of words: of how many rows, how many in all, and the words by their places."""

    directory: Path
    key: str
    rows: int
    elements: int
    longest: int
    terms: npt.NDArray[np.str_]

    def values(self) -> Iterator[Part]:
        """The weights, row by row."""
        for batch in _batches(self.directory, "values"):
            yield np.asarray(batch.column(0).flatten())

    def indices(self) -> Iterator[Part]:
        """The places of their words."""
        for batch in _batches(self.directory, "indices"):
            yield np.asarray(batch.column(0).flatten())

    def ends(self) -> Iterator[Part]:
        """Where each row's weights end, counted from the first of all."""
        start = 0
        for batch in _batches(self.directory, "values"):
            lengths = np.asarray(pc.list_value_length(batch.column(0)), np.int64)
            yield start + np.cumsum(lengths)
            start += int(lengths.sum())

    def ids(self) -> Iterator[Part]:
        """The ids of the rows."""
        for batch in _batches(self.directory, self.key):
            yield _texts(batch.column(0))


def dense(directory: Path, key: str) -> list[Dense]:
    """What is there of each kind.

    Raises:
        ContractError: vectors of a kind have several dimensions.
    """
    parts = []
    for batch in _batches(directory, "kind", key, "vector"):
        sizes = pc.list_value_length(batch.column("vector"))
        measured = pa.table({"kind": batch.column("kind"), "size": sizes, "id": pc.utf8_length(batch.column(key))})
        parts.append(
            measured.group_by("kind").aggregate([("size", "count"), ("size", "min"), ("size", "max"), ("id", "max")])
        )
    if not parts:
        return []
    whole = pa.concat_tables(parts).group_by("kind")
    wanted = [("size_count", "sum"), ("size_min", "min"), ("size_max", "max"), ("id_max", "max")]
    kinds = []
    for row in whole.aggregate(wanted).sort_by("kind").to_pylist():
        low, high = row["size_min_min"], row["size_max_max"]
        if low != high:
            raise ContractError(
                f"vectors of kind {row['kind']} have {low} to {counted(high, 'element')}", "compute all anew"
            )
        kinds.append(Dense(directory, key, row["kind"], row["size_count_sum"], high, row["id_max_max"]))
    return kinds


def weighed(directory: Path, vocabulary: Path, key: str) -> Words:
    """What is there of words."""
    rows = elements = longest = 0
    for batch in _batches(directory, key, "indices"):
        rows += batch.num_rows
        elements += len(batch.column("indices").flatten())
        longest = max(longest, pc.max(pc.utf8_length(batch.column(key))).as_py() or 0)
    terms = (
        pa.Table.from_batches(_batches(vocabulary, "term", "index")).sort_by("index").column("term").combine_chunks()
    )
    return Words(directory, key, rows, elements, longest, _texts(terms))


def _batches(directory: Path, *columns: str) -> Iterator[pa.RecordBatch]:
    return datasets.read_batches(directory, columns, _ROWS)


def _texts(column: pa.Array) -> npt.NDArray[np.str_]:
    texts: npt.NDArray[np.str_] = column.to_numpy(zero_copy_only=False).astype(np.str_)
    return texts
