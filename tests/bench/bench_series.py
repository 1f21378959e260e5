"""Series of days at H&M's size, and beside utilsforecast with pandas.

Times are those of whole processes, start-up, reading and writing included. The same grid with the same means, spread
and lags is made by utilsforecast's `fill_gaps` and pandas' rolling windows, on a part of the shop that they can hold;
they are spared money, prices, customers, categories, promotions, the calendar, weeks, and all that is wrong with lines.
So is a Python call per article for means and weeks, timed on a part. What they take is told and is no target
(docs/decisions/2026-11-30-ratios-of-a-shop.md). A scan of the lines and a write of the rows by DuckDB is what no step
can be faster than.
"""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa

from components.daily_sales.compute import Outputs
from components.iceberg.lateness import Past
from components.shell import datasets
from components.shell.instants import EPOCH, format_instant
from stockpot.samples.shop.scale import AS_OF
from tests.bench import series_in_pandas
from tests.bench.cost import Cost, run
from tests.bench.environments import step_command
from tests.bench.hm import clean, laid, scanned_and_written, sized
from tests.bench.rows import Other, Row, most

SMALL = 0.01
TARGETS = (most(900, "seconds"), most(4096, "memory"))
PART, SERIES = 0.1, 50
_GIVEN = ("raw", "versions", "before", "past")
ALL = ("rolling_7", "rolling_30", "rolling_7_before", "rolling_30_before", "rolling_28_std_before", "lag_28")


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """A part beside pandas, and the whole."""
    part, large = scratch / "part", scratch / "large"
    filled(part, PART * scale)
    ours = step(part)
    theirs = Other("utilsforecast and pandas, windows alone", in_pandas(part))
    yield Row(_work(part), ours, theirs, _bare(part))
    each = Cost(cpu=series_in_pandas.seconds_by_series(part / "raw/clean", SERIES))
    yield Row(_work(part), ours, Other("pandas, article by article, timed on a part", each), by="cpu")
    filled(large, scale)
    ours = step(large)
    yield Row(_work(large), ours, limit=_bare(large), targets=TARGETS)
    ours = step(large, retire_after_days=30)
    yield Row(f"{_work(large)}, retired after 30", ours)


def filled(directory: Path, share: float) -> None:
    """Lay lines, articles and no versions below the directory, as an extract and a table leave them."""
    laid(directory / "raw", sized(share), "articles", "transactions")
    for name in ("versions", "before"):
        datasets.write_dataset(directory / name, pa.schema([("article_id", pa.string())]), [])
    (directory / "past").write_text(Past().text())


def step(directory: Path, **given: object) -> Cost:
    """Compute the series of the shop below the directory."""
    paths = {name: directory / name for name in (*Outputs.__dataclass_fields__, "summary", *_GIVEN)}
    at = {"interval_start": EPOCH, "interval_end": AS_OF, "as_of": AS_OF + timedelta(hours=5)}
    instants = {name: format_instant(each) for name, each in at.items()}
    return run(step_command("daily_sales"), **paths, **instants, **given)


def in_pandas(directory: Path) -> Cost:
    """The same windows by utilsforecast and pandas, with the same values."""
    to, last = directory / "pandas.parquet", AS_OF.date() - timedelta(days=1)
    raw = directory / "raw"
    lines = clean(raw, f"article_id IN (SELECT article_id FROM '{raw}/articles/*.parquet')")
    cost = run([sys.executable, series_in_pandas.__file__, lines, to, last])
    ours = pd.read_parquet(directory / "rows", columns=["article_id", "date", "daily_sales", *ALL])
    ours = ours.sort_values(["article_id", "date"], ignore_index=True)
    theirs = pd.read_parquet(to)
    for name in ALL:
        if not (ours[name].astype(float).sub(theirs[name].astype(float)).abs().max() < 1e-6):
            sys.exit(f"pandas finds another {name}")
    return cost


def _bare(directory: Path) -> Other:
    return scanned_and_written(directory, ("raw/transactions", "rows"))


def _work(directory: Path) -> str:
    details = json.loads((directory / "summary").read_text())["details"]
    return f"series of {details['lines']:,} lines, {details['days']:,} days"
