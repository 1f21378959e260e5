"""The columns of both tables: name and Ibis type, in their order; a `!` marks a column that is never null."""

import ibis

from components.retail.columns import INSTANT
from components.retail.lines import MONEY

_KEY = {"cut_at": f"!{INSTANT}", "customer_id": "!string"}
_PEOPLE = {
    "age": "int32",
    "signup_date": "date",
    "signup_age_days": "int32",
    "club_member_status": "string",
    "fashion_news_frequency": "string",
    "active": "boolean",
}
_BOUGHT = {
    "total_transactions": "!int64",
    "purchase_days": "!int64",
    "total_amount_spent": f"!{MONEY}",
    "avg_transaction_value": "float64",
    "first_purchase_date": "date",
    "last_purchase_date": "date",
    "recency_days": "int32",
    "frequency_6m": "!int64",
    "frequency_12m": "!int64",
    "monetary_6m": f"!{MONEY}",
    "monetary_12m": f"!{MONEY}",
    "avg_days_between": "float64",
    "most_used_sales_channel": "int32",
    "top_category": "string",
    "category_count": "int32",
    "repeat_frequency": "int64",
    "clv_recency": "int32",
    "clv_T": "int32",
    "clv_monetary": "float64",
}
_SCORES = {
    "R_score": "int32",
    "F_score": "int32",
    "M_score": "int32",
    "RFM_score": "int32",
    "rfm_cell": "string",
    "rfm_segment": "!string",
}
_ORDERED = {
    "total_orders": "int64",
    "total_items_bought": "int64",
    "avg_order_value": "float64",
    "avg_basket_size": "float64",
    "wishlist_size": "int64",
}
_EVENTS = ("session_events", "views", "clicks", "carts", "buys", "wishlist_events")
EVENTS = (*_EVENTS, *(f"{name}_30d" for name in _EVENTS))
"""Counts of events; null where the source has none at all."""
_RATES = {
    "cart_additions": "int64",
    "conversion_rate": "float64",
    "view_to_buy_rate": "float64",
    "click_through_rate": "float64",
    "add_to_cart_rate": "float64",
    "cart_abandon_rate": "float64",
    "dominant_event_type": "string",
}
COUNTED = tuple(name for name, kind in _BOUGHT.items() if kind.startswith("!"))
"""What is 0 of customers who have bought nothing."""
FEATURES = ibis.schema(_KEY | _PEOPLE | _BOUGHT | _SCORES | _ORDERED | dict.fromkeys(EVENTS, "int64") | _RATES)
CATEGORIES = ibis.schema(_KEY | {"category_id": "!string", "lines": "!int64", "share": "!float64"})
REJECTED = ibis.schema({"source_table": "!string", "id": "string", "reason": "!string", "row": "!string"})
