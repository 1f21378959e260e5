"""Comments, flags and views beside the instants of their image that matter.

All tables here have the `number` of the image; for each offset m of `OFFSETS`, the instant m minutes after its upload
(`plus_m`); `usable_at`, from which on an event may be used; and `gone_at`, from which on it may not be used any more,
null for never.
"""

from typing import Any

import ibis
import ibis.expr.types as ir

from components.moderation_features.cut import OFFSETS, POINTS, SETTLING, SETTLING_MINUTES, Cut
from components.moderation_features.repeats import once

INSTANT = "timestamp('UTC', 6)"
LAST_POINT = max(POINTS)
_EVENT = ("number", "event_id")
_INSTANTS = [f"plus_{minutes}" for minutes in OFFSETS]


def plus(table: ir.Table, minutes: int) -> ir.TimestampValue:
    """The instant so many minutes after the upload."""
    return table[f"plus_{minutes}"]


def timeline(images: ir.Table, kind: Any) -> ir.Table:
    """The images' ids as `kind`, numbers and instants: to compare instants is cheap per event, to subtract them is not.

    An id that cannot be of that kind becomes null, for no event can name it.
    """
    instants = {f"plus_{minutes}": images.uploaded_at + ibis.interval(minutes=minutes) for minutes in OFFSETS}
    return images.select("number", image_id=images.image_id.try_cast(kind), **instants)


def relate(events: ir.Table, images: ir.Table, cut: Cut, minutes: int) -> ir.Table:
    """The events from the upload of their image to so many minutes after it, usable at as_of.

    Nothing before the upload ever counts. The plain bounds on event_time let the reader skip whole row groups.
    """
    bounds = events.event_time.between(ibis.literal(cut.start), ibis.literal(cut.end + SETTLING))
    known = events.filter(bounds, events.usable_at <= ibis.literal(cut.as_of))
    joined = known.inner_join(timeline(images, events.image_id.type()), "image_id").drop("image_id")
    return joined.filter(joined.event_time >= plus(joined, 0), joined.event_time <= plus(joined, minutes))


def usable_by_last_decision(related: ir.Table) -> ir.Table:
    """The events that any decision can see."""
    return related.filter(related.usable_at <= plus(related, LAST_POINT))


def never_gone(events: ir.Table) -> ir.Table:
    """The events, none of which is ever taken back."""
    return events.mutate(gone_at=ibis.null(INSTANT))


def comments(comments: ir.Table, images: ir.Table, users: ir.Table, cut: Cut) -> ir.Table:
    """The comments that any decision can see, with `tester_at`, `deleted_at`, `gone_at` and `copies`.

    A deleted comment is gone from its deletion on and was there before. Repeated are rows of one id on one image.
    """
    seen = _with_author(usable_by_last_decision(relate(comments, images, cut, LAST_POINT)), users)
    single = once(seen, _EVENT, ("usable_at", "event_time", "tester_at", "deleted_at"), _INSTANTS)
    return single.mutate(gone_at=_earlier)


def flags(flags: ir.Table, images: ir.Table, users: ir.Table, cut: Cut) -> ir.Table:
    """The flags on images that a decision or the label can see, with `tester_at`, `gone_at` and `copies`.

    Flags on comments have no image_id and drop out here.
    """
    seen = _with_author(relate(flags, images, cut, SETTLING_MINUTES), users)
    single = once(seen, _EVENT, ("usable_at", "event_time", "tester_at"), _INSTANTS)
    return single.mutate(gone_at=single.tester_at)


def views(views: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """The views that any decision can see. A view has no id: two alike are two views."""
    return never_gone(usable_by_last_decision(relate(views, images, cut, LAST_POINT)))


def _with_author(events: ir.Table, users: ir.Table) -> ir.Table:
    """The events with `tester_at`: from when on their author was known to be a test account, null if it is none.

    What a test account does counts for nothing, once the account is known.
    """
    testers = users.filter(users.is_test_account)
    testers = testers.select(tester_id=testers.user_id.try_cast(events.user_id.type()), tester_at=testers.usable_at)
    return events.left_join(testers, events.user_id == testers.tester_id)


def _earlier(event: Any) -> ir.TimestampValue:
    tester_at, deleted_at = event.tester_at, event.deleted_at
    return ibis.least(tester_at.fill_null(deleted_at), deleted_at.fill_null(tester_at))
