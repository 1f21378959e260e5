"""Which images get training rows, and why the others get none."""

import ibis
import ibis.expr.types as ir

from components.moderation_features.cut import SETTLING, SETTLING_MINUTES, UP_TO_AS_OF, Cut
from components.moderation_features.events import after, counted
from components.moderation_features.repeats import once
from components.shell.instants import EPOCH

ADULT = 18
_IMAGE_ORDER = ("usable_at", "uploaded_at", "user_id", "caption_length", "category", "deleted_at")


def known_users(users: ir.Table, cut: Cut) -> ir.Table:
    """The accounts known at as_of, each once: user_id, created_at, usable_at, is_test_account, year_of_birth.

    With a `user_number`, for the same reason as images have a number.
    """
    known = users.filter(users.usable_at <= ibis.literal(cut.as_of))
    single = once(known, ["user_id"], ("usable_at", "event_time", "is_test_account", "year_of_birth"))
    return single.rename(created_at="event_time").drop("copies").mutate(user_number=ibis.row_number())


def known_images(images: ir.Table, cut: Cut) -> ir.Table:
    """The images known at as_of, each once, with `copies`; those without an id are kept one by one.

    An upload without a time is kept too: nobody can say that it lies in the future. A deletion after as_of is not
    known yet.
    """
    known = images.filter((images.usable_at <= ibis.literal(cut.as_of)) | images.uploaded_at.isnull())
    known = known.mutate(deleted_at=(known.deleted_at <= ibis.literal(cut.as_of)).ifelse(known.deleted_at, ibis.null()))
    nameless = known.filter(known.image_id.isnull()).mutate(copies=ibis.literal(1, "int64"))
    single = once(known, ["image_id"], _IMAGE_ORDER)
    return single.union(nameless.select(*single.columns))


def classified(images: ir.Table, users: ir.Table, cut: Cut, reopened: ir.Table | None = None) -> ir.Table:
    """The images of the interval, and named ones uploaded at the instants `reopened` before it, each classified.

    With `reason`, `rule`, `account_age` at the upload in microseconds, and a `number`.

    `reason` says why an image is rejected as an error of the data, `rule` which exclusion removes it; an image with
    neither gets training rows. Images whose upload time cannot be placed in any interval are classified in every one.

    Events are counted by `number`, for whole numbers are compared and kept at a fraction of the cost of ids. Which
    image gets which is up to the engine: the numbers are good for as long as it keeps this table.

    The image's own row and its uploader's row are what a decision is about: they need to be known at as_of only.
    """
    placed = (images.uploaded_at >= ibis.literal(cut.start)) & (images.uploaded_at < ibis.literal(cut.end))
    candidates = images.filter(placed | images.uploaded_at.isnull() | (images.uploaded_at < ibis.literal(EPOCH)))
    if reopened is not None:
        named = images.filter(images.image_id.notnull())
        candidates = candidates.union(named.semi_join(reopened, "uploaded_at").select(*candidates.columns))
    accounts = users.select("user_id", "user_number", "created_at", "is_test_account", "year_of_birth")
    joined = candidates.left_join(accounts, "user_id", rname="account_{name}")
    age = counted(joined.uploaded_at) - counted(joined.created_at)
    joined = joined.mutate(reason=_reason(joined), account_age=age)
    rule = joined.reason.isnull().ifelse(_rule(joined, cut), ibis.null())
    return joined.mutate(rule=rule, number=ibis.row_number())


def _reason(image: ir.Table) -> ir.StringValue:
    return ibis.cases(
        (image.image_id.isnull(), "image id is null"),
        (image.uploaded_at.isnull(), "upload time is null"),
        (image.uploaded_at < ibis.literal(EPOCH), "uploaded before 1970"),
        (image.account_user_id.isnull(), "uploader is unknown"),
        (image.created_at < ibis.literal(EPOCH), "account was created before 1970"),
        (image.created_at > image.uploaded_at, "account was created after the upload"),
    )


def _rule(image: ir.Table, cut: Cut) -> ir.StringValue:
    # Born 18 calendar years before the upload may be 17 still or 18 already: only the certain minors are removed.
    minor = image.uploaded_at.year() - image.year_of_birth < ADULT
    # Seen from the label's end it is the same whenever the run happens; known_images knows no deletion after as_of.
    closes = counted(image.uploaded_at) + after(SETTLING_MINUTES)
    deleted = image.deleted_at.notnull() if cut.deletions == UP_TO_AS_OF else counted(image.deleted_at) <= closes
    return ibis.cases(
        (image.is_test_account, "test_account_images"),
        (minor, "minor_images"),
        (deleted, "deleted_images"),
    )


def accepted(images: ir.Table) -> ir.Table:
    """The classified images that get training rows."""
    return images.filter(images.reason.isnull(), images.rule.isnull())


def left_out(images: ir.Table) -> ir.Table:
    """The classified images that get none, each with an id and a time of its own."""
    named = images.filter(images.image_id.notnull(), images.uploaded_at.notnull())
    return named.filter(named.reason.notnull() | named.rule.notnull())


def census(images: ir.Table, cut: Cut) -> ir.Table:
    """One row over all images: timed, known, not_yet_known, not_settled, and first.

    `first` is the instant from which the first of them was usable, in microseconds since 1970.
    """
    as_of = ibis.literal(cut.as_of)
    placed = images.usable_at.notnull()
    known = images.usable_at <= as_of
    young = known & (images.uploaded_at > as_of - ibis.interval(seconds=int(SETTLING.total_seconds())))
    return images.agg(
        timed=images.count(where=placed),
        known=images.count(where=known),
        first=images.usable_at.min().delta(ibis.literal(EPOCH), unit="microsecond"),
        not_yet_known=images.count(where=placed & ~known),
        not_settled=images.count(where=young),
    )
