"""User-item interactions at H&M's size, and against pandas.

Times of the step are those of its whole process, start-up, reading and writing included. Pandas at once runs in a
process of its own too, and must find our values; groupby and apply, a Python call per pair, is timed on a part. A scan
and a write of the same rows by DuckDB is what no step can be faster than.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd

from stockpot.samples.shop.scale import AS_OF
from tests.bench import interactions_in_pandas
from tests.bench.cost import Cost, run
from tests.bench.environments import step_command
from tests.bench.hm import clean, laid, scanned_and_written, sized
from tests.bench.rows import Other, Row, least, most

SMALL = 0.01
PAIRS = (most(180, "seconds"), most(4096, "memory"))
BESIDE = least(20, "peer")
PART, PER_PAIR = 0.05, 200


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """A part beside pandas, and the whole."""
    yield from _beside_pandas(scratch / "part", PART * scale)
    yield from _large(scratch / "large", scale)


def _beside_pandas(directory: Path, share: float) -> Iterator[Row]:
    work = f"pairs of {laid(directory, sized(share), 'transactions'):,} lines"
    ours = step(directory)
    at_once = in_pandas(directory)
    each = Cost(interactions_in_pandas.seconds_per_pair(directory / "clean", AS_OF.date(), PER_PAIR))
    yield Row(work, ours, Other("pandas, groupby and apply, timed on a part", each), targets=(BESIDE,))
    yield Row(work, ours, Other("pandas at once", at_once))


def _large(directory: Path, share: float) -> Iterator[Row]:
    work = f"pairs of {laid(directory, sized(share), 'transactions'):,} lines"
    ours = step(directory)
    yield Row(work, ours, limit=scanned_and_written(directory, ("transactions", "rows")), targets=PAIRS)
    yield Row(f"{work}, with a core of 5 and 5", step(directory, core_users=5, core_items=5))


def step(directory: Path, **given: object) -> Cost:
    """Compute the pairs of the shop below the directory."""
    paths = {name: directory / name for name in ("rows", "targets", "rejected", "summary")}
    at = {"cut": AS_OF.isoformat(), "as_of": (AS_OF + timedelta(hours=2)).isoformat()}
    return run(step_command("user_item_interactions"), raw=directory, **at, **paths, **given)


def in_pandas(directory: Path) -> Cost:
    """The same pairs in pandas at once, with the same values."""
    to = directory / "pandas.parquet"
    cost = run([sys.executable, interactions_in_pandas.__file__, clean(directory), to, AS_OF.date()])
    key = interactions_in_pandas.KEY
    ours, theirs = (pd.read_parquet(path).sort_values(key, ignore_index=True) for path in (directory / "rows", to))
    for name in ("purchase_count", "purchase_days", "recency_days"):
        if not (ours[name] == theirs[name]).all():
            sys.exit(f"pandas finds another {name}")
    return cost
