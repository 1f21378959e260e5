"""Sessions and their events as rows."""

from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.retail.columns import INSTANT
from components.retail.kinds import BUY, CART, CLICK, VIEW, WISHLIST
from components.shop_sessions.cut import key_of
from components.shop_sessions.settings import OTHER, Settings
from components.shop_sessions.visits import APART, SECOND, microseconds

COUNTS = {VIEW: "views", CLICK: "clicks", WISHLIST: "wishlist", CART: "carts", BUY: "buys", OTHER: "others"}
"""Counts of events by kind; the stages of a session, but for others, from the first to the last."""
_STAGES = (BUY, CART, WISHLIST, CLICK, VIEW)
_NO_STAGE = "none"
_ENGAGED_SECONDS, _ENGAGED_VIEWS = 10, 2
# No hand is as fast as that for so long.
_BOT_EVENTS, _BOT_PAUSE = 50, 200_000
_KEY_LETTERS = 32


@ibis.udf.scalar.builtin(name="sha256", signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]  # Ibis ships no types
def _sha256(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The digest as letters."""


def summed(events: ir.Table, settings: Settings) -> ir.Table:
    """A row per session of the events that `cut` has placed, by the columns that identify it while it is computed."""
    bought = events.kind == BUY
    sessions = events.group_by(key_of(events)).agg(
        first_id=events.event_id.argmin(events.index),
        first_index=events.index.min(),
        # Whoever is known is the visitor, so there is one customer or none.
        is_customer=events.is_customer.any(),
        session_id=_first(events, "session_id"),
        **{name: events.count(where=events.kind == kind) for kind, name in COUNTS.items()},
        events=events.count(),
        articles=events.article_id.nunique(),
        first_event=events.occurred_at.min(),
        last_event=events.occurred_at.max(),
        first_buy_at=events.occurred_at.min(where=bought),
        entry_article_id=_first(events, "article_id"),
        exit_article_id=events.article_id.argmax(events.index, where=events.article_id.notnull()),
        campaign_id=_first(events, "campaign_id"),
    )
    return sessions.mutate(**_followed(sessions, settings))


def _followed(sessions: ir.Table, settings: Settings) -> dict[str, ir.Value]:
    """What follows from the sums."""
    begins = microseconds(sessions.first_event)
    lasts = microseconds(sessions.last_event) - begins
    return {
        "session_key": _sha256(sessions.visitor + APART + sessions.first_id)[:_KEY_LETTERS],
        "customer_id": sessions.is_customer.ifelse(sessions.visitor, ibis.null("string")),
        "customers": sessions.is_customer.cast("int32"),
        "length_seconds": lasts / SECOND,
        "time_to_convert": (microseconds(sessions.first_buy_at) - begins) / SECOND,
        "converted": sessions.buys > 0,
        "bought_unseen": (sessions.buys > 0).ifelse(sessions["views"] == 0, ibis.null("boolean")),
        "started_hour": sessions.first_event.hour().cast("int32"),
        "is_engaged": (lasts > _ENGAGED_SECONDS * SECOND) | (sessions.buys > 0) | (sessions["views"] >= _ENGAGED_VIEWS),
        "is_bot": (sessions.events > settings.max_session_events)
        | ((sessions.events >= _BOT_EVENTS) & (lasts < (sessions.events - 1) * _BOT_PAUSE)),
        "funnel_stage": ibis.cases(*((sessions[COUNTS[kind]] > 0, kind) for kind in _STAGES), else_=_NO_STAGE),
    }


def _first(events: ir.Table, name: str) -> ir.Value:
    """The first value of the session that is not null."""
    return events[name].argmin(events.index, where=events[name].notnull())


def closed(last_event: ir.Value, as_of: datetime, settings: Settings) -> ir.BooleanValue:
    """Whether nothing that comes in time can belong to the session any more."""
    return last_event < ibis.literal(quiet_since(as_of, settings), INSTANT)


def quiet_since(as_of: datetime, settings: Settings) -> datetime:
    """The last event of a session that is closed lies before that instant."""
    return as_of - settings.longest_pause - settings.lateness


def steps_of(events: ir.Table, sessions: ir.Table) -> ir.Table:
    """The events as rows of their `sessions`, which are those of `summed`."""
    key = key_of(events)
    joined = events.inner_join(
        sessions.select(*key, "session_key", "first_event", "first_index", events_in=sessions.events), key
    )
    position = joined.index - joined.first_index + 1
    at = microseconds(joined.occurred_at)
    return joined.select(
        "event_id",
        "session_key",
        "visitor",
        "article_id",
        "category_id",
        "kind",
        "campaign_id",
        "order_id",
        "occurred_at",
        customer_id=joined.is_customer.ifelse(joined.visitor, ibis.null("string")),
        session_started_at=joined.first_event,
        event_hour=joined.occurred_at.hour().cast("int32"),
        event_day=joined.occurred_at.day_of_week.index().cast("int32"),
        position=position.cast("int32"),
        time_since_session_start=(at - microseconds(joined.first_event)) / SECOND,
        seconds_to_next=(position < joined.events_in).ifelse((joined.next - at) / SECOND, ibis.null("float64")),
        is_conversion=joined.kind == BUY,
        seconds_late=joined.late / SECOND,
    )
