"""Features of customers at H&M's size, beside pandas and lifetimes.

Times of the step and of pandas are those of whole processes, start-up, reading and writing included, on a part of the
shop that pandas can hold. Of lifetimes, which tells four columns of ours, and of the step's own expressions for days,
totals and scores the processor is told, from Parquet to values. A scan and a write of the same rows by DuckDB is what
no step can be faster than. Ratios are told and are no target: aggregations of pandas are compiled too, and to read the
lines alone takes a fiftieth of what lifetimes takes.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import customers_in_pandas
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from bench_interactions import ARTICLES, CUSTOMERS, DAYS, Cost, run

from components.customer_features.bought import by_day, totals
from components.customer_features.compute import MEMORY, Outputs
from components.customer_features.scores import scored
from components.customer_features.settings import DAYS as DAYS_COUNT
from components.customer_features.settings import Settings
from components.retail.codes import codes_of
from components.retail.lines import MONEY
from components.shell import datasets
from components.shell.engine import engine, keep, records
from stockpot.samples.shop.customers import customers
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import BATCH, shop
from tests.bench.environments import step_command

PART = 0.05
SECONDS, MIB = 180.0, 4_096
SAME = {"repeat_frequency": "frequency", "clv_recency": "recency", "clv_T": "T", "clv_monetary": "monetary_value"}


def filled(directory: Path, scale: Scale) -> int:
    """How many lines of the shop lie below the directory, as an extract leaves them, beside customers and articles."""
    raw = directory / "raw"
    every = (customers(scale, _numbers(scale, first)) for first in range(0, scale.customers, BATCH))
    _lay(raw / "customers", every)
    _lay(raw / "articles", (rows for name, rows in _beginning(scale) if name == "articles"))
    datasets.write_dataset(directory / "versions", pa.schema([("article_id", pa.string())]), [])
    return _lay(raw / "transactions", (rows for name, rows in shop(scale) if name == "transactions"))


def _numbers(scale: Scale, first: int) -> np.ndarray:
    return np.arange(first, min(first + BATCH, scale.customers), dtype=np.int64)


def _beginning(scale: Scale) -> Iterator[tuple[str, pa.Table]]:
    """The tables that a shop begins with."""
    tables = shop(scale)
    return (next(tables) for _ in range(2))


def _lay(directory: Path, tables: Iterator[pa.Table]) -> int:
    first = next(tables)

    def every() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for rows in tables:
            yield from rows.to_batches()

    return datasets.write_dataset(directory, first.schema, every()).rows


def step(directory: Path) -> Cost:
    """Compute the features of the shop below the directory."""
    paths = {name: directory / name for name in (*Outputs.__dataclass_fields__, "summary", "raw", "versions")}
    at = {"cut": AS_OF.isoformat(), "as_of": (AS_OF + timedelta(hours=4)).isoformat()}
    return run(step_command("customer_features"), **paths, **at, allow_current_attributes="true")


def clean(directory: Path) -> None:
    """Lay the lines that count beside the raw ones, for pandas, which does not look."""
    to = directory / "raw/clean"
    to.mkdir(exist_ok=True)
    duckdb.sql(
        f"""COPY (SELECT * FROM '{directory}/raw/transactions/*.parquet' WHERE price >= 0 AND t_dat < '{AS_OF.date()}'
        QUALIFY row_number() OVER (PARTITION BY transaction_id) = 1) TO '{to}/part.parquet' (FORMAT parquet)"""
    )


def in_pandas(directory: Path) -> Cost:
    """The features in pandas, with the same values."""
    to = directory / "pandas.parquet"
    cost = run([sys.executable, customers_in_pandas.__file__, str(directory / "raw"), str(to), str(AS_OF.date())])
    _require_same(directory, pd.read_parquet(to), {name: name for name in ("total_transactions", "recency_days")})
    return cost


def lifetimes(directory: Path) -> float:
    """Seconds of processor that lifetimes takes for its four columns, which are ours."""
    start = time.process_time()
    found = customers_in_pandas.lifetimes_of(customers_in_pandas.read(directory / "raw/clean"), AS_OF.date())
    seconds = time.process_time() - start
    _require_same(directory, found, SAME)
    return seconds


def _require_same(directory: Path, theirs: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Leave where others find other values: `columns` are ours, each with its name there."""
    ours = pd.read_parquet(directory / "rows").set_index("customer_id")
    ours = ours[ours["total_transactions"] > 0].sort_index()
    theirs = theirs.set_index("customer_id").reindex(ours.index)
    for name, other in columns.items():
        if not (ours[name].astype(float).sub(theirs[other].astype(float)).abs().max() < 1e-9):
            sys.exit(f"others find another {name}")


