"""Extract of 2,000,000 wide rows, against pandas and ADBC, and its memory at 10,000,000 rows.

Each has a process of its own, whose imports are over before it is timed. COPY to nowhere is what no extract can be
faster than.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg2

from stockpot.local.services import Wanted, in_use
from tests.bench.copied import copied
from tests.bench.cost import Cost, by_turns, here, median, within
from tests.bench.rows import Other, Row, least, most

SMALL = 0.02
TARGETS = {"pandas": (least(8, "peer"),), "adbc": (least(1, "peer"),)}
LARGE = most(400, "memory")
ROWS, MEMORY_ROWS, ROUNDS = 2_000_000, 10_000_000, 3
# pandas is measured on fewer rows, for its rows per second do not depend on their number.
PANDAS_PART = 10

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


def contender(name: str, url: str, table: str, directory: str) -> Cost:
    """What one of them costs in this process."""
    extract = CONTENDERS[name]
    extract(url, "tiny", Path(directory))
    return here(lambda: extract(url, table, Path(directory)))


def measured(name: str, url: str, table: str) -> Cost:
    """What one of them costs in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-extract-") as directory:
        return within(contender, name, url, table, directory)


def fill(url: str, tables: dict[str, int]) -> None:
    """Create the tables with so many rows each."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name, rows in tables.items():
            cursor.execute(_CREATE.format(name=name, rows=rows))
    connection.close()


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """All, which take turns on an embedded server."""
    rows, large = int(ROWS * scale), int(MEMORY_ROWS * scale)
    with in_use(scratch, {}, Wanted(store=False)) as services:
        url = services.for_people["DATABASE_URL"]
        fill(url, {"tiny": 10, "wide": rows, "narrower": rows // PANDAS_PART, "large": large})
        tables = {"stockpot": "wide", "adbc": "wide", "pandas": "narrower"}
        ways = {name: partial(measured, name, url, table) for name, table in tables.items()}
        ways["COPY to nowhere"] = lambda: here(lambda: copied(url, "SELECT * FROM wide"))
        found = by_turns(ways, ROUNDS, median)
        limit = Other("COPY to nowhere", found["COPY to nowhere"])
        peers = {"adbc": Other("adbc", found["adbc"]), "pandas": Other("pandas", found["pandas"].times(PANDAS_PART))}
        for name, peer in peers.items():
            yield Row(f"extract of {rows:,} rows", found["stockpot"], peer, limit, TARGETS[name])
        yield Row(f"extract of {large:,} rows", measured("stockpot", url, "large"), targets=(LARGE,))
