"""The second pass over rows: fine histograms by split, and click rates by group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.summarise_features.ranges import FINE, TARGET, Counts, Scale, known

SPLITS = ("train", "val", "test")
UNKNOWN = "unknown"


@dataclass
class Clicks:
    """Rows and clicks by group."""

    rows: dict[str, int] = field(default_factory=dict)
    clicks: dict[str, int] = field(default_factory=dict)

    def add(self, groups: pa.Array, clicked: pa.Array) -> None:
        """Take in the group and the click of each row of a batch."""
        table = pa.table({"group": groups, "click": clicked})
        for entry in table.group_by("group").aggregate([("click", "count"), ("click", "sum")]).to_pylist():
            name = UNKNOWN if entry["group"] is None else str(entry["group"])
            self.rows[name] = self.rows.get(name, 0) + entry["click_count"]
            self.clicks[name] = self.clicks.get(name, 0) + (entry["click_sum"] or 0)


@dataclass
class Tally:
    """By feature a fine histogram per split, and clicks by group for each kind of group."""

    histograms: dict[str, Counts]
    groups: dict[str, Clicks]

    def of(self, name: str, *splits: str) -> Counts:
        """The fine histogram of a feature over some splits, over all where none is named."""
        chosen = [SPLITS.index(split) for split in splits or SPLITS]
        total: Counts = self.histograms[name][chosen].sum(axis=0)
        return total


def tally(batches: Iterable[pa.RecordBatch], scales: Mapping[str, Scale], segments: Mapping[int, str]) -> Tally:
    """The tally of rows; `segments` says for a user's id which segment they are in."""
    found = Tally({name: np.zeros((len(SPLITS), FINE), dtype=np.int64) for name in scales}, {})
    lookup = _Lookup(segments)
    for batch in batches:
        split = pc.index_in(batch.column("split"), pa.array(SPLITS))
        for name, scale in scales.items():
            for place in range(len(SPLITS)):
                values = known(batch.column(name).filter(pc.equal(split, place)))
                found.histograms[name][place] += np.bincount(scale.places(values), minlength=FINE)
        for kind, groups in _groups(batch, lookup).items():
            found.groups.setdefault(kind, Clicks()).add(groups, batch.column(TARGET))
    return found


def histograms(batches: Iterable[pa.RecordBatch], scales: Mapping[str, Scale]) -> dict[str, Counts]:
    """The fine histogram of each feature that the rows have, over all of them."""
    found: dict[str, Counts] = {}
    for batch in batches:
        for name in set(scales) & set(batch.schema.names):
            counts = np.bincount(scales[name].places(known(batch.column(name))), minlength=FINE)
            found[name] = found.get(name, np.zeros(FINE, dtype=np.int64)) + counts
    return found


class _Lookup:
    """The segments of users by their ids."""

    def __init__(self, segments: Mapping[int, str]) -> None:
        self.ids = pa.array(list(segments), pa.int64())
        self.names = pa.array(list(segments.values()), pa.string())

    def of(self, users: pa.Array) -> pa.Array:
        return self.names.take(pc.index_in(users, self.ids))


def _groups(batch: pa.RecordBatch, lookup: _Lookup) -> dict[str, pa.Array]:
    """The groups by which click rates are told, for each row."""
    groups = {"split": batch.column("split")}
    if len(lookup.ids) and "user_id" in batch.schema.names:
        groups["segment"] = lookup.of(batch.column("user_id"))
    groups |= {name: batch.column(name) for name in ("hour_of_day", "day_of_week") if name in batch.schema.names}
    devices = [name for name in batch.schema.names if name.startswith("device_")]
    if devices:
        groups["device"] = _one_hot(batch, devices)
    return groups


def _one_hot(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Array:
    """The name behind the one of several columns that is 1, null where none is."""
    cases = pa.StructArray.from_arrays([pc.equal(batch.column(name), 1) for name in columns], list(columns))
    return pc.case_when(cases, *(pa.scalar(name.partition("_")[2]) for name in columns))