def rfm(directory: Path) -> float:
    """Seconds of processor, of both threads, for the same and for scores and segments by the step's own expressions."""
    with engine(MEMORY) as backend:
        start = time.process_time()
        clean = backend.read_parquet([str(directory / "raw/clean/part.parquet")])
        coded = codes_of(backend, clean, names=("customer",)).coded(clean, "customer")
        lines = coded.select("customer", day="t_dat", money=coded.price.cast(MONEY), quantity=1)
        found = keep(backend, "found", scored(totals(by_day(lines), AS_OF.date(), DAYS_COUNT), Settings()))
        records(backend, found.agg(rows=found.count()))
        return time.process_time() - start


def scan_and_write(directory: Path) -> float:
    """Seconds for reading all tables and writing all rows, and nothing else."""
    start = time.perf_counter()
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for name in ("raw/transactions", "raw/customers", "raw/articles", "rows", "categories"):
            source, to = directory / name / "*.parquet", directory / "again.parquet"
            connection.execute(f"COPY (FROM '{source}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)")
    return time.perf_counter() - start


def main() -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the customers to run with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-customers-") as scratch:
        _beside_others(Path(scratch) / "part", arguments.scale)
        missed = _large(Path(scratch) / "large", arguments.scale)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


def _scale(share: float) -> Scale:
    return Scale(max(int(CUSTOMERS * share), 200), max(int(ARTICLES * share), 100), history=DAYS, events=False)


def _beside_others(directory: Path, scale: float) -> None:
    print(f"{filled(directory, _scale(PART * scale)):,} lines")
    ours = step(directory)
    clean(directory)
    _cost("features", ours)
    _cost("  less of them in pandas", in_pandas(directory), ours)
    theirs, own = lifetimes(directory), rfm(directory)
    print(f"  {'four columns by lifetimes':40} {theirs:19.1f} CPU s")
    print(
        f"  {'  the same, scores and segments':40} {own:19.1f} CPU s, lifetimes takes {theirs / own:.1f} x", flush=True
    )


def _large(directory: Path, scale: float) -> list[str]:
    print(f"{filled(directory, _scale(scale)):,} lines")
    ours = step(directory)
    bare = scan_and_write(directory)
    _cost("features", ours)
    print(f"  {'the same bytes read and written':40} {bare:10.1f} s {bare / ours.seconds:31.2f} x")
    told = json.loads((directory / "summary").read_text())["details"]
    print(
        f"  {told['customers']:,} customers, {told['scored_customers']:,} of whom bought;"
        f" {told['categories']:,} categories"
    )
    targets = {f"features in {SECONDS:g} s": ours.seconds < SECONDS, f"features in {MIB} MiB": ours.memory < MIB}
    return [name for name, met in targets.items() if not met]


def _cost(name: str, cost: Cost, ours: Cost | None = None) -> None:
    ratio = f"{cost.seconds / ours.seconds:8.1f} x" if ours else ""
    print(f"  {name:40} {cost.seconds:10.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB {ratio}", flush=True)


if __name__ == "__main__":
    main()
