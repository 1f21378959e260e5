"""Five-minute tumbling windows, half-open: an event on a boundary belongs to the window that starts there."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

MINUTES = 5


def windows(events: ir.Table, as_of: datetime) -> ir.Table:
    """A row per event_type, image_id and window with at least one of `events`, in the order of kind, window and image.

    Windows are aligned to the epoch, thereby to every full hour.
    """
    start = events.event_time.bucket(minutes=MINUTES)
    placed = events.select("event_type", "image_id", window_start=start)
    counted = placed.group_by("event_type", "image_id", "window_start").agg(event_count=placed.count())
    whole = counted.mutate(
        window_end=counted.window_start + ibis.interval(minutes=MINUTES),
        processed_at=ibis.literal(as_of, "timestamp('UTC', 6)"),
    )
    names = ("event_type", "image_id", "window_start", "window_end", "event_count", "processed_at")
    return whole.select(*names).order_by("event_type", "window_start", "image_id")
