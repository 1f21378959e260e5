"""Counts per image in windows that end at the decision points.

A window of w minutes at decision t is (t - w, t]: an event exactly at t counts, one exactly at t - w does not. It never
reaches back before the upload; where it would, it is [upload, t], so that an event at the very instant of the upload
counts. At t only what happened and was known at t is used, and nothing that was gone at t.
"""

from collections.abc import Iterator, Mapping

import ibis.expr.types as ir

from components.moderation_features.cut import POINTS, WINDOWS
from components.moderation_features.events import after


def name(feature: str, point: int) -> str:
    """The column that holds `feature` at the decision `point` minutes after the upload."""
    return f"{feature}_at_{point}"


def spans(kind: str) -> Iterator[tuple[str, int, int]]:
    """Feature, decision point and window length (minutes) of all window features of `kind`, such as `views`."""
    for suffix, minutes in WINDOWS.items():
        for point in POINTS:
            yield f"{kind}_{suffix}", point, minutes


def known_at(events: ir.Table, point: int) -> ir.BooleanValue:
    """Whether an event had happened, was known and was not gone at the decision."""
    at = after(point)
    return (events.usable_at <= at) & (events.gone_at.isnull() | (events.gone_at > at))


def within(events: ir.Table, point: int, minutes: int) -> ir.BooleanValue:
    """Whether an event counts in the window of `minutes` that ends at the decision."""
    known = known_at(events, point)
    return known if minutes > point else known & (events.event_time > after(point - minutes))


def counts(events: ir.Table, kind: str) -> Mapping[str, ir.IntegerScalar]:
    """Aggregates that count events in each window at each decision point."""
    return {
        name(feature, point): events.count(where=within(events, point, minutes))
        for feature, point, minutes in spans(kind)
    }


def totals(events: ir.Table, feature: str) -> Mapping[str, ir.IntegerScalar]:
    """Aggregates that count all events up to each decision point."""
    return {name(feature, point): events.count(where=known_at(events, point)) for point in POINTS}
