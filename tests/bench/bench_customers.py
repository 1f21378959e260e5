"""Features of customers at H&M's size, beside pandas and lifetimes.

Times of the step and of pandas are those of whole processes, start-up, reading and writing included, on a part of the
shop that pandas can hold. Of lifetimes, which tells four columns of ours, and of the step's own expressions for days,
totals and scores the processor is told, from Parquet to values. A scan and a write of the same rows by DuckDB is what
no step can be faster than. Ratios are told and are no target: aggregations of pandas are compiled too, and to read the
lines alone takes a fiftieth of what lifetimes takes.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa

from components.customer_features.bought import by_day, totals
from components.customer_features.compute import MEMORY, Outputs
from components.customer_features.scores import scored
from components.customer_features.settings import DAYS as DAYS_COUNT
from components.customer_features.settings import Settings
from components.retail.codes import codes_of
from components.retail.lines import MONEY
from components.shell import datasets
from components.shell.engine import Engine, engine, keep, records
from stockpot.samples.shop.scale import AS_OF
from tests.bench import customers_in_pandas
from tests.bench.cost import Cost, here, run
from tests.bench.environments import step_command
from tests.bench.hm import clean, laid, scanned_and_written, sized
from tests.bench.rows import Other, Row, most

SMALL = 0.01
TARGETS = (most(180, "seconds"), most(4096, "memory"))
PART = 0.1
SAME = {"repeat_frequency": "frequency", "clv_recency": "recency", "clv_T": "T", "clv_monetary": "monetary_value"}


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """A part beside others, and the whole."""
    part, large = scratch / "part", scratch / "large"
    lines = filled(part, PART * scale)
    ours = step(part)
    clean(part / "raw")
    yield Row(f"features of customers, {lines:,} lines", ours, Other("pandas, less of them", in_pandas(part)))
    theirs = Other("lifetimes, four columns", lifetimes(part))
    yield Row("these four columns, scores and segments", rfm(part), theirs, by="cpu")
    lines = filled(large, scale)
    ours = step(large)
    bare = scanned_and_written(large, ("raw/transactions", "raw/customers", "raw/articles", "rows", "categories"))
    yield Row(f"features of customers, {lines:,} lines", ours, limit=bare, targets=TARGETS)


def filled(directory: Path, share: float) -> int:
    """How many lines of the shop lie below the directory, as an extract leaves them, beside customers and articles."""
    datasets.write_dataset(directory / "versions", pa.schema([("article_id", pa.string())]), [])
    return laid(directory / "raw", sized(share), "customers", "articles", "transactions")


def step(directory: Path) -> Cost:
    """Compute the features of the shop below the directory."""
    paths = {name: directory / name for name in (*Outputs.__dataclass_fields__, "summary", "raw", "versions")}
    at = {"cut": AS_OF.isoformat(), "as_of": (AS_OF + timedelta(hours=4)).isoformat()}
    return run(step_command("customer_features"), **paths, **at, allow_current_attributes="true")


def in_pandas(directory: Path) -> Cost:
    """The features in pandas, with the same values."""
    to = directory / "pandas.parquet"
    cost = run([sys.executable, customers_in_pandas.__file__, directory / "raw", to, AS_OF.date()])
    _require_same(directory, pd.read_parquet(to), {name: name for name in ("total_transactions", "recency_days")})
    return cost


def lifetimes(directory: Path) -> Cost:
    """What lifetimes costs for its four columns, which are ours."""
    found = list[pd.DataFrame]()
    lines = directory / "raw/clean"
    cost = here(lambda: found.append(customers_in_pandas.lifetimes_of(customers_in_pandas.read(lines), AS_OF.date())))
    _require_same(directory, found[0], SAME)
    return cost


def _require_same(directory: Path, theirs: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Leave where others find other values: `columns` are ours, each with its name there."""
    ours = pd.read_parquet(directory / "rows").set_index("customer_id")
    ours = ours[ours["total_transactions"] > 0].sort_index()
    theirs = theirs.set_index("customer_id").reindex(ours.index)
    for name, other in columns.items():
        if not (ours[name].astype(float).sub(theirs[other].astype(float)).abs().max() < 1e-9):
            sys.exit(f"others find another {name}")


def rfm(directory: Path) -> Cost:
    """What the same costs with scores and segments by the step's own expressions, in both threads."""
    with engine(MEMORY) as backend:
        return here(lambda: _scored(backend, directory))


def _scored(backend: Engine, directory: Path) -> None:
    clean = backend.read_parquet([str(directory / "raw/clean/part.parquet")])
    coded = codes_of(backend, clean, names=("customer",)).coded(clean, "customer")
    lines = coded.select("customer", day="t_dat", money=coded.price.cast(MONEY), quantity=1)
    found = keep(backend, "found", scored(totals(by_day(lines), AS_OF.date(), DAYS_COUNT), Settings()))
    records(backend, found.agg(rows=found.count()))
