"""What customers have looked at, put into carts and wished for by a cut."""

from collections.abc import Mapping
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from components.customer_features.settings import BUY, CART, CLICK, KINDS, VIEW, WISHLIST
from components.retail.moment import Moment

COUNTS = {VIEW: "views", CLICK: "clicks", CART: "carts", BUY: "buys", WISHLIST: "wishlist_events"}
_ALL = "session_events"
_LATELY = timedelta(days=30)


def counted(events: ir.Table, moment: Moment, event_types: Mapping[str, str]) -> ir.Table:
    """Of each customer how many events there are of each kind, by the cut and in the 30 days before it."""
    told = events.mutate(kind=_kind(events.event_type, event_types))
    lately = told.created_at > ibis.literal(moment.cut - _LATELY)
    counts = {_ALL: told.count(), f"{_ALL}_30d": told.count(where=lately)}
    for kind, name in COUNTS.items():
        counts |= {
            name: told.count(where=told.kind == kind),
            f"{name}_30d": told.count(where=(told.kind == kind) & lately),
        }
    return told.group_by("customer").agg(**counts)


def _kind(types: ir.StringValue, event_types: Mapping[str, str]) -> ir.StringValue:
    if not event_types:
        return ibis.null("string")
    return types.cases(*event_types.items(), else_=ibis.null("string"))


def rates(found: ir.Table) -> dict[str, ir.Value]:
    """The features that follow from the counts, all null where they would be divided by 0."""
    bought = _ratio(found.buys, found.views)
    return {
        "cart_additions": found.carts,
        "conversion_rate": bought,
        "view_to_buy_rate": bought,
        "click_through_rate": _ratio(found.clicks, found.views),
        "add_to_cart_rate": _ratio(found.carts, found.clicks),
        # Who buys without a cart, or out of one of before, has abandoned none.
        "cart_abandon_rate": _not_below_zero(1 - _ratio(found.buys, found.carts)),
        "dominant_event_type": _dominant(found),
    }


def _ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.Value:
    return part.cast("float64") / whole.nullif(0).cast("float64")


def _not_below_zero(value: ir.NumericValue) -> ir.Value:
    return (value < 0).ifelse(0.0, value)


def _dominant(found: ir.Table) -> ir.Value:
    counts = [found[COUNTS[kind]] for kind in KINDS]
    most = ibis.greatest(*counts)
    return ibis.cases(
        *(((count == most) & (most > 0), kind) for kind, count in zip(KINDS, counts, strict=True)),
        else_=ibis.null("string"),
    )
