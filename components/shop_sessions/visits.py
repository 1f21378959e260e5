"""Events as sessions are cut from them: whose they are, of which kind, and when, in whole microseconds."""

from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.retail.behaviour import kind_of
from components.shop_sessions.settings import OTHER, Settings

APART = "\x1f"
SECOND = 1_000_000
"""Microseconds of a second."""
PLACED = (
    "event_id", "visitor", "is_customer", "session_id", "article_id", "category_id", "campaign_id", "order_id", "kind",
    "occurred_at", "late",
)  # fmt: skip
"""What sessions and their events are made of, of the columns of `visits`; all others follow."""
_WITHOUT = ("session_id", "customer_id", "anonymous_id", "article_id", "category_id", "campaign_id", "order_id")


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]  # Ibis ships no types
    name="epoch_us", signature=((dt.Timestamp("UTC", 6),), dt.int64)
)
def microseconds(at: dt.timestamp) -> int:  # type: ignore[empty-body]  # DuckDB has the body
    """The microseconds since 1970."""


def whole(span: timedelta) -> int:
    """The microseconds of the time."""
    return span // timedelta(microseconds=1)


def visits(events: ir.Table, settings: Settings) -> ir.Table:
    """The events with `visitor`, whether that is the customer, `kind`, and whether nobody knows their type.

    `at` is `occurred_at` in microseconds. The visitor is the customer; else the device; else who has that session; else
    nobody but the event.
    """
    optional = {name: events[name] if name in events.columns else ibis.null("string") for name in _WITHOUT}
    kind = kind_of(events.event_type, settings.event_types)
    table = events.select(
        **optional,
        event_id=events.event_id,
        kind=kind.fill_null(OTHER),
        is_unknown=kind.isnull(),
        occurred_at=events.event_time,
        at=microseconds(events.event_time),
        late=_late(events),
    )
    whose = ibis.coalesce(table.customer_id, table.anonymous_id, "s:" + table.session_id, "e:" + table.event_id)
    return table.mutate(visitor=whose, is_customer=table.customer_id.notnull())


def _late(events: ir.Table) -> ir.Value:
    """How many microseconds after it happened an event became known; null where nobody says."""
    if "known_at" not in events.columns:
        return ibis.null("int64")
    return microseconds(events.known_at) - microseconds(events.event_time)
