"""The second pass over rows: fine histograms by split, and shares of the label by group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.examine_features.ranges import FINE, Counts, Scale, known
from components.feed.splits import SPLIT, SPLITS

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Shown:
    """The column of the label, and the groups by which its share is shown."""

    label: str
    groups: Sequence[str]


@dataclass(frozen=True)
class Members:
    """Those whom the rows are about, each with the groups that the rows lack, joined by the column `key`."""

    shown: Shown
    key: str = ""
    table: pa.Table | None = None

    def wanted(self, columns: Iterable[str]) -> list[str]:
        """Those of the rows' columns that hold label and groups."""
        named = {self.shown.label, SPLIT, self.key, *self.shown.groups}
        one_hot = tuple(f"{group}_" for group in self.shown.groups)
        return [name for name in columns if name in named or name.startswith(one_hot)]

    def groups(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """The groups of each row, those that are known."""
        columns = {SPLIT: batch.column(SPLIT)}
        columns |= {name: values for name in self.shown.groups if (values := self._group(name, batch)) is not None}
        return columns

    def _group(self, name: str, batch: pa.RecordBatch) -> pa.Array | None:
        if name in batch.schema.names:
            return batch.column(name)
        if self.table is not None and name in self.table.column_names:
            positions = pc.index_in(batch.column(self.key), self.table.column(self.key).combine_chunks())
            return self.table.column(name).combine_chunks().take(positions)
        columns = [one for one in batch.schema.names if one.startswith(f"{name}_")]
        return _one_hot(batch, columns, name) if columns else None


@dataclass
class Shares:
    """Rows by group, and those of them that have the label."""

    rows: dict[str, int] = field(default_factory=dict)
    labelled: dict[str, int] = field(default_factory=dict)

    def add(self, groups: pa.Array, label: pa.Array) -> None:
        """Take in the group and the label of each row of a batch."""
        table = pa.table({"group": groups, "label": label})
        for entry in table.group_by("group").aggregate([("label", "count"), ("label", "sum")]).to_pylist():
            name = UNKNOWN if entry["group"] is None else str(entry["group"])
            self.rows[name] = self.rows.get(name, 0) + entry["label_count"]
            self.labelled[name] = self.labelled.get(name, 0) + (entry["label_sum"] or 0)


@dataclass
class Tally:
    """By feature a fine histogram per split, and shares of the label by group for each kind of group."""

    histograms: dict[str, Counts]
    groups: dict[str, Shares]

    def of(self, name: str, *splits: str) -> Counts:
        """The fine histogram of a feature over some splits, over all where none is named."""
        chosen = [SPLITS.index(split) for split in splits or SPLITS]
        total: Counts = self.histograms[name][chosen].sum(axis=0)
        return total


def tally(batches: Iterable[pa.RecordBatch], scales: Mapping[str, Scale], members: Members) -> Tally:
    """The tally of rows."""
    result = Tally({name: np.zeros((len(SPLITS), FINE), dtype=np.int64) for name in scales}, {})
    for batch in batches:
        split = pc.index_in(batch.column(SPLIT), pa.array(SPLITS))
        for name, scale in scales.items():
            for index in range(len(SPLITS)):
                values = known(batch.column(name).filter(pc.equal(split, index)))
                result.histograms[name][index] += np.bincount(scale.bin_indices(values), minlength=FINE)
        for kind, groups in members.groups(batch).items():
            result.groups.setdefault(kind, Shares()).add(groups, batch.column(members.shown.label))
    return result


def histograms(batches: Iterable[pa.RecordBatch], scales: Mapping[str, Scale]) -> dict[str, Counts]:
    """The fine histogram of each feature that the rows have, over all of them."""
    totals: dict[str, Counts] = {}
    for batch in batches:
        for name in set(scales) & set(batch.schema.names):
            counts = np.bincount(scales[name].bin_indices(known(batch.column(name))), minlength=FINE)
            totals[name] = totals.get(name, np.zeros(FINE, dtype=np.int64)) + counts
    return totals


def _one_hot(batch: pa.RecordBatch, columns: Sequence[str], group: str) -> pa.Array:
    """The name behind the one of several columns that is 1, null where none is."""
    ones = [pc.equal(batch.column(name).cast(pa.int64()), 1) for name in columns]
    cases = pa.StructArray.from_arrays(ones, list(columns))
    return pc.case_when(cases, *(pa.scalar(name.removeprefix(f"{group}_")) for name in columns))
