"""The view counts per image, from whichever record of the views there is."""

from collections.abc import Callable

import ibis.expr.types as ir

from components.moderation_features import events, windows
from components.moderation_features.cut import Cut
from components.moderation_features.sources import normalise

Counter = Callable[[ir.Table, ir.Table, Cut], ir.Table]


def from_events(raw: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """Exact counts from single views: image_id, event_time, known_at."""
    seen = events.views(normalise("view events", raw), images, cut)
    return seen.group_by("number").agg(**windows.counts(seen, "views"))


def from_windows(raw: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """Approximate counts: the sum of event_count over windows that lie wholly within the feature's window.

    Views in a window that reaches over an edge are lost, so the counts are mostly too low. A window [start, end) that
    begins exactly where the feature's window does is taken whole, though an event at that very microsecond is outside.
    """
    whole = events.views(normalise("view windows", raw), images, cut)
    sums = {}
    for feature, point, minutes in windows.spans("views"):
        begins = whole.window_start >= events.after(max(0, point - minutes))
        counted = whole.event_count.sum(where=windows.known_at(whole, point) & begins)
        sums[windows.name(feature, point)] = counted.fill_null(0).cast("int64")
    return whole.group_by("number").agg(**sums)


def from_milestones(raw: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """Lower bounds from the instants at which an image's views reached 10, 100 and 1000.

    Milestone v at r says: up to r there were at least v views, before r fewer than v. If the window (a, t] holds known
    milestones, the highest of them v and the lowest u, then at least v views happened up to t and at most u - 1 up to
    a: at least v - u + 1 lie in the window. A window that begins with the upload holds all views up to t: at least v.
    Without a milestone in the window nothing is proven, and the bound is 0. Milestones reached after t are not used,
    though they would bound the views up to a more tightly.
    """
    table = normalise("image_milestones", raw)
    reached = table.filter(table.milestone_type == "views", table.value > 0)
    seen = events.views(reached, images, cut)
    bounds = {}
    for feature, point, minutes in windows.spans("views"):
        inside = windows.within(seen, point, minutes)
        highest = seen.value.max(where=inside)
        bound = highest if minutes > point else highest - seen.value.min(where=inside) + 1
        bounds[windows.name(feature, point)] = bound.fill_null(0)
    return seen.group_by("number").agg(**bounds)


COUNTERS: dict[str, Counter] = {"events": from_events, "windows": from_windows, "milestones": from_milestones}
