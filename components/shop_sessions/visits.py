"""Events as sessions are cut from them: whose they are, of which kind, and when, in whole microseconds."""

from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.retail.behaviour import kind_of
from components.shop_sessions.settings import GAP, GIVEN, OTHER, Settings

APART = "\x1f"
SECOND = 1_000_000
"""Microseconds of a second."""
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
    """The events with `visitor`, `kind`, whether nobody knows their type, and what cuts them.

    That is `at`, which is `occurred_at` in microseconds, their `unit`, within which sessions are, and the longest
    `pause` in one. The visitor is the customer; else the device; else who has that session; else nobody but the event.
    """
    given = {name: events[name] if name in events.columns else ibis.null("string") for name in _WITHOUT}
    kind = kind_of(events.event_type, settings.event_types)
    table = events.select(
        **given,
        event_id=events.event_id,
        kind=kind.fill_null(OTHER),
        is_unknown=kind.isnull(),
        occurred_at=events.event_time,
        at=microseconds(events.event_time),
        late=_late(events),
    )
    table = table.mutate(
        visitor=ibis.coalesce(table.customer_id, table.anonymous_id, "s:" + table.session_id, "e:" + table.event_id)
    )
    return table.mutate(unit=_unit(table, settings), pause=_pause(table, settings))


def _late(events: ir.Table) -> ir.Value:
    """How many microseconds after it happened an event became known; null where nobody says."""
    if "known_at" not in events.columns:
        return ibis.null("int64")
    return microseconds(events.known_at) - microseconds(events.event_time)


def _unit(table: ir.Table, settings: Settings) -> ir.StringValue:
    if settings.session_mode == GAP:
        return table.visitor
    return table.visitor + APART + table.session_id.fill_null("")


def _pause(table: ir.Table, settings: Settings) -> ir.IntegerValue:
    gap = ibis.literal(whole(settings.gap), "int64")
    if settings.session_mode != GIVEN:
        return gap
    return table.session_id.notnull().ifelse(whole(settings.longest_pause), gap)
