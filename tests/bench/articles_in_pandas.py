"""The catalogue in pandas, as a practised user writes it: columns at once, and a Python call per row for text and hash.

Versions, changes, rejected rows and circles of categories are left out, which is in its favour.
"""

import argparse
import hashlib
import json
from pathlib import Path

import pandas as pd

SPOKEN = ["prod_name", "product_type_name", "colour_group_name", "detail_desc"]
CHECKED = ["article_id", "normalized_price", "normalized_stock", "price_rank", "text", "category_path", "text_hash"]
_ASIDE = {"price", "stock", "last_updated"}


def made(articles: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """One row per article."""
    rows = articles.assign(price=articles["price"].astype(float))
    for name in ("price", "stock"):
        low, high = rows[name].min(), rows[name].max()
        rows[f"normalized_{name}"] = (rows[name] - low) / (high - low)
    ranked = rows.groupby("product_group_name", dropna=False)["price"]
    rows["price_rank"] = (ranked.rank(method="min") - 1) / (ranked.transform("count") - 1).replace(0, 1)
    rows["text"] = rows[SPOKEN].apply(_text, axis=1)
    rows["text_hash"] = rows["text"].map(_digest)
    content = rows[sorted(set(articles.columns) - _ASIDE)]
    rows["content_hash"] = [_digest(json.dumps(row, default=str, sort_keys=True)) for row in content.to_dict("records")]
    return rows.merge(_paths(categories), on="category_id", how="left")


def _text(row: pd.Series) -> str:
    return ". ".join(" ".join(value.split()) for value in row if isinstance(value, str) and value.strip())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _paths(categories: pd.DataFrame) -> pd.DataFrame:
    parents = dict(zip(categories["category_id"], categories["parent_category_id"], strict=True))
    names = dict(zip(categories["category_id"], categories["name"], strict=True))
    found = {}
    for one in parents:
        chain, here = list[str](), one
        while here in parents and len(chain) <= len(parents):
            chain.append(names[here])
            here = parents[here]
        found[one] = " > ".join(reversed(chain)) if pd.isna(here) else None
    return pd.DataFrame({"category_id": list(found), "category_path": list(found.values())})


def main() -> None:
    """Read the datasets articles and categories and leave the rows in a Parquet file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("rows", type=Path)
    arguments = parser.parse_args()
    found = made(*(pd.read_parquet(arguments.raw / name) for name in ("articles", "categories")))
    found.to_parquet(arguments.rows, compression="zstd", index=False)


if __name__ == "__main__":
    main()
