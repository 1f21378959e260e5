"""Load of 6,000,000 rows x 30 columns into Iceberg on S3, against a bare pyarrow write of the same rows there."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import S3FileSystem

from components.begin_run.migrate import migrate
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.shell.datasets import files, write_dataset
from components.shell.names import CATALOG_PREFIX
from pipelines.moderation_training import COLUMNS
from stockpot.local.services import Wanted, in_use
from tests.harness.memory import own_peak

ROWS, TARGET, LIMIT_MIB, ROUNDS = 6_000_000, 1.5, 1024, 3
DAYS = 60
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)
TABLE = {
    "name": "bench.training_data",
    "columns": [str(column) for column in COLUMNS[:30]],
    "partition": {"uploaded_at": "day"},
    "interval_column": "uploaded_at",
}
_TIME = pa.timestamp("us", tz="UTC")


def batches(rows: int, size: int = 250_000) -> Iterator[pa.RecordBatch]:
    """Rows like the moderation table's, ordered by upload: random ids and times, skewed counts, mostly false flags."""
    random = np.random.default_rng(3)
    names = [column.rstrip("!").split() for column in TABLE["columns"]]
    for first in range(0, rows, size):
        count = min(size, rows - first)
        step = DAYS * 86_400_000_000 // rows
        uploaded = int(START.timestamp() * 1e6) + (np.arange(first, first + count) // 3) * 3 * step
        yield pa.record_batch({name: _column(kind, name, uploaded, count, random) for name, kind in names})


def _column(kind: str, name: str, uploaded: np.ndarray, count: int, random: np.random.Generator) -> pa.Array:
    point = np.array([0, 5, 30])[np.arange(count) % 3]
    if kind == "string":
        text = random.bytes(16 * count).hex()
        return pa.array([text[32 * row : 32 * row + 32] for row in range(count)], pa.string())
    if kind == "timestamptz":
        return pa.array(uploaded if name == "uploaded_at" else uploaded + point * 60_000_000, _TIME)
    if kind == "boolean":
        return pa.array(random.random(count) < 0.1)
    if kind == "double":
        return pa.array(random.poisson(2, count) / 5)
    values = point if name == "decision_point_minutes" else random.poisson(5, count)
    return pa.array(values, pa.int32() if kind == "int" else pa.int64())


def bare(dataset: Path, target: str) -> None:
    """Write the rows to one Parquet object, with pyarrow alone."""
    keys = ("ENDPOINT", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
    endpoint, access_key, secret_key = (os.environ[f"{CATALOG_PREFIX}S3__{name}"] for name in keys)
    store = S3FileSystem(endpoint_override=endpoint, access_key=access_key, secret_key=secret_key, region="us-east-1")
    source = ds.dataset(files(dataset))
    path = target.removeprefix("s3://")
    with pq.ParquetWriter(path, source.schema, filesystem=store, compression="zstd") as writer:
        for batch in source.to_batches(batch_size=1 << 19):
            writer.write_batch(batch)


def iceberg(dataset: Path, run_key: str) -> None:
    """Load the rows as a step does, and see that they are all there."""
    receipt = Receipt(run_key, "bench", START, END, END, run_key.rpartition("-")[2])
    load(parse_definition(TABLE), receipt, dataset)
    count = load_table(open_catalog(), TABLE["name"]).scan().count()
    if count != json.loads((dataset / "_manifest.json").read_text())["files"][0]["rows"]:
        sys.exit(f"{count} rows are in the table")


def measure(kind: str, dataset: Path, argument: str) -> tuple[float, float]:
    """Seconds and peak memory in MiB of one way, in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_load",
        "--only",
        kind,
        "--dataset",
        str(dataset),
        "--to",
        argument,
    ]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return tuple(json.loads(answer))


def run_one(kind: str, dataset: Path, argument: str) -> None:
    """Do the work and print seconds and peak memory."""
    began = time.perf_counter()
    {"bare": bare, "iceberg": iceberg}[kind](dataset, argument)
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, own_peak()]))


def compare(rows: int, home: Path) -> bool:
    """Whether load and memory stay within their limits; prints a table of both ways."""
    dataset = home / "rows"
    stream = batches(rows)
    first = next(stream)
    write_dataset(dataset, first.schema, _chain(first, stream), rows_per_file=rows)
    with in_use(home, {}, Wanted()) as endpoints:
        os.environ.update(endpoints.for_steps)
        migrate([parse_definition(TABLE)])
        place = os.environ[f"{CATALOG_PREFIX}WAREHOUSE"]
        found: dict[str, list[tuple[float, float]]] = {"bare": [], "iceberg": []}
        for turn in range(ROUNDS):
            found["bare"].append(measure("bare", dataset, f"{place}/bare-{turn}.parquet"))
            found["iceberg"].append(measure("iceberg", dataset, f"bench-{turn}"))
    return report(rows, found)


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def report(rows: int, found: dict[str, list[tuple[float, float]]]) -> bool:
    """Whether the targets are met, after printing the medians."""
    seconds = {kind: statistics.median(value for value, _ in runs) for kind, runs in found.items()}
    memory = {kind: max(value for _, value in runs) for kind, runs in found.items()}
    print(f"{rows:,} rows x {len(TABLE['columns'])} columns, median of {ROUNDS}, {DAYS} partitions")
    for kind, label in (("bare", "pyarrow, one Parquet object"), ("iceberg", "load_iceberg")):
        print(
            f"  {label:28} {seconds[kind]:7.2f} s  {rows / seconds[kind]:12,.0f} rows/s  peak {memory[kind]:6.0f} MiB"
        )
    ratio = seconds["iceberg"] / seconds["bare"]
    good = ratio <= TARGET and memory["iceberg"] <= LIMIT_MIB
    print(f"  ratio {ratio:.2f} (at most {TARGET}), memory at most {LIMIT_MIB} MiB: {'met' if good else 'MISSED'}")
    return good


def main() -> None:
    """Compare both ways; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows, for a quick run")
    parser.add_argument("--only", choices=["bare", "iceberg"], help=argparse.SUPPRESS)
    parser.add_argument("--dataset", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        run_one(options.only, options.dataset, options.to)
        return
    with tempfile.TemporaryDirectory(prefix="bench-load-") as home:
        sys.exit(0 if compare(int(ROWS * options.scale) // 3 * 3, Path(home)) else 1)


if __name__ == "__main__":
    main()
