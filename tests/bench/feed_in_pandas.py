"""The features of feed ranking as a practised pandas user writes them, with `groupby(...).expanding()`.

All of them, not only the histories: ordered with ties by interaction_id, smoothed, aligned, read from and written to
Parquet. Several measures expand at once, and an expanding count stands in for a second sum; both are faster than one
expanding mean per feature, which is what one meets more often.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

PRIOR_CTR, PRIOR_DWELL_SECONDS, PRIOR_ROWS = 0.15, 3.0, 20
DEVICES = ("mobile", "desktop", "tablet")


def features(interactions: pd.DataFrame, users: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """One row per interaction with the columns of the step `ranking_features`, in its order."""
    rows = interactions.sort_values(["timestamp", "interaction_id"], ignore_index=True)
    user, user_rows = sums_before(rows, "user_id"), rows_before(rows, ["user_id"])
    item, item_rows = sums_before(rows, "item_id"), rows_before(rows, ["item_id"])
    known = rows.merge(users[["user_id", "signup_date"]], on="user_id").merge(items[["item_id", "creation_date"]])
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("interaction_id", "user_id", "item_id", "timestamp")},
            "user_historical_ctr": smoothed(user["click"], user_rows, PRIOR_CTR),
            "user_avg_dwell_time": smoothed(user["dwell_time"], user_rows, PRIOR_DWELL_SECONDS),
            "user_interaction_count": user_rows,
            "user_days_active": (known["timestamp"] - known["signup_date"]).dt.days,
            "item_ctr": smoothed(item["click"], item_rows, PRIOR_CTR),
            "item_avg_dwell_time": smoothed(item["dwell_time"], item_rows, PRIOR_DWELL_SECONDS),
            "item_popularity": np.log1p(item_rows),
            "item_age_days": (known["timestamp"] - known["creation_date"]).dt.days,
            "hour_of_day": rows["timestamp"].dt.hour,
            "day_of_week": rows["timestamp"].dt.day_of_week,
            **{f"device_{name}": (rows["device"] == name).astype(int) for name in DEVICES},
            "user_item_previous_interactions": rows_before(rows, ["user_id", "item_id"]),
            "click": rows["click"],
        }
    )


def sums_before(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Clicks and dwell time of the rows with the same key that come before each row."""
    seen = rows.groupby(key)[["click", "dwell_time"]].expanding().sum()
    return seen.groupby(level=0).shift(fill_value=0).droplevel(0).sort_index()


def rows_before(rows: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """How many rows with the same keys come before each row."""
    seen = rows.groupby(list(keys))["click"].expanding().count()
    return seen.droplevel(list(range(len(keys)))).sort_index().astype(int) - 1


def smoothed(total: pd.Series, rows: pd.Series, prior: float) -> pd.Series:
    """The mean of what was seen and of PRIOR_ROWS more at the prior."""
    return (total + PRIOR_ROWS * prior) / (rows + PRIOR_ROWS)


def differing(found: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """The columns whose values are not the same; fractions may differ in the last bits, for sums of them do."""
    if list(found) != list(expected) or len(found) != len(expected):
        return sorted({*found} ^ {*expected}) or ["the number of rows"]
    return [name for name in expected if not _same(found[name], expected[name])]


def _same(found: pd.Series, expected: pd.Series) -> bool:
    if expected.dtype.kind == "f":
        return bool(np.allclose(found, expected, rtol=1e-9, atol=1e-9))
    return bool((found.to_numpy() == expected.to_numpy()).all())


def main() -> None:
    """Compute the features of the feed below a directory and leave them there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where interactions, users and items lie")
    parser.add_argument("rows", type=Path, help="the Parquet file to write")
    arguments = parser.parse_args()
    tables = (pd.read_parquet(arguments.directory / name) for name in ("interactions", "users", "items"))
    features(*tables).to_parquet(arguments.rows, compression="zstd", index=False)


if __name__ == "__main__":
    main()
