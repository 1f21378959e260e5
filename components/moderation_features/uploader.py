"""How many images an uploader had at each decision."""

import ibis
import ibis.expr.types as ir

from components.moderation_features import windows
from components.moderation_features.cut import POINTS
from components.shell.instants import EPOCH


def image_counts(known: ir.Table, images: ir.Table, users: ir.Table) -> ir.Table:
    """Per `number` of `images` the uploader's images at each decision point, the image itself included.

    `known` are all images known at as_of. Another image counts from the instant it is uploaded and known, and no longer
    from its deletion on; one without an upload time, or from before 1970, never counts. A running sum over steps of +1
    and -1 costs a sort, where comparing a user's images with each other would cost their square.
    """
    uploads = known.inner_join(users.select("user_id", "user_number"), "user_id")
    line = _steps(uploads).union(_questions(images))
    # Steps at the very instant of a decision count, so they come before its question.
    running = ibis.window(group_by="user_number", order_by=["at", line.number.notnull()], rows=(None, 0))
    summed = line.mutate(images=line.step.sum().over(running) + line.extra)
    asked = summed.filter(summed.number.notnull())
    counts = {windows.name("user_image_count", point): asked.images.sum(where=asked.point == point) for point in POINTS}
    return asked.group_by("number").agg(**counts)


def _steps(uploads: ir.Table) -> ir.Table:
    timed = uploads.filter(uploads.uploaded_at >= ibis.literal(EPOCH), uploads.image_id.notnull())
    deleted = timed.filter(timed.deleted_at.notnull())
    gone_at = (deleted.deleted_at > deleted.usable_at).ifelse(deleted.deleted_at, deleted.usable_at)
    nobody = {"number": ibis.null("int64"), "point": ibis.null("int64"), "extra": _whole(0)}
    come = timed.select("user_number", at=timed.usable_at, step=_whole(1), **nobody)
    return come.union(deleted.select("user_number", at=gone_at, step=_whole(-1), **nobody))


def _questions(images: ir.Table) -> ir.Table:
    return ibis.union(*(_question(images, point) for point in POINTS))


def _question(images: ir.Table, point: int) -> ir.Table:
    at = images.uploaded_at + ibis.interval(minutes=point)
    # The image itself is there even where its row became known only after the decision.
    extra = (images.usable_at > at).ifelse(_whole(1), _whole(0))
    asked = {"number": images.number, "point": _whole(point), "extra": extra}
    return images.select("user_number", at=at, step=_whole(0), **asked)


def _whole(value: int) -> ir.IntegerScalar:
    return ibis.literal(value, "int64")
