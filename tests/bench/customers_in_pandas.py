"""Features of customers in pandas: the original's columns with its merges, its quantiles and its `idxmax`.

The original has Postgres count and sum, and computes the rest in pandas; here pandas counts and sums too, with its own
aggregations and no Python call per customer. It knows of scores of quantiles without ties, of no BG/NBD columns, no
baskets, no shares of categories, no order among equals and of nothing that is wrong with lines: all in its favour.
"""

import argparse
from datetime import date
from pathlib import Path

import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data

KEY = "customer_id"


def read(directory: Path) -> pd.DataFrame:
    """The lines of a dataset, with prices as floats and days as instants, as pandas has them."""
    rows = pd.read_parquet(directory)
    return rows.assign(price=rows["price"].astype(float), t_dat=pd.to_datetime(rows["t_dat"]))


def features(lines: pd.DataFrame, customers: pd.DataFrame, articles: pd.DataFrame, cut: date) -> pd.DataFrame:
    """One row per customer who is known."""
    found = customers.merge(_totals(lines, cut), on=KEY, how="left")
    for months in (6, 12):
        recent = lines[lines["t_dat"] >= pd.Timestamp(cut) - pd.DateOffset(months=months)]
        window = recent.groupby(KEY).agg(
            **{f"frequency_{months}m": ("t_dat", "size"), f"monetary_{months}m": ("price", "sum")}
        )
        found = found.merge(window, on=KEY, how="left")
    for part in (_channels(lines), _top_categories(lines, articles)):
        found = found.merge(part, on=KEY, how="left")
    return _scored(found)


def _totals(lines: pd.DataFrame, cut: date) -> pd.DataFrame:
    told = lines.groupby(KEY).agg(
        first_purchase_date=("t_dat", "min"),
        last_purchase_date=("t_dat", "max"),
        total_transactions=("price", "size"),
        total_amount_spent=("price", "sum"),
    )
    recency = (pd.Timestamp(cut) - told["last_purchase_date"]).dt.days
    return told.assign(
        recency_days=recency, avg_transaction_value=told["total_amount_spent"] / told["total_transactions"]
    ).reset_index()


def _channels(lines: pd.DataFrame) -> pd.DataFrame:
    counts = lines.groupby([KEY, "sales_channel_id"]).size().unstack(fill_value=0)  # noqa: PD010 - what is pivoted is counted already
    return counts.idxmax(axis=1).rename("most_used_sales_channel").reset_index()


def _top_categories(lines: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    of_categories = lines[[KEY, "article_id"]].merge(articles[["article_id", "category_id"]], on="article_id")
    counts = of_categories.groupby([KEY, "category_id"]).size().rename("lines").reset_index()
    return counts.sort_values("lines", ascending=False).drop_duplicates(KEY)[[KEY, "category_id"]]


def lifetimes_of(lines: pd.DataFrame, cut: date) -> pd.DataFrame:
    """What `lifetimes` tells of customers."""
    return summary_data_from_transaction_data(
        lines, KEY, "t_dat", monetary_value_col="price", observation_period_end=pd.Timestamp(cut)
    ).reset_index()


def _scored(found: pd.DataFrame) -> pd.DataFrame:
    of = {"R_score": "recency_days", "F_score": "total_transactions", "M_score": "total_amount_spent"}
    scores = {name: pd.qcut(found[column], q=5, labels=False, duplicates="drop") for name, column in of.items()}
    return found.assign(**scores, RFM_score=sum(scores.values()))


def main() -> None:
    """Compute the features and leave them in a Parquet file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("cut", type=date.fromisoformat)
    arguments = parser.parse_args()
    customers, articles = (pd.read_parquet(arguments.raw / name) for name in ("customers", "articles"))
    found = features(read(arguments.raw / "clean"), customers, articles, arguments.cut)
    found.to_parquet(arguments.rows, compression="zstd", index=False)


if __name__ == "__main__":
    main()
