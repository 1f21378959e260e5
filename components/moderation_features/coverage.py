"""Whether the table of events holds every view that the images' decisions could have seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from components.moderation_features.cut import POINTS
from components.moderation_features.sources import normalise, typed
from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, format_instant, parse_instant

_KEYS = {"source", "why", "snapshot_id", "strict", "since", "whole", "until"}
_LAST = timedelta(minutes=max(POINTS))


@dataclass(frozen=True)
class Coverage:
    """Where the views come from, why, and how far their record reaches (docs/features.md).

    `since` is when the first view became known that the record holds, None where it holds none; `whole` says that it
    begins with the topic itself; up to `until` it is complete. `bounded` is False where nobody can tell how far it
    reaches; `strict` says that it was asked for, so that nothing else will do.
    """

    source: str = ""
    why: str = ""
    snapshot_id: str = ""
    bounded: bool = False
    strict: bool = True
    since: datetime | None = None
    whole: bool = False
    until: datetime = EPOCH


def parse(value: Mapping[str, Any]) -> Coverage:
    """The coverage that `read_views` hands on; an empty one doubts nothing.

    Raises:
        ConfigurationError: it is none.
    """
    if unknown := sorted(set(value) - _KEYS):
        raise ConfigurationError(f"the coverage has no key '{unknown[0]}'", "hand on what read_views wrote")
    since, until = (parse_instant(value[name]) if value.get(name) else None for name in ("since", "until"))
    return Coverage(
        source=str(value.get("source", "")),
        why=str(value.get("why", "")),
        snapshot_id=str(value.get("snapshot_id", "")),
        bounded="until" in value,
        strict=value.get("strict") is not False,
        since=since,
        whole=value.get("whole") is True,
        until=until or EPOCH,
    )


def extent(images: ir.Table, milestones: ir.Table, views: ir.Table, coverage: Coverage) -> ir.Table:
    """One row over the accepted images: `first` and `last` upload in microseconds since 1970, and what milestones say.

    `counted_before` is how many view milestones these images reached before the record's first view; `unseen` is of how
    many images it holds fewer than half of the `views` that milestones prove by the last decision.
    """
    since = ibis.literal(coverage.since or EPOCH)
    reached = normalise("image_milestones", milestones)
    ids = images.select("uploaded_at", viewed=images.image_id, image_id=typed(images.image_id, reached.image_id.type()))
    of_views = reached.filter(reached.milestone_type == "views").inner_join(ids, "image_id")
    before = of_views.filter(of_views.event_time < since)
    unseen = _unseen(of_views, normalise("view events", views))
    instants = images.uploaded_at.delta(ibis.literal(EPOCH), unit="microsecond")
    return ibis.cross_join(
        images.mutate(at=instants).agg(first=lambda table: table["at"].min(), last=lambda table: table["at"].max()),
        before.agg(counted_before=before.count()),
        unseen.agg(unseen=unseen.count()),
    )


def _unseen(reached: ir.Table, views: ir.Table) -> ir.Table:
    """The images of which fewer than half of the views are there that milestones prove.

    All their views count, whenever they were known, and some may be malformed: less than half is neither.
    """
    last = reached.uploaded_at + ibis.interval(minutes=max(POINTS))
    in_time = reached.filter(reached.event_time.between(reached.uploaded_at, last))
    proven = in_time.group_by(image_id=typed(in_time.viewed, views.image_id.type())).agg(proven=in_time.value.max())
    there = views.semi_join(proven, "image_id").group_by("image_id").agg(there=lambda table: table.count())
    both = proven.left_join(there, "image_id")
    return both.filter(both.there.fill_null(0) * 2 < both.proven)


def gap(coverage: Coverage, bounds: Mapping[str, Any]) -> str:
    """What the record lacks for these images, as the end of a sentence; empty where it lacks nothing.

    A view is in the record if it became known between `since` and `until`. An image uploaded before `since` may have
    been viewed before it; where the record begins with the topic, only a milestone from before proves that it was.
    """
    if bounds["first"] is None:
        return ""
    first, last = (EPOCH + timedelta(microseconds=bounds[name]) for name in ("first", "last"))
    if coverage.since is None:
        return "it holds no views"
    if first < coverage.since and not coverage.whole:
        since, upload = format_instant(coverage.since), format_instant(first)
        return f"it holds the views known from {since} on, and the first image was uploaded at {upload}"
    if bounds["counted_before"]:
        return f"views were counted before the first it holds, which is of {format_instant(coverage.since)}"
    if last + _LAST > coverage.until:
        until, decision = format_instant(coverage.until), format_instant(last + _LAST)
        return f"it is filled up to {until}, and the last decision is at {decision}"
    unseen = bounds["unseen"]
    return (
        f"it holds fewer than half of the views that milestones prove of {counted(unseen, 'image')}" if unseen else ""
    )
