"""What is counted over all rows of a dataset and then checked as one value: row count, shares, means, order, gaps."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.check_quality.contract import Rule
from components.check_quality.frames import chunks, tick_nanoseconds
from components.iceberg import nested
from components.iceberg.misfits import ticks_of
from components.shell.counts import counted, worded
from components.shell.schema.columns import ListOf, Struct, Type, parse_type

# In nanoseconds.
_HOUR = 3_600 * 10**9
_HALF = 2**62 - 1


@dataclass(frozen=True)
class Fact:
    """A value (None where it cannot be checked), and its text for people."""

    value: float | None
    observed: str


def measure(rule: Rule, directory: Path, rows: int) -> Fact:
    """The fact that the rule is about, taken while the rows stream by."""
    if rule.kind == "not_null_within":
        return _nulls_within(directory, rule)
    if rule.kind == "row_count":
        return Fact(rows, counted(rows, "row"))
    (column,) = rule.columns
    fact = _MEASURES[rule.kind](directory, column, int(rule.arguments.get("from_rows", 1)))
    if fact.value is None or not math.isnan(fact.value):
        return fact
    # Of both infinities there is no mean, and Great Expectations would take the NaN for a missing value.
    beyond = -math.inf if rule.arguments.get("min_value") is not None else math.inf
    return Fact(beyond, "no mean, for there are both infinities")


def required_parts(kind: Type) -> pa.DataType:
    """The shape of a type in Arrow's words: what has parts, and which of them are never null; leaves are of any."""
    if isinstance(kind, ListOf):
        return pa.list_(pa.field("element", required_parts(kind.element), nullable=not kind.required))
    if isinstance(kind, Struct):
        return pa.struct(
            [pa.field(one.name, required_parts(parse_type(one.type)), nullable=not one.required) for one in kind.fields]
        )
    return pa.bool_()


def _mean(directory: Path, column: str, from_rows: int) -> Fact:
    """The mean of the known values; of a boolean, the share of true ones."""
    total, known = 0.0, 0
    for table in chunks(directory, [column]):
        values = pc.drop_null(table[column].combine_chunks().cast(pa.float64()))
        values = values.filter(pc.invert(pc.is_nan(values)))
        known += len(values)
        total += pc.sum(values).as_py() or 0
    if known < max(from_rows, 1):
        return Fact(None, f"not judged on {counted(known, 'row')}")
    return Fact(total / known, f"{total / known:.4g}")


def _falls(directory: Path, column: str, _from_rows: int) -> Fact:
    """How many known instants are earlier than the one before them."""
    falls = sum(int((ticks[1:] < ticks[:-1]).sum()) for ticks, _ in _instants(directory, column))
    return Fact(
        falls, f"{counted(falls, 'row is', 'rows are')} earlier than the one before" if falls else "never falls"
    )


def _longest_gap(directory: Path, column: str, from_rows: int) -> Fact:
    """The longest time between neighbouring rows, in hours; rows are taken to be in order."""
    longest, known = 0.0, 0
    for ticks, nanoseconds in _instants(directory, column):
        # Half the range each, or the way from `-infinity` to `infinity` would wrap round.
        steps = np.diff(np.clip(ticks, -_HALF, _HALF))
        longest, known = max(longest, int(steps.max(initial=0)) * nanoseconds / _HOUR), known + len(steps)
    if known + 1 < from_rows:
        return Fact(None, f"not judged on {counted(known + 1, 'row')}")
    return Fact(longest, f"{longest:.3g} {worded(longest, 'hour')} at most")


def _instants(directory: Path, column: str) -> Iterator[tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", int]]:
    """The known instants chunk by chunk, each led by the last one of the chunk before; and what they are counted in."""
    last = np.empty(0, dtype=np.int64)
    for table in chunks(directory, [column]):
        known = pc.drop_null(table[column].combine_chunks())
        ticks = ticks_of(known).cast(pa.int64()).to_numpy(zero_copy_only=False)
        instants = np.concatenate((last, ticks))
        yield instants, tick_nanoseconds(known.type)
        last = instants[-1:]


def _nulls_within(directory: Path, rule: Rule) -> Fact:
    """How many parts are null although the contract's type requires them, whatever the file's type says."""
    (column,) = rule.columns
    wanted = required_parts(parse_type(rule.arguments["type"]))
    nulls: Counter[str] = Counter()
    for table in chunks(directory, [column]):
        for path, count in nested.nulls_within(table[column].combine_chunks(), pa.field(column, wanted)):
            nulls[path] += count
    text = ", ".join(f"{path} is null in {counted(count, 'place')}" for path, count in sorted(nulls.items()))
    return Fact(sum(nulls.values()), text or "nothing is")


_MEASURES: Mapping[str, Callable[[Path, str, int], Fact]] = {
    "shares": _mean,
    "means": _mean,
    "ordered": _falls,
    "gaps": _longest_gap,
}
FACTS = ("row_count", "not_null_within", *_MEASURES)
