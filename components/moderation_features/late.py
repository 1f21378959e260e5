"""Images before the interval whose rows change with facts that became known since they were last looked at.

What a row says of its decision never changes. What is known later may change whether there are rows (the image, its
uploader and, where deletions count up to as_of, a deletion) and the label (flags, and that their author is a tester).
"""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.iceberg.lateness import Past
from components.moderation_features.cut import SETTLING_MINUTES, UP_TO_AS_OF, Cut
from components.moderation_features.engine import Backend
from components.moderation_features.sources import typed
from components.shell.instants import EPOCH

_TIME = pa.timestamp("us", tz="UTC")
_PARTS = {"first": _TIME, "last": _TIME, "since": _TIME, "reopened": pa.bool_()}
TOUCHED = ibis.schema({"image_id": "string", "uploaded_at": "!timestamp('UTC', 6)", "reopened": "!boolean"})


def touched(images: ir.Table, users: ir.Table, flags: ir.Table, cut: Cut, parts: ir.Table, since: datetime) -> ir.Table:  # noqa: PLR0917 - the result depends on each
    """The rows of TOUCHED, one per image: those with new facts, `reopened` where they get their rows anew.

    `images` and `users` are those known at as_of, each once; `since` is the earliest of the `parts`: what was known by
    then is new to none, and most of the tables is passed over.
    """
    old = images.filter(
        images.image_id.notnull(),
        images.uploaded_at >= ibis.literal(EPOCH),
        images.uploaded_at < ibis.literal(cut.start),
    )
    news = ibis.union(*(fact.filter(fact.at > ibis.literal(since)) for fact in _facts(old, users, flags, cut)))
    joined = _joined(news, parts)
    return joined.filter(joined.at > joined.since).select(*TOUCHED.names).distinct()


def nothing(images: ir.Table) -> ir.Table:
    """No rows of TOUCHED."""
    return images.filter(ibis.literal(False)).select("image_id", "uploaded_at", reopened=ibis.literal(False))


def within(images: ir.Table, parts: ir.Table) -> ir.Table:
    """The images uploaded in one of the `parts`, as rows of TOUCHED."""
    return _joined(images, parts).select(*TOUCHED.names)


def _joined(images: ir.Table, parts: ir.Table) -> ir.Table:
    return images.join(parts, [images.uploaded_at >= parts["first"], images.uploaded_at < parts["last"]])


def instants(images: ir.Table) -> ir.Table:
    """The instants of upload at which all images get their rows anew: `uploaded_at`, each once."""
    return images.filter(images.reopened).select("uploaded_at").distinct()


def parts(backend: Backend, past: Past) -> ir.Table:
    """The parts of the past: `first` and `last` upload (half-open), known `since`, and whether they are `reopened`."""
    rows = [{"first": one.start, "last": one.end, "since": one.since, "reopened": one.reopen} for one in past.parts]
    return backend.given("parts", pa.Table.from_pylist(rows, schema=pa.schema(list(_PARTS.items()))))


def _facts(images: ir.Table, users: ir.Table, flags: ir.Table, cut: Cut) -> list[ir.Table]:
    """What the rows of the images depend on, as image_id, uploaded_at and the instant `at` from which it is known."""
    known = [images.select("image_id", "uploaded_at", at=images.usable_at)]
    accounts = users.select("user_id", at=users.usable_at)
    known.append(images.inner_join(accounts, "user_id").select("image_id", "uploaded_at", "at"))
    if cut.deletions == UP_TO_AS_OF:
        known.append(images.select("image_id", "uploaded_at", at=images.deleted_at))
    return [*known, *_labels(images, users, flags, cut)]


def _labels(images: ir.Table, users: ir.Table, flags: ir.Table, cut: Cut) -> list[ir.Table]:
    """The flags that a label can see, and again those of testers, from when on they were known to be testers."""
    usable = flags.filter(flags.event_id.notnull(), flags.usable_at <= ibis.literal(cut.as_of))
    testers = users.filter(users.is_test_account)
    testers = testers.select(tester_id=typed(testers.user_id, flags.user_id.type()), at=testers.usable_at)
    by_testers = usable.inner_join(testers, usable.user_id == testers.tester_id)
    uploads = images.select("image_id", "uploaded_at", flagged=typed(images.image_id, flags.image_id.type()))
    return [_in_window(usable.mutate(at=usable.usable_at), uploads), _in_window(by_testers, uploads)]


def _in_window(flags: ir.Table, uploads: ir.Table) -> ir.Table:
    named = flags.select("image_id", "event_time", "at").rename(on="image_id")
    joined = named.inner_join(uploads, named.on == uploads.flagged)
    closes = joined.uploaded_at + ibis.interval(minutes=SETTLING_MINUTES)
    return joined.filter(joined.event_time >= joined.uploaded_at, joined.event_time <= closes).select(
        "image_id", "uploaded_at", "at"
    )
