"""What customers did with articles before a cut beside buying them: views, carts and wishes, out of events."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from components.retail.columns import column, instant, key
from components.user_item_interactions.moment import Moment
from components.user_item_interactions.settings import Settings

COLUMNS = {"view": "views", "cart": "carts", "wishlist": "wishlists"}


def signals(events: ir.Table, moment: Moment, settings: Settings) -> ir.Table:
    """Of each customer and article how many events there are of each signal, before the cut and known by `as_of`.

    An event at the cut itself belongs to the day that the targets begin with. Guests' events belong to no customer. Of
    an event_id that comes twice the copy usable first counts, then the least.
    """
    table = events.select(
        event_id=column(events, "event_id", "string"),
        customer_id=key(events, "customer_id"),
        article_id=key(events, "article_id"),
        signal=_signal(events.event_type, settings.event_types),
        created_at=instant(events, "created_at", moment.timezone),
        known_at=instant(events, "known_at", moment.timezone),
    )
    known = table.filter(table.event_id.notnull() & table.created_at.notnull())
    known = known.filter(
        (known.created_at <= moment.as_of) & (known.known_at.isnull() | (known.known_at <= moment.as_of))
    )
    known = _once(known)
    counted = known.filter(
        (known.created_at < moment.cut)
        & known.customer_id.notnull()
        & known.article_id.notnull()
        & known.signal.notnull()
    )
    return counted.group_by("customer_id", "article_id").agg(
        **{name: counted.count(where=counted.signal == signal) for signal, name in COLUMNS.items()}
    )


def _signal(types: ir.StringValue, event_types: Mapping[str, str]) -> ir.StringValue:
    if not event_types:
        return ibis.null("string")
    return types.cases(*event_types.items(), else_=ibis.null("string"))


def _once(events: ir.Table) -> ir.Table:
    usable_at = ibis.greatest(events.created_at, events.known_at)
    values = ("created_at", "customer_id", "article_id", "signal")
    order = [usable_at, *(events[name].asc(nulls_first=False) for name in values)]
    ranked = events.mutate(place=ibis.row_number().over(group_by=events.event_id, order_by=order))
    return ranked.filter(ranked.place == 0).drop("place")
