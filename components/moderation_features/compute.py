"""From raw tables to training rows: the order of the work."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.iceberg.lateness import Past
from components.moderation_features import (
    events,
    features,
    label,
    lacking,
    late,
    population,
    report,
    uploader,
    views,
    windows,
)
from components.moderation_features.coverage import Coverage, extent, gap
from components.moderation_features.cut import Cut
from components.moderation_features.engine import Backend, engine, keep, named, read, records, write
from components.moderation_features.sources import images as normalised_images
from components.moderation_features.sources import normalise
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.extracts import taken_at
from components.shell.instants import format_instant, held
from components.shell.progress import report as progress
from components.shell.summary import Summary

log = logging.getLogger(__name__)

_STAGES = 3
_MILESTONES = "milestones"


@dataclass(frozen=True)
class Inputs:
    """Where the raw tables and the views lie, how views are counted, how far they reach, and what is looked at again.

    `views_from` is a key of `views.COUNTERS`; `held` is what the table has of that time, None where nobody says.
    """

    raw: Path
    views: Path
    views_from: str
    coverage: Coverage = field(default_factory=Coverage)
    past: Past = field(default_factory=Past)
    held: Path | None = None


@dataclass(frozen=True)
class Tables:
    """The tables with our names and types; `views` stays as the counter named by `views_from` reads it."""

    users: ir.Table
    images: ir.Table
    comments: ir.Table
    flags: ir.Table
    views: ir.Table
    views_from: str


@dataclass(frozen=True)
class Outputs:
    """Where the training rows go, the images in error, and the images before the interval that have new facts."""

    rows: Path
    rejected: Path
    touched: Path


def compute(inputs: Inputs, cut: Cut, outputs: Outputs) -> Summary:
    """What was done: rows of the interval, and of what late facts reopen before it, are written; so is all else.

    Raises:
        ConfigurationError: the interval is not settled at as_of, as_of lies before the data, or views_from is unknown.
        ContractError: a table is missing or incomplete, or a column is missing or of another type.
        SourceGoneError: the events that were asked for do not hold all views of the interval.
    """
    cut.check()
    if inputs.views_from not in views.COUNTERS:
        raise ConfigurationError(f"views_from is '{inputs.views_from}'", f"give one of {', '.join(views.COUNTERS)}")
    with engine() as backend:
        tables = _tables(backend, inputs)
        census = records(backend, population.census(tables.images, cut))[0]
        _check_as_of(census, cut)
        progress(1, _STAGES)
        seen = _population(backend, tables, cut, inputs)
        write(backend, seen.touched.order_by("uploaded_at", "image_id"), late.TOUCHED, outputs.touched)
        counted, view_origins = _counted(backend, tables, seen, inputs, cut)
        progress(2, _STAGES)
        written = write(backend, features.rows(counted), features.SCHEMA, outputs.rows)
        write(backend, features.rejected(seen.classified), features.REJECTED, outputs.rejected)
        counters = report.Counters(
            classifications=records(backend, report.classification_counters(seen.classified)),
            counted=records(backend, report.counted_counters(counted))[0],
            strays=records(backend, report.stray_counters(tables.comments, tables.flags, tables.images, cut))[0],
            census=census,
            late=seen.late,
        )
        progress(3, _STAGES)
        further = {**report.attributes(taken_at(inputs.raw), cut.as_of), **named(backend)}
        return report.summary(counters, written.rows, view_origins, further)


def _counted(
    backend: Backend, tables: Tables, seen: "Population", inputs: Inputs, cut: Cut
) -> tuple[ir.Table, report.Views]:
    """The accepted images with all their counts, held by the engine, and where their views come from.

    Views of the interval and of what is reopened before it are counted apart: where their record no longer reaches
    back, no more than the reopened images' are counted from milestones.
    """
    accepted = population.accepted(seen.classified)
    due = accepted.filter(accepted.uploaded_at >= ibis.literal(cut.start))
    due_tables, coverage = _trusted(backend, tables, due, inputs)
    view_origins = report.Views(report.views_source(due_tables.views_from, coverage))
    counts = with_counts(due_tables, due, seen.images, seen.users, cut)
    if seen.late["reopened"] and (first := inputs.past.first):
        reopened = accepted.filter(accepted.uploaded_at < ibis.literal(cut.start))
        # Rows that are there keep their views, so a record that has ended since must not hold up what is due.
        lenient = replace(inputs, coverage=replace(inputs.coverage, strict=False))
        old_tables, coverage = _trusted(backend, tables, reopened, lenient)
        view_origins = replace(view_origins, late=report.views_source(old_tables.views_from, coverage))
        before = replace(cut, start=first, end=cut.start)
        old = with_counts(old_tables, reopened, seen.images, seen.users, before)
        counts = counts.union(old.select(*counts.columns))
    return keep(backend, "counted", counts), view_origins


def with_counts(tables: Tables, images: ir.Table, known: ir.Table, users: ir.Table, cut: Cut) -> ir.Table:
    """The accepted images with all their counts at each decision point; a count that found nothing is null."""
    comments = events.comments(tables.comments, images, users, cut)
    flags = events.flags(tables.flags, images, users, cut)
    per_image = (
        views.COUNTERS[tables.views_from](tables.views, images, cut),
        comments.group_by("number").agg(**windows.counts(comments, "comments"), **report.comment_counters(comments)),
        flags.group_by("number").agg(
            **windows.counts(flags, "flags"),
            **windows.totals(flags, "total_flags"),
            **label.flags_to_label(flags),
            **report.flag_counters(flags),
        ),
        uploader.image_counts(known, images, users),
    )
    for counts in per_image:
        images = images.left_join(counts, "number").drop("number_right")
    return images


def _tables(backend: Backend, inputs: Inputs) -> Tables:
    source = inputs.raw / "image_milestones" if inputs.views_from == _MILESTONES else inputs.views
    return Tables(
        users=normalise("users", read(backend, inputs.raw / "users")),
        images=normalised_images(read(backend, inputs.raw / "images")),
        comments=normalise("comments", read(backend, inputs.raw / "comments")),
        flags=normalise("flags", read(backend, inputs.raw / "flags")),
        views=read(backend, source),
        views_from=inputs.views_from,
    )


@dataclass(frozen=True)
class Population:
    """Users and images known at as_of, the images that late facts touch, and the classified images, kept by the engine.

    `late` counts the images touched: those that are `reopened`, and those `left` because they lie too far back.
    """

    users: ir.Table
    images: ir.Table
    touched: ir.Table
    classified: ir.Table
    late: Mapping[str, int]


def _population(backend: Backend, tables: Tables, cut: Cut, inputs: Inputs) -> Population:
    users = keep(backend, "known_users", population.known_users(tables.users, cut))
    known = keep(backend, "known_images", population.known_images(tables.images, cut))
    touched = keep(backend, "touched", _touched(backend, known, users, tables.flags, cut, inputs))
    counters = touched.agg(reopened=touched.count(where=touched.reopened), left=touched.count(where=~touched.reopened))
    late_counts = records(backend, counters)[0]
    reopened = late.instants(touched) if late_counts["reopened"] else None
    classified = keep(backend, "classified", population.classified(known, users, cut, reopened))
    return Population(users, known, touched, classified, late_counts)


def _touched(  # noqa: PLR0917 - the result depends on each
    backend: Backend, images: ir.Table, users: ir.Table, flags: ir.Table, cut: Cut, inputs: Inputs
) -> ir.Table:
    past = inputs.past
    if not past.parts:
        return late.nothing(images)
    parts = late.parts(backend, past)
    by_time = late.touched(images, users, flags, cut, parts, min(part.since for part in past.parts))
    if inputs.held is None or past.first is None:
        return by_time
    before = replace(cut, start=past.first, end=cut.start)
    classified = keep(backend, "classified_before", population.classified(images, users, before))
    differing = lacking.differing(classified, users, flags, before, read(backend, inputs.held))
    return by_time.union(late.within(differing, parts.filter(parts.reopened))).distinct()


def _trusted(backend: Backend, tables: Tables, images: ir.Table, inputs: Inputs) -> tuple[Tables, Coverage]:
    """The tables with views that cover the images: as they came, or the milestones where a record has a gap.

    Raises:
        SourceGoneError: it has one, and was asked for.
    """
    coverage = inputs.coverage
    if not coverage.bounded:
        return tables, coverage
    milestones = read(backend, inputs.raw / "image_milestones")
    lacking = gap(coverage, records(backend, extent(images, milestones, tables.views, coverage))[0])
    if not lacking:
        return tables, coverage
    if coverage.strict:
        todo = "run event-aggregation up to then, or give views_from auto or milestones"
        raise SourceGoneError(f"{coverage.source} does not hold all views of this interval: {lacking}", todo)
    log.warning("views are counted from milestones, a lower bound: of %s, %s", coverage.source, lacking)
    fallen = Coverage("image_milestones", f"of {coverage.source}, {lacking}")
    return replace(tables, views=milestones, views_from=_MILESTONES), fallen


def _check_as_of(census: Mapping[str, Any], cut: Cut) -> None:
    if census["timed"] and not census["known"]:
        # None for `infinity`, which is no number of microseconds.
        first = format_instant(held(sys.maxsize if census["first"] is None else census["first"]))
        raise ConfigurationError(
            f"as_of {format_instant(cut.as_of)} lies before the first image ({first})", "give a later as_of"
        )
