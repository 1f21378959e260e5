"""Series of days at H&M's size, and beside utilsforecast with pandas.

Times are those of whole processes, start-up, reading and writing included. The same grid with the same means, spread
and lags is made by utilsforecast's `fill_gaps` and pandas' rolling windows, on a part of the shop that they can hold;
they are spared money, prices, customers, categories, promotions, the calendar, weeks, and all that is wrong with lines.
What they take is told and is no target: to write our rows alone takes as long. A scan of the lines and a write of the
rows by DuckDB is what no step can be faster than.
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
import pandas as pd
import pyarrow as pa
import series_in_pandas
from bench_interactions import ARTICLES, CUSTOMERS, DAYS, Cost, run

from components.daily_sales.compute import Outputs
from components.iceberg.lateness import Past
from components.shell import datasets
from components.shell.instants import EPOCH, format_instant
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import shop
from tests.bench.environments import step_command

PART = 0.1
SECONDS, MIB = 900.0, 4_096
ALL = ("rolling_7", "rolling_30", "rolling_7_before", "rolling_30_before", "rolling_28_std_before", "lag_28")


def filled(directory: Path, scale: Scale) -> None:
    """Lay lines, articles and no versions below the directory, as an extract and a table leave them."""
    for wanted in ("articles", "transactions"):
        batches = (rows for name, rows in shop(scale) if name == wanted)
        first = next(batches)
        datasets.write_dataset(directory / "raw" / wanted, first.schema, _every(first, batches))
    datasets.write_dataset(directory / "versions", pa.schema([("article_id", pa.string())]), [])
    (directory / "past").write_text(Past().text())


def _every(first: pa.Table, others: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
    yield from first.to_batches()
    for rows in others:
        yield from rows.to_batches()


def step(directory: Path, **told: object) -> Cost:
    """Compute the series of the shop below the directory."""
    paths = {name: directory / name for name in (*Outputs.__dataclass_fields__, "summary", "raw", "versions", "past")}
    at = {"interval_start": EPOCH, "interval_end": AS_OF, "as_of": AS_OF + timedelta(hours=5)}
    return run(
        step_command("daily_sales"), **paths, **{name: format_instant(each) for name, each in at.items()}, **told
    )


def scan_and_write(directory: Path) -> float:
    """Seconds for reading all lines and writing all rows of days, and nothing else."""
    start = time.perf_counter()
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for name in ("raw/transactions", "rows"):
            source, to = directory / name / "*.parquet", directory / "again.parquet"
            connection.execute(f"COPY (FROM '{source}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)")
    return time.perf_counter() - start


def in_pandas(directory: Path) -> Cost:
    """The same windows by utilsforecast and pandas, with the same values."""
    to, last = directory / "pandas.parquet", AS_OF.date() - timedelta(days=1)
    _clean(directory)
    cost = run([sys.executable, str(series_in_pandas.__file__), str(directory / "clean"), str(to), str(last)])
    ours = pd.read_parquet(directory / "rows", columns=["article_id", "date", "daily_sales", *ALL])
    ours = ours.sort_values(["article_id", "date"], ignore_index=True)
    theirs = pd.read_parquet(to)
    for name in ALL:
        if not (ours[name].astype(float).sub(theirs[name].astype(float)).abs().max() < 1e-6):
            sys.exit(f"pandas finds another {name}")
    return cost


def _clean(directory: Path) -> None:
    """The lines that count, for pandas, which does not look."""
    (to := directory / "clean").mkdir(exist_ok=True)
    duckdb.sql(
        f"""COPY (SELECT article_id, t_dat FROM '{directory}/raw/transactions/*.parquet'
        WHERE price >= 0 AND t_dat < '{AS_OF.date()}'
        AND article_id IN (SELECT article_id FROM '{directory}/raw/articles/*.parquet')
        QUALIFY row_number() OVER (PARTITION BY transaction_id) = 1) TO '{to}/part.parquet' (FORMAT parquet)"""
    )


def main() -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the customers to run with")
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory(prefix="bench-series-") as scratch:
        _beside_pandas(Path(scratch) / "part", scale)
        missed = _large(Path(scratch) / "large", scale)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


def _scale(share: float) -> Scale:
    return Scale(max(int(CUSTOMERS * share), 200), max(int(ARTICLES * share), 100), history=DAYS, events=False)


def _beside_pandas(directory: Path, scale: float) -> None:
    filled(directory, _scale(PART * scale))
    ours = step(directory)
    theirs = in_pandas(directory)
    _cost(f"{_told(directory)}", ours)
    _cost("  utilsforecast and pandas, windows alone", theirs, ours)
    _bare(directory, ours)


def _large(directory: Path, scale: float) -> list[str]:
    filled(directory, _scale(scale))
    ours = step(directory)
    _cost(_told(directory), ours)
    _bare(directory, ours)
    _cost("  with a retirement after 30 days", step(directory, retire_after_days=30), ours)
    print(f"  {_told(directory)}")
    targets = {f"series in {SECONDS:g} s": ours.seconds < SECONDS, f"series in {MIB} MiB": ours.memory < MIB}
    return [name for name, met in targets.items() if not met]


def _bare(directory: Path, ours: Cost) -> None:
    bare = scan_and_write(directory)
    print(f"  {'the same bytes read and written':44} {bare:10.1f} s {bare / ours.seconds:31.2f} x", flush=True)


def _told(directory: Path) -> str:
    told = json.loads((directory / "summary").read_text())["details"]
    return f"{told['lines']:,} lines, {told['days']:,} days"


def _cost(name: str, cost: Cost, ours: Cost | None = None) -> None:
    ratio = f"{cost.seconds / ours.seconds:8.1f} x" if ours else ""
    print(f"  {name:44} {cost.seconds:10.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB {ratio}", flush=True)


if __name__ == "__main__":
    main()
