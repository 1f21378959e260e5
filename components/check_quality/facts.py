"""What is counted over all rows of a dataset and then judged as one value: row count, shares, means, order, gaps."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.check_quality.contract import Rule
from components.check_quality.frames import chunks

_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Fact:
    """A value, None where it cannot be judged, and what a person reads of it."""

    value: float | None
    observed: str


def measure(rule: Rule, directory: Path, rows: int) -> Fact:
    """The fact that the rule is about, taken while the rows stream by."""
    if rule.kind == "row_count":
        return Fact(rows, f"{rows:,} rows")
    (column,) = rule.columns
    return _MEASURES[rule.kind](directory, column, int(rule.arguments.get("from_rows", 1)))


def _mean(directory: Path, column: str, from_rows: int) -> Fact:
    """The mean of the known values; of a boolean, the share of true ones."""
    total, known = 0.0, 0
    for table in chunks(directory, [column]):
        values = pc.drop_null(table[column].combine_chunks().cast(pa.float64()))
        values = values.filter(pc.invert(pc.is_nan(values)))
        known += len(values)
        total += pc.sum(values).as_py() or 0
    if known < max(from_rows, 1):
        return Fact(None, f"not judged on {known:,} rows")
    return Fact(total / known, f"{total / known:.4g}")


def _falls(directory: Path, column: str, _from_rows: int) -> Fact:
    """How many known instants are earlier than the one before them."""
    falls = sum(int((steps < 0).sum()) for steps in _steps(directory, column))
    return Fact(falls, f"{falls:,} rows are earlier than the one before" if falls else "never falls")


def _longest_gap(directory: Path, column: str, from_rows: int) -> Fact:
    """The longest time between neighbouring rows, in hours; rows are taken to be in order."""
    longest, known = 0, 0
    for steps in _steps(directory, column):
        longest, known = max(longest, int(steps.max(initial=0))), known + len(steps)
    if known + 1 < from_rows:
        return Fact(None, f"not judged on {known + 1:,} rows")
    return Fact(longest / _HOUR, f"{longest / _HOUR:.3g} hours at most")


def _steps(directory: Path, column: str) -> Iterator["np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The microseconds from each known instant to the next, across chunks."""
    last = np.empty(0, dtype=np.int64)
    for table in chunks(directory, [column]):
        known = pc.drop_null(table[column].combine_chunks())
        kind = pa.timestamp("us", known.type.tz) if pa.types.is_timestamp(known.type) else pa.timestamp("us")
        instants = np.concatenate((last, known.cast(kind).cast(pa.int64()).to_numpy(zero_copy_only=False)))
        yield np.diff(instants)
        last = instants[-1:]


_MEASURES: Mapping[str, Callable[[Path, str, int], Fact]] = {
    "shares": _mean,
    "means": _mean,
    "ordered": _falls,
    "gaps": _longest_gap,
}
FACTS = ("row_count", *_MEASURES)
