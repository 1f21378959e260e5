"""Series of days in pandas: utilsforecast fills the gaps, pandas rolls over the dense grid; or series by series.

What both leave out is in their favour: customers, prices, promotions, categories and the calendar.
"""

import sys
import time
from pathlib import Path

import pandas as pd
from utilsforecast.preprocessing import fill_gaps

KEY = "unique_id"
WINDOWS = (7, 30)
LAGS = (1, 7, 28)


def read(directory: Path) -> pd.DataFrame:
    """What was sold of each article on each day."""
    rows = pd.read_parquet(directory, columns=["article_id", "t_dat"])
    rows["ds"] = pd.to_datetime(rows["t_dat"])
    return rows.groupby(["article_id", "ds"]).size().rename("y").reset_index().rename(columns={"article_id": KEY})


def dense(sold: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """All days of each series, with means, spread and lags."""
    grid = fill_gaps(sold, freq="D", start="per_serie", end=end).fillna({"y": 0})
    grid = grid.sort_values([KEY, "ds"], ignore_index=True)
    grouped = grid.groupby(KEY, observed=True)["y"]
    for days in WINDOWS:
        grid[f"rolling_{days}"] = grouped.rolling(days, min_periods=1).mean().to_numpy()
        grid[f"rolling_{days}_before"] = grid.groupby(KEY, observed=True)[f"rolling_{days}"].shift(1)
    grid["spread"] = grouped.rolling(28, min_periods=2).std().to_numpy()
    grid["rolling_28_std_before"] = grid.groupby(KEY, observed=True)["spread"].shift(1)
    for days in LAGS:
        grid[f"lag_{days}"] = grouped.shift(days)
    return grid


def by_series(sold: pd.DataFrame) -> None:
    """Means and weeks by a Python call per article, as shops write them, on the days that have sales."""
    grouped = sold.sort_values([KEY, "ds"]).groupby(KEY, observed=True)
    for days in WINDOWS:
        grouped["y"].transform(lambda daily, days=days: daily.rolling(days, min_periods=1).mean())
    sold.set_index("ds").groupby(KEY, observed=True)["y"].resample("W").agg(["sum", "mean", "std"])


def seconds_by_series(directory: Path, part: int) -> float:
    """Seconds of processor for all articles, series by series, timed on one in so many."""
    sold = read(directory)
    ids = sold[KEY].unique()
    some = sold[sold[KEY].isin(ids[::part])]
    start = time.process_time()
    by_series(some)
    return (time.process_time() - start) * len(ids) / some[KEY].nunique()


if __name__ == "__main__":
    source, to, last = sys.argv[1:]
    dense(read(Path(source)), pd.Timestamp(last)).to_parquet(to)
