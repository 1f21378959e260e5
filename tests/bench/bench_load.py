"""Load of 6,000,000 rows x 30 columns into Iceberg on S3, against a bare pyarrow write of the same rows there."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, count
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
from tests.bench.cost import Cost, by_turns, here, median, within
from tests.bench.rows import Other, Row, most

SMALL = 0.02
TARGETS = (most(1.5, "limit"), most(1024, "memory"))
ROWS, ROUNDS = 6_000_000, 3
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
        some = min(size, rows - first)
        step = DAYS * 86_400_000_000 // rows
        uploaded = int(START.timestamp() * 1e6) + (np.arange(first, first + some) // 3) * 3 * step
        yield pa.record_batch({name: _column(kind, name, uploaded, some, random) for name, kind in names})


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
    found = load_table(open_catalog(), TABLE["name"]).scan().count()
    if found != json.loads((dataset / "_manifest.json").read_text())["files"][0]["rows"]:
        sys.exit(f"{found} rows are in the table")


WAYS = {"bare": bare, "iceberg": iceberg}


def way(name: str, dataset: str, to: str) -> Cost:
    """What one of them costs in this process."""
    return here(lambda: WAYS[name](Path(dataset), to))


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Both, which take turns."""
    rows, dataset, turn = int(ROWS * scale) // 3 * 3, scratch / "rows", count()
    stream = batches(rows)
    first = next(stream)
    write_dataset(dataset, first.schema, chain([first], stream), rows_per_file=rows)
    with in_use(scratch, {}, Wanted()) as endpoints:
        os.environ.update(endpoints.for_steps)
        migrate([parse_definition(TABLE)])
        place = os.environ[f"{CATALOG_PREFIX}WAREHOUSE"]
        ways = {
            "bare": lambda: within(way, "bare", dataset, f"{place}/bare-{next(turn)}.parquet"),
            "iceberg": lambda: within(way, "iceberg", dataset, f"bench-{next(turn)}"),
        }
        found = by_turns(ways, ROUNDS, median)
    bare = Other("pyarrow, one Parquet object", found["bare"])
    work = f"load of {rows:,} rows x {len(TABLE['columns'])} columns into {DAYS} partitions"
    yield Row(work, found["iceberg"], limit=bare, targets=TARGETS)
