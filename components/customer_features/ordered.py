"""What customers have ordered and paid by a cut."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

STATUS = "payment_status"
"""The column of orders that says whether they are paid, which the source overwrites."""


def paid(orders: ir.Table, statuses: Sequence[str]) -> ir.Table:
    """The orders with one of these statuses; all where none is named."""
    return orders.filter(orders.payment_status.isin(list(statuses))) if statuses else orders


def orders_of(orders: ir.Table, items: ir.Table | None) -> ir.Table:
    """Of each customer the orders, and the pieces in them: summed by order first, so that no order counts twice.

    Without items nothing is known of the pieces.
    """
    each = orders if items is None else orders.left_join(_pieces(items), "order_id").select(*orders.columns, "pieces")
    pieces = ibis.null("int64") if items is None else each.pieces.sum().fill_null(0)
    return each.group_by("customer").agg(
        total_orders=each.count(),
        total_items_bought=pieces,
        amount=each.total_amount.sum(),
        with_amount=each.total_amount.count(),
    )


def _pieces(items: ir.Table) -> ir.Table:
    return items.group_by("order_id").agg(pieces=items.quantity.sum())


def as_orders(baskets: ir.Table, bought: ir.Table) -> ir.Table:
    """Of each customer the baskets as if they were orders, all of them paid."""
    joined = baskets.inner_join(bought, "customer")
    return joined.select(
        "customer",
        "total_orders",
        total_items_bought=joined.pieces,
        amount=joined.total_amount_spent,
        with_amount=joined.total_orders,
    )


def features(orders: ir.Table) -> ir.Table:
    """The features of customers' orders, or of their baskets."""
    total = orders.amount.cast("float64")
    return orders.select(
        "customer",
        "total_orders",
        "total_items_bought",
        avg_order_value=total / orders.with_amount.nullif(0).cast("float64"),
        avg_basket_size=orders.total_items_bought.cast("float64") / orders.total_orders.cast("float64"),
    )
