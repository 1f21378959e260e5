"""User-item interactions in pandas: by groupby and apply, and as a practised user writes them.

`per_pair` is a Python call per customer and article; shops whose rows Postgres groups have no such code. `at_once` has
the same values with pandas' own aggregations: no call per pair, and no dictionary of ids either. Both know of the
time-weighted score alone what the seed knows; channel of the last day, decayed count and targets are left out, which is
in their favour.
"""

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

TAU, KEY = 30.0, ["customer_id", "article_id"]


def read(directory: Path) -> pd.DataFrame:
    """The lines of a dataset, with prices as floats and days as instants, as pandas has them."""
    rows = pd.read_parquet(directory)
    return rows.assign(price=rows["price"].astype(float), t_dat=pd.to_datetime(rows["t_dat"]))


def at_once(rows: pd.DataFrame, cut: date) -> pd.DataFrame:
    """One row per pair."""
    found = rows.groupby(KEY, sort=False).agg(
        purchase_count=("price", "size"),
        purchase_days=("t_dat", "nunique"),
        total_spent=("price", "sum"),
        avg_price_paid=("price", "mean"),
        first_purchase_date=("t_dat", "min"),
        last_purchase_date=("t_dat", "max"),
    )
    recency = (pd.Timestamp(cut) - found["last_purchase_date"]).dt.days
    return found.assign(
        recency_days=recency, time_weighted_score=found["purchase_count"] * np.exp(-recency / TAU)
    ).reset_index()


def per_pair(rows: pd.DataFrame, cut: date) -> pd.DataFrame:
    """The same, pair by pair."""

    def of(pair: pd.DataFrame) -> pd.Series:
        last = pair["t_dat"].max()
        recency = (pd.Timestamp(cut) - last).days
        return pd.Series(
            {
                "purchase_count": len(pair),
                "purchase_days": pair["t_dat"].nunique(),
                "total_spent": pair["price"].sum(),
                "avg_price_paid": pair["price"].mean(),
                "first_purchase_date": pair["t_dat"].min(),
                "last_purchase_date": last,
                "recency_days": recency,
                "time_weighted_score": len(pair) * np.exp(-recency / TAU),
            }
        )

    return rows.groupby(KEY)[["t_dat", "price"]].apply(of).reset_index()


def seconds_per_pair(directory: Path, cut: date, part: int) -> float:
    """Seconds of groupby and apply for all pairs, whose cost is linear in them, timed on one line in so many."""
    rows = read(directory)
    some = rows.iloc[:: max(part, 1)]
    share = some.groupby(KEY).ngroups / rows.groupby(KEY).ngroups
    start = time.perf_counter()
    per_pair(some, cut)
    return (time.perf_counter() - start) / share


def main() -> None:
    """Compute the pairs of a dataset at once and leave them in a Parquet file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("transactions", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("cut", type=date.fromisoformat)
    arguments = parser.parse_args()
    found = at_once(read(arguments.transactions), arguments.cut)
    found.to_parquet(arguments.rows, compression="zstd", index=False)


if __name__ == "__main__":
    main()
