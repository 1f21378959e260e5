"""A shop at H&M's size as an extract leaves it, and what several benchmarks do with its files."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from components.shell import datasets
from stockpot.samples.shop.customers import customers
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import BATCH, shop
from tests.bench.cost import here
from tests.bench.rows import Other

CUSTOMERS, ARTICLES, DAYS = 1_371_980, 105_542, 734
# What a shop begins with; all else takes turns.
_FIRST = ("categories", "articles")


def sized(share: float) -> Scale:
    """The shop with a share of the customers and articles, as H&M's public data have them: no events."""
    return Scale(max(int(CUSTOMERS * share), 200), max(int(ARTICLES * share), 100), history=DAYS, events=False)


def laid(raw: Path, scale: Scale, *names: str) -> int:
    """Lay these tables below the directory; how many rows the last of them has."""
    rows = 0
    for name in names:
        tables = _tables(scale, name)
        first = next(tables)
        batches = (batch for table in chain([first], tables) for batch in table.to_batches())
        rows = datasets.write_dataset(raw / name, first.schema, batches).rows
    return rows


def _tables(scale: Scale, name: str) -> Iterator[pa.Table]:
    if name == "customers":
        # By themselves, for to make all that they buy takes minutes.
        for first in range(0, scale.customers, BATCH):
            yield customers(scale, np.arange(first, min(first + BATCH, scale.customers), dtype=np.int64))
        return
    every = islice(shop(scale), len(_FIRST)) if name in _FIRST else shop(scale)
    yield from (rows for found, rows in every if found == name)


def clean(raw: Path, where: str = "true") -> Path:
    """Lay the lines that count beside the raw ones, for pandas, which does not look."""
    (to := raw / "clean").mkdir(exist_ok=True)
    duckdb.sql(
        f"""COPY (SELECT * FROM '{raw}/transactions/*.parquet' WHERE price >= 0 AND t_dat < '{AS_OF.date()}' AND {where}
        QUALIFY row_number() OVER (PARTITION BY transaction_id) = 1) TO '{to}/part.parquet' (FORMAT parquet)"""
    )
    return to


def scanned_and_written(directory: Path, names: Sequence[str]) -> Other:
    """What DuckDB takes to read these datasets and to write the same bytes: no step can be faster."""

    def again() -> None:
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
            for name in names:
                source, to = directory / name / "*.parquet", directory / "again.parquet"
                connection.execute(f"COPY (FROM '{source}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)")

    return Other("the same bytes read and written", here(again))
