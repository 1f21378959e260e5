"""Which rows of the tables beside the transactions count at a cut, and why the others do not."""

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir

from components.retail.columns import column, instant, key, require
from components.retail.lines import MONEY
from components.retail.moment import Moment
from components.retail.once import Hold, as_it_is
from components.retail.validated import Rules, Validated, validated

_RULES: Mapping[str, Rules] = {
    "customers": Rules("customer_id", "signup_date", ("customer_id",)),
    "orders": Rules("order_id", "order_date", ("order_id", "customer_id", "order_date"), ("total_amount",)),
    "order_items": Rules("order_item_id", "", ("order_id",), (), ("quantity",)),
    "events": Rules("event_id", "created_at", ("event_id", "created_at")),
    "wishlist": Rules("wishlist_id", "added_at", ("wishlist_id", "customer_id", "added_at")),
}
_ALSO: Mapping[str, Sequence[str]] = {"events": ("event_type",)}
"""What the table must have, though rows may be null in it."""
_FURTHER: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "age": "int32",
        "active": "boolean",
        "club_member_status": "string",
        "fashion_news_frequency": "string",
    },
    "orders": {"total_amount": MONEY, "payment_status": "string"},
    "events": {"event_type": "string"},
    "wishlist": {},
}


def usable(name: str, raw: ir.Table, moment: Moment, hold: Hold = as_it_is) -> Validated:
    """The rows of the table of this name that are known at the cut and make sense, each key once.

    Raises:
        ConfigurationError: a column that must not be null is missing, or ids of customers are numbers.
    """
    require(raw, *_RULES[name].needed, *_ALSO.get(name, ()))
    return validated(raw, _typed(name, raw, moment.timezone), _RULES[name], moment, hold)


def _typed(name: str, raw: ir.Table, timezone: str) -> dict[str, ir.Value]:
    """The columns that are read of the table, with their types."""
    if name == "order_items":
        return {
            "order_item_id": column(raw, "order_item_id", "string"),
            "order_id": raw.order_id,
            "quantity": column(raw, "quantity", "int64").fill_null(1),
        }
    rules = _RULES[name]
    happened = {rules.happened: instant(raw, rules.happened, timezone)}
    own = {rules.key: raw[rules.key]} | {"customer_id": key(raw, "customer_id")}
    return own | happened | {each: column(raw, each, kind) for each, kind in _FURTHER[name].items()}
