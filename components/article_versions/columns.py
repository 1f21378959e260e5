"""The columns of an article: those of the source, and those of the two tables."""

from collections.abc import Mapping
from types import MappingProxyType

import ibis

from components.retail.columns import INSTANT
from components.retail.sources import ARTICLES

_KINDS = {
    "string": "string",
    "int": "int32",
    "decimal(10,2)": "decimal(10, 2)",
    "timestamptz": INSTANT,
}
# When a row became known is no attribute of the article.
_BOOKKEEPING = ("known_at",)

SOURCE: Mapping[str, str] = MappingProxyType(
    {
        name: _KINDS[kind.strip("~?")]
        for name, _, kind in (text.partition(" ") for text in ARTICLES)
        if name not in _BOOKKEEPING
    }
)
"""Of each column that the source may have its Ibis type."""

COMMERCIAL = ("price", "stock")
"""What an article costs and how much of it there is: it changes daily and says nothing of what the article is."""
CONTENT = tuple(sorted(set(SOURCE) - {*COMMERCIAL, "last_updated"}))
"""What an article is. `last_updated` moves with every write, so it decides nothing."""

_ID = {"article_id": "!string"}
_SOURCE = _ID | {name: kind for name, kind in SOURCE.items() if name not in _ID}
_HASHES = {"content_hash": "!string", "commercial_hash": "!string"}
# Name and Ibis type, in the order of the tables; a `!` marks a column that is never null.
STATE = ibis.schema(
    {
        **_SOURCE,
        "category_name": "string",
        "parent_category_id": "string",
        "category_depth": "int32",
        "category_path": "string",
        "category_known": "boolean",
        "lifecycle_days": "int32",
        "normalized_price": "float64",
        "normalized_stock": "float64",
        "price_rank": "float64",
        "text": "!string",
        "text_hash": "!string",
        "image_hash": "string",
        **_HASHES,
        "first_seen_at": f"!{INSTANT}",
        "changed_at": f"!{INSTANT}",
        "version": "!int32",
        "cut_at": f"!{INSTANT}",
    }
)
VERSIONED = ibis.schema({**_SOURCE, **_HASHES, "first_seen_at": f"!{INSTANT}"})
REJECTED = ibis.schema({"source_table": "!string", "id": "string", "reason": "!string", "row": "!string"})
