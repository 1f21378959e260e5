"""User-item interactions at H&M's size, and against pandas.

Times of the step are those of its whole process, start-up, reading and writing included. Pandas at once runs in a
process of its own too, and must find our values; the original's way, a Python call per pair, is timed on a part. A scan
and a write of the same rows by DuckDB is what no step can be faster than.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import interactions_in_pandas
import pandas as pd
import pyarrow as pa

from components.shell import datasets
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import shop
from tests.bench.cost import Cost, run
from tests.bench.environments import step_command

CUSTOMERS, ARTICLES, DAYS = 1_371_980, 105_542, 734
PART, PER_PAIR = 0.05, 200
SECONDS, MIB, TIMES_PER_PAIR = 180.0, 4_096, 20


def filled(directory: Path, scale: Scale) -> int:
    """How many lines of the shop lie below the directory, as an extract leaves them."""
    batches = _transactions(scale)
    first = next(batches)

    def every() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for rows in batches:
            yield from rows.to_batches()

    return datasets.write_dataset(directory / "transactions", first.schema, every()).rows


def _transactions(scale: Scale) -> Iterator[pa.Table]:
    return (rows for name, rows in shop(scale) if name == "transactions")


def step(directory: Path, **told: object) -> Cost:
    """Compute the pairs of the shop below the directory."""
    paths = {name: directory / name for name in ("rows", "targets", "rejected", "summary")}
    at = {"cut": AS_OF.isoformat(), "as_of": (AS_OF + timedelta(hours=2)).isoformat()}
    return run(step_command("user_item_interactions"), raw=directory, **at, **paths, **told)


def scan_and_write(directory: Path) -> float:
    """Seconds for reading all lines and writing all pairs, and nothing else."""
    start = time.perf_counter()
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for name in ("transactions", "rows"):
            source, to = directory / name / "*.parquet", directory / "again.parquet"
            connection.execute(f"COPY (FROM '{source}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)")
    return time.perf_counter() - start


def in_pandas(directory: Path) -> Cost:
    """The same pairs in pandas at once, with the same values."""
    own = Path(interactions_in_pandas.__file__)
    paths = [str(directory / "clean"), str(directory / "pandas.parquet"), str(AS_OF.date())]
    _clean(directory)
    cost = run([sys.executable, str(own), *paths])
    key = interactions_in_pandas.KEY
    ours, theirs = (
        pd.read_parquet(path).sort_values(key, ignore_index=True)
        for path in (directory / "rows", directory / "pandas.parquet")
    )
    for name in ("purchase_count", "purchase_days", "recency_days"):
        if not (ours[name] == theirs[name]).all():
            sys.exit(f"pandas finds another {name}")
    return cost


def _clean(directory: Path) -> None:
    """The lines that count, for pandas, which does not look."""
    source, to = directory / "transactions/*.parquet", directory / "clean"
    to.mkdir(exist_ok=True)
    duckdb.sql(
        f"""COPY (SELECT * FROM '{source}' WHERE price >= 0 AND t_dat < '{AS_OF.date()}'
        QUALIFY row_number() OVER (PARTITION BY transaction_id) = 1) TO '{to}/part.parquet' (FORMAT parquet)"""
    )


def main() -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the customers to run with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-interactions-") as scratch:
        missed = _against_pandas(Path(scratch) / "part", arguments.scale)
        missed += _large(Path(scratch) / "large", arguments.scale)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


def _scale(share: float) -> Scale:
    return Scale(max(int(CUSTOMERS * share), 200), max(int(ARTICLES * share), 100), history=DAYS, events=False)


def _against_pandas(directory: Path, scale: float) -> list[str]:
    lines = filled(directory, _scale(PART * scale))
    ours = step(directory)
    theirs = in_pandas(directory)
    each = interactions_in_pandas.seconds_per_pair(directory / "clean", AS_OF.date(), PER_PAIR)
    print(f"{lines:,} lines")
    _cost("pairs", ours)
    _cost("  pandas at once", theirs, ours)
    print(f"  {'pandas pair by pair, timed on a part':40} {each:10.1f} s {each / ours.seconds:31.0f} x", flush=True)
    if scale == 1 and each / ours.seconds < TIMES_PER_PAIR:
        return [f"{TIMES_PER_PAIR} times as fast as pair by pair"]
    return []


def _large(directory: Path, scale: float) -> list[str]:
    print(f"{filled(directory, _scale(scale)):,} lines")
    ours = step(directory)
    bare = scan_and_write(directory)
    _cost("pairs", ours)
    print(f"  {'the same bytes read and written':40} {bare:10.1f} s {bare / ours.seconds:31.2f} x")
    _cost("pairs with a core of 5 and 5", step(directory, core_users=5, core_items=5))
    told = json.loads((directory / "summary").read_text())["details"]
    print(f"  {told['pairs']:,} pairs, {told['in_core']:,} in the core, {told['targets']:,} targets")
    targets = {f"pairs in {SECONDS:g} s": ours.seconds < SECONDS, f"pairs in {MIB} MiB": ours.memory < MIB}
    return [name for name, met in targets.items() if not met]


def _cost(name: str, cost: Cost, ours: Cost | None = None) -> None:
    ratio = f"{cost.seconds / ours.seconds:8.1f} x" if ours else ""
    print(f"  {name:40} {cost.seconds:10.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB {ratio}", flush=True)


if __name__ == "__main__":
    main()
