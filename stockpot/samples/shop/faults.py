"""What is wrong with the shop's rows: planted once, in the first batch of each table, each kind in a known number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stockpot.samples.shop.scale import Scale

UNKNOWN_ARTICLE, UNKNOWN_CUSTOMER = "0999999999", "f" * 16


@dataclass(frozen=True)
class Fault:
    """So many rows of a table once more, under keys of their own, with other values in some columns.

    `same_key` leaves the key as it is: the row comes twice.
    """

    name: str
    rows: int
    values: Mapping[str, Any] = field(default_factory=dict)
    same_key: bool = False


def _transactions(scale: Scale) -> Sequence[Fault]:
    return (
        Fault("twice", 5, same_key=True),
        Fault("without a price", 2, {"price": None}),
        Fault("negative price", 1, {"price": Decimal("-4.99")}),
        Fault("without a day", 1, {"t_dat": None}),
        Fault("unknown article", 4, {"article_id": UNKNOWN_ARTICLE}),
        Fault("unknown customer", 3, {"customer_id": UNKNOWN_CUSTOMER}),
        Fault("of today", 2, {"t_dat": scale.day_of(scale.today)}),
        Fault("of tomorrow", 1, {"t_dat": scale.day_of(scale.today + 1)}),
    )


def _articles(scale: Scale) -> Sequence[Fault]:
    return (
        Fault("negative stock", 1, {"article_id": "0200000001", "stock": -3}),
        Fault("created in the future", 1, {"article_id": "0200000002", "created_at": scale.until + timedelta(days=9)}),
        Fault("id without its zero", 1, {"article_id": "108775015"}),
        Fault("in a circle of categories", 1, {"article_id": "0200000003", "category_id": "C900"}),
        Fault("below a category that is not there", 1, {"article_id": "0200000004", "category_id": "C950"}),
    )


def _orders(_scale: Scale) -> Sequence[Fault]:
    return (Fault("twice", 2, same_key=True), Fault("unknown customer", 1, {"customer_id": UNKNOWN_CUSTOMER}))


def _items(_scale: Scale) -> Sequence[Fault]:
    return (Fault("twice", 2, same_key=True), Fault("unknown order", 2, {"order_id": -1}))


def _events(scale: Scale) -> Sequence[Fault]:
    return (
        Fault("twice", 4, same_key=True),
        Fault("without a time", 2, {"created_at": None}),
        Fault("of tomorrow", 3, {"created_at": scale.until + timedelta(days=1)}),
        Fault("of an unknown type", 5, {"event_type": "share"}),
        Fault("without a session", 2, {"session_id": None}),
        Fault("without an article", 2, {"article_id": None}),
    )


def _reviews(_scale: Scale) -> Sequence[Fault]:
    return (
        Fault("twice", 1, same_key=True),
        Fault("no star", 1, {"rating": 0}),
        Fault("six stars", 1, {"rating": 6}),
        Fault("without a time", 1, {"created_at": None, "updated_at": None}),
    )


_FAULTS: Mapping[str, Callable[[Scale], Sequence[Fault]]] = {
    "articles": _articles,
    "customers": lambda _scale: (Fault("twice", 2, same_key=True),),
    "transactions": _transactions,
    "orders": _orders,
    "order_items": _items,
    "events": _events,
    "reviews": _reviews,
}


def faults(scale: Scale, name: str) -> Sequence[Fault]:
    """The faults of a table, in the order in which they are planted."""
    return _FAULTS[name](scale) if name in _FAULTS else ()


def planted(scale: Scale, name: str, rows: pa.Table) -> pa.Table:
    """The first batch of a table, with its faults behind it."""
    tables = [rows]
    taken = 0
    for fault in faults(scale, name):
        wrong = rows.take([number % len(rows) for number in range(taken, taken + fault.rows)]) if len(rows) else rows
        taken += fault.rows
        if not fault.same_key and pa.types.is_integer(rows.schema.field(0).type):
            wrong = wrong.set_column(0, rows.schema.field(0), pa.array(range(-taken, -taken + len(wrong)), pa.int64()))
        for column, value in fault.values.items():
            index = rows.schema.get_field_index(column)
            kind = rows.schema.field(index)
            wrong = wrong.set_column(index, kind, pa.array([value] * len(wrong), kind.type))
        tables.append(wrong)
    return pa.concat_tables(tables)
