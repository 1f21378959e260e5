"""Which reviews count, and why the others do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.retail.columns import INSTANT, column, instant, key, require
from components.retail.lines import NOT_YET_KNOWN, REMOVED
from components.retail.once import Hold, once
from components.retail.validated import Validated
from components.reviews_nlp.texts import joined
from components.shell.as_json import as_json

MOST_CHARACTERS = 20_000
"""A review that is longer is none: what it takes to score a text grows faster than the text."""
DELETED, CUSTOMER_GONE, TOO_LONG = "deleted", "customer_gone", "text_too_long"
FORGOTTEN = (DELETED, CUSTOMER_GONE)
"""The reasons for which nothing of a review may stay, not even what the table has of it."""
GONE = (*REMOVED, *FORGOTTEN)
"""The reasons that are no fault of a row: they are counted as removed, not as rejected."""
_STARS = (1, 2, 3, 4, 5)
_VALUES = ("review_id", "customer_id", "article_id", "rating", "created_at", "known_at", "raw_text", "given_language")
_TEXTS = ("review_text", "title")


@dataclass(frozen=True)
class Interval:
    """The interval of known-at that a run fills, the run's instant, the shop's zone, and when the source was read.

    The last is None where it is not known.
    """

    start: datetime
    end: datetime
    as_of: datetime
    timezone: str
    taken_at: datetime | None = None


def usable_reviews(
    raw: ir.Table, customers: ir.Table | None, interval: Interval, hold: Hold, *, mask_pii: bool
) -> Validated:
    """What the source says of reviews that was known before the end of the interval, each version once.

    `customers` are all that it has, by `customer_id`; None where it does not say.

    Raises:
        ConfigurationError: a column that has to be there is missing, or ids of customers or articles are numbers.
    """
    require(raw, "review_id", "rating", "created_at")
    table = hold("judged", _with_reasons(raw, customers, interval, mask_pii=mask_pii))
    whole = table.filter(table.reason.isnull())
    firsts, repeats = once(whole, "key", None, _VALUES, hold)
    others = table.filter(table.reason.notnull()).select(repeats.columns).union(repeats)
    return Validated(
        firsts.select(*_VALUES, "review_text"), others.select("reason", id=others.review_id, row=others.row)
    )


def _with_reasons(raw: ir.Table, customers: ir.Table | None, interval: Interval, *, mask_pii: bool) -> ir.Table:
    typed = raw.select(**_typed(raw, interval.timezone), row=_row(raw, mask_pii=mask_pii))
    known = _sought(typed, customers).mutate(
        known_at=ibis.greatest(typed.updated_at, typed.created_at, typed.stated_at)
    )
    rows = known.mutate(
        reason=_reason(known, interval),
        key=known.review_id + " " + known.known_at.cast("string"),
    )
    return rows.drop("updated_at", "stated_at", "deleted_at", "is_too_long", "is_left")


def _sought(typed: ir.Table, customers: ir.Table | None) -> ir.Table:
    """The reviews, with `is_left` where they are of somebody whom the source no longer has."""
    if customers is None:
        return typed.mutate(is_left=ibis.literal(False))
    there = customers.select(known_id="customer_id").distinct()
    joined = typed.left_join(there, typed.customer_id == there.known_id)
    return joined.mutate(is_left=joined.customer_id.notnull() & joined.known_id.isnull()).drop("known_id")


def _typed(raw: ir.Table, timezone: str) -> Mapping[str, ir.Value]:
    text = column(raw, "review_text", "string")
    title = column(raw, "title", "string")
    stars = raw.rating.try_cast("float64") if raw.rating.type().is_string() else raw.rating.cast("float64")
    too_long = (text.length().fill_null(0) + title.length().fill_null(0)) > MOST_CHARACTERS
    return {
        "review_id": raw.review_id.cast("string"),
        "customer_id": key(raw, "customer_id"),
        "article_id": key(raw, "article_id"),
        # What is no number at all, such as NaN, does not become one.
        "rating": stars.isin(_STARS).ifelse(stars, ibis.null("float64")).cast("int32"),
        "is_too_long": too_long,
        "review_text": too_long.ifelse(ibis.null("string"), text),
        "raw_text": too_long.ifelse("", joined(title, text)),
        "given_language": column(raw, "language", "string").lower().split("-")[0].split("_")[0].strip().nullif(""),
        "created_at": instant(raw, "created_at", timezone),
        "updated_at": instant(raw, "updated_at", timezone),
        "deleted_at": instant(raw, "deleted_at", timezone),
        "stated_at": instant(raw, "known_at", timezone),
    }


def _row(raw: ir.Table, *, mask_pii: bool) -> ir.StringValue:
    """The row as it came, for people to see what is wrong with it; without what may name somebody."""
    # A text that is too long would make the row so.
    values = {name: raw[name] for name in raw.columns if name not in _TEXTS}
    if not mask_pii:
        values |= {name: raw[name].cast("string").substr(0, 1_000) for name in _TEXTS if name in raw.columns}
    return as_json(ibis.struct(values))


def _reason(table: ir.Table, interval: Interval) -> ir.Value:
    end = ibis.literal(interval.end, INSTANT)
    return ibis.cases(
        # Deletions come before what was known then: a backfill of days before a deletion must not undo it.
        (_is_deleted(table, interval), DELETED),
        (table.is_left, CUSTOMER_GONE),
        ((table.known_at >= end) | (table.stated_at > interval.as_of), NOT_YET_KNOWN),
        (table.review_id.isnull(), "review_null"),
        (table.customer_id.isnull(), "customer_null"),
        (table.article_id.isnull(), "article_null"),
        (table.created_at.isnull(), "created_null"),
        (table.rating.isnull(), "rating"),
        (table.is_too_long, TOO_LONG),
        else_=ibis.null("string"),
    )


def _is_deleted(table: ir.Table, interval: Interval) -> ir.BooleanValue:
    """Whether the deletion had come when the source was read, or comes in the interval."""
    if interval.taken_at is None:
        return table.deleted_at.notnull()
    by_then: ir.BooleanValue = (table.deleted_at <= ibis.literal(interval.taken_at, INSTANT)) | (
        table.deleted_at < ibis.literal(interval.end, INSTANT)
    )
    return by_then
