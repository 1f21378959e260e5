"""What each customer does, by an instant and in the days before it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from components.retail.behaviour import rates
from components.retail.kinds import COUNTS

_SPANS: Mapping[str, timedelta | None] = {
    "": None, "_1d": timedelta(days=1), "_7d": timedelta(days=7), "_30d": timedelta(days=30)
}  # fmt: skip
AT = "timestamp('UTC', 6)"


def customer_behaviour(visits: ir.Table, sessions: ir.Table, as_of: datetime) -> ir.Table:
    """A row per customer with any event: counts in all time and in (as_of - days, as_of], and what follows from them.

    Events of guests belong to nobody. The length of sessions is that of closed ones.
    """
    cut = ibis.literal(as_of, AT)
    theirs = visits.filter(visits.customer_id.notnull() & (visits.occurred_at <= cut))
    counts: dict[str, ir.Value] = {"last_event_at": theirs.occurred_at.max()}
    for suffix, span in _SPANS.items():
        counts |= _counts(theirs, suffix, span, as_of)
    found = theirs.group_by("customer_id").agg(**counts)
    joined = found.left_join(_sessions(sessions, as_of), "customer_id")
    named = [name for suffix in _SPANS for name in (f"total_sessions{suffix}",)]
    told = joined.select(
        *found.columns, "avg_session_length_seconds", *(joined[name].fill_null(0).name(name) for name in named)
    )
    follows = {name: value for suffix in _SPANS for name, value in rates(told, suffix).items()}
    # Whole microseconds, so that no engine rounds on the way.
    since = cut.delta(told.last_event_at, unit="microsecond") / 1_000_000
    return told.mutate(cut_at=cut, seconds_since_last_event=since, **follows)


def guests(visits: ir.Table) -> ir.Table:
    """How many events belong to nobody."""
    return visits.agg(rows=visits.count(where=visits.customer_id.isnull()))


def _counts(events: ir.Table, suffix: str, span: timedelta | None, as_of: datetime) -> dict[str, ir.Value]:
    within = _within(events.occurred_at, span, as_of)
    counts: dict[str, ir.Value] = {f"total_events{suffix}": events.count(where=within)}
    return counts | {
        f"{name}{suffix}": events.count(where=within & (events.kind == kind)) for kind, name in COUNTS.items()
    }


def _sessions(sessions: ir.Table, as_of: datetime) -> ir.Table:
    """Of each customer how many sessions began when, and how long closed ones last."""
    theirs = sessions.filter(sessions.customer_id.notnull())
    counts = {
        f"total_sessions{suffix}": theirs.count(where=_within(theirs.started_at, span, as_of))
        for suffix, span in _SPANS.items()
    }
    return theirs.group_by("customer_id").agg(
        avg_session_length_seconds=theirs.length_seconds.mean(where=theirs.is_closed), **counts
    )


def _within(at: ir.Value, span: timedelta | None, as_of: datetime) -> ir.BooleanValue:
    until = at <= ibis.literal(as_of, AT)
    return until if span is None else until & (at > ibis.literal(as_of - span, AT))
