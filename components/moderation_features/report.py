"""What the summary says of the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from components.moderation_features.coverage import Coverage
from components.moderation_features.cut import SETTLING, Cut
from components.moderation_features.events import LAST_POINT, after
from components.moderation_features.features import CATEGORIES
from components.shell.extracts import FRESH
from components.shell.instants import format_instant
from components.shell.summary import Summary

_IMAGE_RULES = ("test_account_images", "minor_images", "deleted_images")
_WITHOUT_HISTORY = ("caption", "category", "is_test_account", "year_of_birth")
_UNKNOWN = "unknown"
_EVENT_RULES = (
    "test_account_comments",
    "deleted_comments",
    "duplicate_comments",
    "test_account_flags",
    "duplicate_flags",
)


@dataclass(frozen=True)
class Counters:
    """The rows that the counters below gave."""

    classifications: Sequence[Mapping[str, Any]]
    counted: Mapping[str, int]
    strays: Mapping[str, int]
    census: Mapping[str, Any]
    late: Mapping[str, int]


@dataclass(frozen=True)
class Views:
    """How views were counted: of the interval, and of images before it that late facts reopened."""

    due: Mapping[str, str]
    late: Mapping[str, str] = field(default_factory=dict)


def comment_counters(comments: ir.Table) -> Mapping[str, ir.IntegerScalar]:
    """Aggregates that count the comments which each rule removed from at least one decision."""
    last = after(LAST_POINT)
    by_tester = (comments.tester_at <= last).fill_null(ibis.literal(False))
    return {
        "test_account_comments": comments.count(where=by_tester),
        "deleted_comments": comments.count(where=(comments.deleted_at <= last) & ~by_tester),
        "duplicate_comments": (comments.copies - 1).sum(),
    }


def flag_counters(flags: ir.Table) -> Mapping[str, ir.IntegerScalar]:
    """Aggregates that count the flags which each rule removed from a decision or the label."""
    return {
        "test_account_flags": flags.count(where=flags.tester_at.notnull()),
        "duplicate_flags": (flags.copies - 1).sum(),
    }


def classification_counters(classified: ir.Table) -> ir.Table:
    """Images, and their rows beyond the first of each id, per reason and rule."""
    return classified.group_by("reason", "rule").agg(
        images=classified.count(), duplicates=(classified.copies - 1).sum().cast("int64")
    )


def counted_counters(counted: ir.Table) -> ir.Table:
    """One row over the accepted images: what each event rule removed, and images of an unknown category."""
    unknown = counted.category.notnull() & counted.category.notin(list(CATEGORIES.values()))
    sums = {name: counted[name].sum().fill_null(0).cast("int64") for name in _EVENT_RULES}
    return counted.agg(unknown_category=counted.count(where=unknown), **sums)


def stray_counters(comments: ir.Table, flags: ir.Table, images: ir.Table, cut: Cut) -> ir.Table:
    """One row: flags of the interval's time on comments and on images that do not exist, and events without a key."""
    due = flags.filter(
        flags.event_time.between(ibis.literal(cut.start), ibis.literal(cut.end + SETTLING)),
        flags.usable_at <= ibis.literal(cut.as_of),
    )
    named = due.filter(due.image_id.notnull()).mutate(image_id=due.image_id.cast("string"))
    orphans = named.anti_join(images, "image_id")
    on_comment = due.image_id.isnull() & due.comment_id.notnull()
    keyless = comments.event_id.isnull() | comments.image_id.isnull() | comments.event_time.isnull()
    nowhere = flags.image_id.isnull() & flags.comment_id.isnull()
    incomplete = flags.event_id.isnull() | flags.event_time.isnull() | nowhere
    return ibis.cross_join(
        due.agg(flags_on_comments=due.count(where=on_comment)),
        orphans.agg(orphan_flags=orphans.count()),
        comments.agg(incomplete_comments=comments.count(where=keyless)),
        flags.agg(incomplete_flags=flags.count(where=incomplete)),
    )


def views_source(views_from: str, coverage: Coverage) -> Mapping[str, str]:
    """How views were counted, in which record of them, and why in that one."""
    origin = {"source": coverage.source, "why": coverage.why, "snapshot_id": coverage.snapshot_id}
    return {"from": views_from, **{name: text for name, text in origin.items() if text}}


def attributes(taken_at: datetime | None, as_of: datetime) -> Mapping[str, Any]:
    """When attributes were read of which the source keeps no history; with a warning where that is long after `as_of`.

    `taken_at` is None where it is not known.
    """
    if taken_at is None:
        return {"attributes_from": _UNKNOWN}
    taken = format_instant(taken_at)
    if taken_at - as_of <= FRESH:
        return {"attributes_from": taken}
    named = f"{', '.join(_WITHOUT_HISTORY[:-1])} and {_WITHOUT_HISTORY[-1]}"
    warning = f"{named} are those of {taken}, long after the run's {format_instant(as_of)}: they have no history"
    return {"attributes_from": taken, "warnings": [warning]}


def summary(counters: Counters, rows: int, views: Views, further: Mapping[str, Any]) -> Summary:
    """The step's summary: rows_in = out + rejected + removed counts images, rows_out is out times decision points.

    `further` is what is told beside the counters.
    """
    images, reasons, rules = _images(counters.classifications)
    strays = dict(counters.strays)
    removed = {name: counters.counted[name] for name in _EVENT_RULES}
    details = {
        "views": views.due,
        "late": {**counters.late, **({"views": views.late} if views.late else {})},
        "images": images,
        "reasons": reasons,
        "removed": {**rules, **removed, "flags_on_comments": strays.pop("flags_on_comments")},
        "unknown_category": counters.counted["unknown_category"],
        **strays,
        **{name: counters.census[name] for name in ("not_yet_known", "not_settled")},
        **further,
    }
    return Summary(rows_in=images["in"], rows_out=rows, rows_rejected=images["rejected"], details=details)


def _images(classifications: Sequence[Mapping[str, Any]]) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Image rows that came in and what became of them, those rejected per reason, those removed per rule."""
    reasons = _summed(classifications, "reason")
    rules = dict.fromkeys(_IMAGE_RULES, 0) | _summed(classifications, "rule")
    rules["duplicate_images"] = sum(row["duplicates"] for row in classifications)
    out = sum(row["images"] for row in classifications if not row["reason"] and not row["rule"])
    rejected, removed = sum(reasons.values()), sum(rules.values())
    return {"in": out + rejected + removed, "out": out, "rejected": rejected, "removed": removed}, reasons, rules


def _summed(classifications: Sequence[Mapping[str, Any]], key: str) -> dict[str, int]:
    return {row[key]: row["images"] for row in classifications if row[key]}
