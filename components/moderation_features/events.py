"""Comments, flags and views, timed from the upload of their image.

All tables here have the `number` of the image and, as whole microseconds after its upload, which are compared at a
fraction of the cost of instants: `event_time`; `usable_at`, from which on an event may be used; and `gone_at`, from
which on it may not be used any more, null for never.
"""

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.moderation_features.cut import POINTS, SETTLING, SETTLING_MINUTES, Cut
from components.moderation_features.repeats import once
from components.moderation_features.sources import typed
from components.shell.instants import EPOCH

LAST_POINT = max(POINTS)
_EVENT = ("number", "event_id")
_MINUTE = 60_000_000


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]  # Ibis ships no types
def epoch_us(instant: dt.Timestamp(timezone="UTC", scale=6)) -> dt.int64:  # type: ignore[valid-type]  # Ibis' own language
    """Microseconds since 1970, by the engine's own function of this name."""


def counted(instant: Any) -> ir.IntegerValue:
    """Microseconds from 1970 to the instant, not less than 0; null for `infinity`, which never comes.

    No event and no account counts before 1970, and what lies far before it, `-infinity` first of all, has no number.
    """
    epoch = ibis.literal(EPOCH)
    micros: ir.IntegerValue = epoch_us((instant < epoch).ifelse(epoch, instant))
    return micros


def after(minutes: int) -> ir.IntegerScalar:
    """So many minutes after the upload, as the tables here count time."""
    return ibis.literal(minutes * _MINUTE, "int64")


def relate(events: ir.Table, images: ir.Table, cut: Cut, minutes: int) -> ir.Table:
    """The events from the upload of their image to so many minutes after it, usable at as_of, with `uploaded`.

    Nothing before the upload ever counts. The plain bounds on event_time let the reader skip whole row groups. An
    image's id that cannot be of the events' kind becomes null, for no event can name it.
    """
    bounds = events.event_time.between(ibis.literal(cut.start), ibis.literal(cut.end + SETTLING))
    known = events.filter(bounds, events.usable_at <= ibis.literal(cut.as_of))
    ids = typed(images.image_id, events.image_id.type())
    uploads = images.select("number", image_id=ids, uploaded=epoch_us(images.uploaded_at))
    joined = known.inner_join(uploads, "image_id").drop("image_id")
    instants = [name for name, kind in joined.schema().items() if kind.is_timestamp()]
    timed = joined.mutate(**{name: counted(joined[name]) - joined.uploaded for name in instants})
    return timed.filter(timed.event_time >= after(0), timed.event_time <= after(minutes))


def usable_by_last_decision(related: ir.Table) -> ir.Table:
    """The events that any decision can see."""
    return related.filter(related.usable_at <= after(LAST_POINT))


def never_gone(events: ir.Table) -> ir.Table:
    """The events, none of which is ever taken back."""
    return events.mutate(gone_at=ibis.null("int64"))


def comments(comments: ir.Table, images: ir.Table, users: ir.Table, cut: Cut) -> ir.Table:
    """The comments that any decision can see, with `tester_at`, `deleted_at`, `gone_at` and `copies`.

    A deleted comment is gone from its deletion on and was there before. Repeated are rows of one id on one image.
    """
    seen = _with_author(usable_by_last_decision(relate(comments, images, cut, LAST_POINT)), users)
    single = once(seen, _EVENT, ("usable_at", "event_time", "tester_at", "deleted_at"))
    return single.mutate(gone_at=_earlier)


def flags(flags: ir.Table, images: ir.Table, users: ir.Table, cut: Cut) -> ir.Table:
    """The flags on images that a decision or the label can see, with `tester_at`, `gone_at` and `copies`.

    Flags on comments have no image_id and drop out here.
    """
    seen = _with_author(relate(flags, images, cut, SETTLING_MINUTES), users)
    single = once(seen, _EVENT, ("usable_at", "event_time", "tester_at"))
    return single.mutate(gone_at=single.tester_at)


def views(views: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """The views that any decision can see. A view has no id: two alike are two views."""
    return never_gone(usable_by_last_decision(relate(views, images, cut, LAST_POINT)))


def _with_author(events: ir.Table, users: ir.Table) -> ir.Table:
    """The events with `tester_at`: from when on their author was known to be a test account, null if it is none.

    What a test account does counts for nothing, once the account is known.
    """
    testers = users.filter(users.is_test_account)
    testers = testers.select(tester_id=typed(testers.user_id, events.user_id.type()), known=counted(testers.usable_at))
    joined = events.left_join(testers, events.user_id == testers.tester_id)
    return joined.mutate(tester_at=joined.known - joined.uploaded)


def _earlier(event: Any) -> ir.IntegerValue:
    tester_at, deleted_at = event.tester_at, event.deleted_at
    return ibis.least(tester_at.fill_null(deleted_at), deleted_at.fill_null(tester_at))
