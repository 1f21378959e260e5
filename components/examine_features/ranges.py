"""The first pass over rows: which values a feature has, and on which scale to count them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

# Fine enough to read quantiles and any coarser histogram from; what is taken from the bins is off by less than one.
FINE = 4_096
# Beyond this, even bins no longer tell small values apart.
_FAR_APART = 1_000


@dataclass
class Range:
    """Known and null values of a feature, the least, the greatest and the sum of them."""

    known: int = 0
    nulls: int = 0
    least: float = float("inf")
    greatest: float = float("-inf")
    total: float = 0.0

    @property
    def mean(self) -> float:
        """The mean of the known values; 0 where there are none."""
        return self.total / self.known if self.known else 0.0

    def add(self, values: Floats, nulls: int) -> None:
        """Take in the known values of a batch, and how many of its rows had none."""
        self.known, self.nulls = self.known + len(values), self.nulls + nulls
        self.least = min(self.least, float(values.min(initial=np.inf)))
        self.greatest = max(self.greatest, float(values.max(initial=-np.inf)))
        self.total += float(values.sum())


@dataclass(frozen=True)
class Scale:
    """FINE bins of equal width between two bounds, of log(1 + x) where values lie far apart."""

    low: float
    high: float
    logarithmic: bool

    def bin_indices(self, values: Floats) -> Counts:
        """The bin of each value; values outside the bounds fall into the outermost bins."""
        width = (self._bent(self.high) - self._bent(self.low)) / FINE
        if width <= 0:
            return np.zeros(len(values), dtype=np.int64)
        bent = np.log1p(values) if self.logarithmic else values
        bins: Counts = np.clip((bent - self._bent(self.low)) / width, 0, FINE - 1).astype(np.int64)
        return bins

    def edge(self, bin_index: float) -> float:
        """The value at the lower edge of a bin; an index between two bins may be a fraction."""
        bent = self._bent(self.low) + (self._bent(self.high) - self._bent(self.low)) * bin_index / FINE
        return float(np.expm1(bent)) if self.logarithmic else bent

    def _bent(self, value: float) -> float:
        return float(np.log1p(value)) if self.logarithmic else value


def feature_names(schema: pa.Schema, label: str) -> list[str]:
    """The features among the columns: numbers that are neither an id nor the label."""
    numbers = (one.name for one in schema if pa.types.is_integer(one.type) or pa.types.is_floating(one.type))
    return [name for name in numbers if name != label and not name.endswith("_id")]


def measured(batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> dict[str, Range]:
    """The range of each feature that the rows have."""
    ranges: dict[str, Range] = {}
    for batch in batches:
        for name in set(names) & set(batch.schema.names):
            values = known(batch.column(name))
            ranges.setdefault(name, Range()).add(values, batch.num_rows - len(values))
    return ranges


def known(column: pa.Array) -> Floats:
    """The values that are neither null nor infinite nor NaN."""
    values: Floats = pc.drop_null(column).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values[np.isfinite(values)]


def scale_of(ranges: Sequence[Range]) -> Scale:
    """A scale that holds the values of all the ranges."""
    low = min((one.least for one in ranges if one.known), default=0.0)
    high = max((one.greatest for one in ranges if one.known), default=0.0)
    return Scale(low, high, low >= 0 and high > _FAR_APART)
