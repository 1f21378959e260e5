"""Shops in memory, and the step's expressions run on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from components.customer_features.account import Account, account_of
from components.customer_features.rows import make
from components.customer_features.settings import Settings
from components.customer_features.source import Source
from components.retail.moment import Moment
from components.shell.compute import engine
from components.shell.engine import records

Row = Mapping[str, Any]
_AT = pa.timestamp("us", "UTC")
_KNOWN = ("known_at", _AT)
_MONEY = pa.decimal128(20, 9)
SCHEMAS: Mapping[str, pa.Schema] = {
    "transactions": pa.schema(
        [
            ("transaction_id", pa.string()), ("t_dat", pa.date32()), ("customer_id", pa.string()),
            ("article_id", pa.string()), ("price", _MONEY), ("quantity", pa.int64()),
            ("sales_channel_id", pa.int32()), _KNOWN,
        ]
    ),
    "customers": pa.schema(
        [
            ("customer_id", pa.string()), ("age", pa.int32()), ("club_member_status", pa.string()),
            ("fashion_news_frequency", pa.string()), ("active", pa.bool_()), ("signup_date", _AT), _KNOWN,
        ]
    ),
    "articles": pa.schema([("article_id", pa.string()), ("category_id", pa.string())]),
    "orders": pa.schema(
        [
            ("order_id", pa.int64()), ("customer_id", pa.string()), ("order_date", _AT), ("total_amount", _MONEY),
            ("payment_status", pa.string()), _KNOWN,
        ]
    ),
    "order_items": pa.schema(
        [("order_item_id", pa.string()), ("order_id", pa.int64()), ("quantity", pa.int64()), _KNOWN]
    ),
    "events": pa.schema(
        [("event_id", pa.int64()), ("customer_id", pa.string()), ("event_type", pa.string()), ("created_at", _AT),
         _KNOWN]
    ),
    "wishlist": pa.schema([("wishlist_id", pa.int64()), ("customer_id", pa.string()), ("added_at", _AT), _KNOWN]),
}  # fmt: skip
VERSIONS = pa.schema(
    [("article_id", pa.string()), ("category_id", pa.string()), ("version", pa.int32()), ("known_at", _AT)]
)
FRESH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What the product makes of a shop: both tables' rows, and what it tells of them where that was asked for."""

    features: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    told: Account | None = None

    def of(self, customer: str) -> dict[str, Any]:
        """The features of a customer."""
        return next(row for row in self.features if row["customer_id"] == customer)


def made(
    shop: Mapping[str, Sequence[Row] | pa.Table],
    moment: Moment,
    settings: Settings | None = None,
    *,
    versions: Sequence[Row] | None = None,
    taken_at: datetime | None = FRESH,
    telling: bool = False,
) -> Found:
    """What the product makes of a shop's tables; those that are not there the source does not have."""
    arrow = {name: rows if isinstance(rows, pa.Table) else table(name, rows) for name, rows in shop.items()}
    with engine("400MB", threads=1) as backend:
        tables = {name: backend.given(f"raw_{name}", rows) for name, rows in arrow.items()}
        source = Source(tables, {name: rows.num_rows for name, rows in arrow.items()}, {}, taken_at)
        kept = None
        if versions is not None:
            kept = backend.given("versions", pa.Table.from_pylist(list(versions), VERSIONS))
        found = make(backend, source, kept, moment, settings or Settings())
        features, categories = records(backend, found.features), records(backend, found.categories)
        said = account_of(backend, source, found, settings or Settings()) if telling else None
        return Found(features, sorted(categories, key=_key), said)


def table(name: str, rows: Sequence[Row]) -> pa.Table:
    """The rows as a table of the shop; columns that they do not have are null."""
    return pa.Table.from_pylist(list(rows), SCHEMAS[name])


def _key(row: Row) -> tuple[str, str]:
    return row["customer_id"], row["category_id"]
