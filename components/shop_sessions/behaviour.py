"""What each customer does, by an instant and in the days before it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from components.retail.behaviour import kind_of, rates
from components.retail.columns import INSTANT
from components.retail.kinds import COUNTS
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import SECOND

_SPANS: Mapping[str, timedelta | None] = {
    "": None, "_1d": timedelta(days=1), "_7d": timedelta(days=7), "_30d": timedelta(days=30)
}  # fmt: skip


def deeds(events: ir.Table, settings: Settings) -> ir.Table:
    """Of each event whose it is, if a customer's, of which kind, null if of none, and when."""
    kind = kind_of(events.event_type, settings.event_types)
    return events.select("customer_id", kind=kind, occurred_at=events.event_time)


def of_events(events: ir.Table, as_of: datetime) -> ir.Table:
    """Of each customer, and in one row without a customer of all guests, how many events there are of each kind.

    `events` are as `deeds` has them.
    """
    theirs = events.filter(events.occurred_at <= ibis.literal(as_of, INSTANT))
    counts: dict[str, ir.Value] = {"last_event_at": theirs.occurred_at.max()}
    for suffix, span in _SPANS.items():
        counts |= _counts(theirs, suffix, span, as_of)
    return theirs.group_by("customer_id").agg(**counts)


def of_sessions(sessions: ir.Table, as_of: datetime) -> ir.Table:
    """Of each customer how many sessions began when, and how long closed ones last."""
    theirs = sessions.filter(sessions.customer_id.notnull())
    counts = {
        f"total_sessions{suffix}": theirs.count(where=_within(theirs.started_at, span, as_of))
        for suffix, span in _SPANS.items()
    }
    # Whole microseconds: what a sum of fractions is, depends on their order.
    lasts = (theirs.length_seconds * SECOND).round().cast("int64").sum(where=theirs.is_closed).cast("int64")
    closed = theirs.count(where=theirs.is_closed).nullif(0)
    return theirs.group_by("customer_id").agg(avg_session_length_seconds=lasts / closed / SECOND, **counts)


def customer_behaviour(events: ir.Table, sessions: ir.Table, as_of: datetime) -> ir.Table:
    """A row per customer with any event: counts in all time and in (as_of - days, as_of], and what follows from them.

    `events` and `sessions` are what `of_events` and `of_sessions` counted. Events of guests belong to nobody.
    """
    customers = events.filter(events.customer_id.notnull())
    joined = customers.left_join(sessions, "customer_id")
    named = [f"total_sessions{suffix}" for suffix in _SPANS]
    counts = joined.select(
        *customers.columns, "avg_session_length_seconds", *(joined[name].fill_null(0).name(name) for name in named)
    )
    follows = {name: value for suffix in _SPANS for name, value in rates(counts, suffix).items()}
    cut = ibis.literal(as_of, INSTANT)
    # Whole microseconds, so that no engine rounds on the way.
    since = cut.delta(counts.last_event_at, unit="microsecond") / SECOND
    return counts.mutate(cut_at=cut, seconds_since_last_event=since, **follows)


def guests(events: ir.Table) -> ir.Table:
    """How many events belong to nobody, of what `of_events` counted."""
    return events.agg(rows=events.total_events.sum(where=events.customer_id.isnull()).fill_null(0))


def _counts(events: ir.Table, suffix: str, span: timedelta | None, as_of: datetime) -> dict[str, ir.Value]:
    within = _within(events.occurred_at, span, as_of)
    counts: dict[str, ir.Value] = {f"total_events{suffix}": events.count(where=within)}
    return counts | {
        f"{name}{suffix}": events.count(where=within & (events.kind == kind)) for kind, name in COUNTS.items()
    }


def _within(at: ir.Value, span: timedelta | None, as_of: datetime) -> ir.BooleanValue:
    until = at <= ibis.literal(as_of, INSTANT)
    return until if span is None else until & (at > ibis.literal(as_of - span, INSTANT))
