"""The shop's tables, batch by batch, and their columns in Postgres."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from stockpot.samples.shop.articles import articles
from stockpot.samples.shop.browsing import events, happened, wishlist
from stockpot.samples.shop.catalogue import catalogue, categories
from stockpot.samples.shop.customers import customers
from stockpot.samples.shop.faults import planted
from stockpot.samples.shop.purchases import baskets, lines, orders, transactions
from stockpot.samples.shop.reviews import reviews
from stockpot.samples.shop.scale import Scale

BATCH = 20_000
"""Customers whose rows are made at once: some hundred MiB, at H&M's lines for each."""

TABLES = (
    "categories", "articles", "customers", "transactions", "orders", "order_items", "wishlist", "events", "reviews",
)  # fmt: skip
_OF_VISITS = ("wishlist", "events")
_TYPES = {
    pa.string(): "text", pa.int16(): "smallint", pa.int32(): "integer", pa.int64(): "bigint", pa.bool_(): "boolean",
    pa.float64(): "double precision", pa.date32(): "date", pa.timestamp("us"): "timestamp",
    pa.timestamp("us", "UTC"): "timestamptz", pa.decimal128(10, 2): "numeric(10,2)",
}  # fmt: skip


def tables_of(scale: Scale) -> tuple[str, ...]:
    """The tables that a shop of this scale has."""
    return tuple(name for name in TABLES if scale.events or name not in _OF_VISITS)


def postgres_columns(rows: pa.Table) -> Mapping[str, str]:
    """Names and Postgres types of the columns, in order."""
    return {field.name: _TYPES[field.type] for field in rows.schema}


def shop(scale: Scale, batch: int = BATCH) -> Iterator[tuple[str, pa.Table]]:
    """Each table of the shop with some of its rows, in some hundred MiB at once; the tables take turns."""
    sold = catalogue(scale)
    yield "categories", categories()
    yield "articles", planted(scale, "articles", articles(sold))
    for first in range(0, scale.customers, batch):
        number = np.arange(first, min(first + batch, scale.customers), dtype=np.int64)
        purchased = baskets(scale, number)
        bought = lines(sold, purchased)
        ordered, items = orders(sold, purchased, bought)
        tables = {
            "customers": customers(scale, number),
            "transactions": transactions(sold, purchased, bought),
            "orders": ordered,
            "order_items": items,
            "reviews": reviews(sold, purchased, bought),
        }
        if scale.events:
            every = happened(sold, number, purchased, bought)
            tables |= {"wishlist": wishlist(sold, every), "events": events(sold, every)}
        for name, rows in tables.items():
            yield name, rows if first else planted(scale, name, rows)
