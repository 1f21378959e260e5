"""From raw tables to training rows: the order of the work."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from components.moderation_features import events, features, label, population, report, uploader, views, windows
from components.moderation_features.coverage import Coverage, extent, gap
from components.moderation_features.cut import Cut
from components.moderation_features.engine import Engine, engine, keep, read, records, write
from components.moderation_features.sources import images as normalised_images
from components.moderation_features.sources import normalise
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import format_instant, held
from components.shell.progress import report as progress
from components.shell.summary import Summary

log = logging.getLogger(__name__)

_STAGES = 3
_MILESTONES = "milestones"


@dataclass(frozen=True)
class Inputs:
    """Where the raw tables and the views lie, how views are counted, and how far the record of them reaches.

    `views_from` is a key of `views.COUNTERS`.
    """

    raw: Path
    views: Path
    views_from: str
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(frozen=True)
class Tables:
    """The tables with our names and types; `views` stays as the counter named by `views_from` reads it."""

    users: ir.Table
    images: ir.Table
    comments: ir.Table
    flags: ir.Table
    views: ir.Table
    views_from: str


def compute(inputs: Inputs, cut: Cut, rows: Path, rejected: Path) -> Summary:
    """What was done: training rows are written to `rows`, images in error to `rejected`.

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
        users, known, judged = _population(backend, tables, cut)
        tables, coverage = _trusted(backend, tables, population.accepted(judged), inputs)
        counts = with_counts(tables, population.accepted(judged), known, users, cut)
        counted = keep(backend, "counted", counts)
        progress(2, _STAGES)
        written = write(backend, features.rows(counted), features.SCHEMA, rows)
        write(backend, features.rejected(judged), features.REJECTED, rejected)
        counters = report.Counters(
            judgements=records(backend, report.judgement_counters(judged)),
            counted=records(backend, report.counted_counters(counted))[0],
            strays=records(backend, report.stray_counters(tables.comments, tables.flags, tables.images, cut))[0],
            census=census,
        )
        progress(3, _STAGES)
        return report.summary(counters, written.rows, report.views_source(tables.views_from, coverage))


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


def _tables(backend: Engine, inputs: Inputs) -> Tables:
    source = inputs.raw / "image_milestones" if inputs.views_from == _MILESTONES else inputs.views
    return Tables(
        users=normalise("users", read(backend, inputs.raw / "users")),
        images=normalised_images(read(backend, inputs.raw / "images")),
        comments=normalise("comments", read(backend, inputs.raw / "comments")),
        flags=normalise("flags", read(backend, inputs.raw / "flags")),
        views=read(backend, source),
        views_from=inputs.views_from,
    )


def _population(backend: Engine, tables: Tables, cut: Cut) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Users and images known at as_of, and the judged images, all held by the engine."""
    users = keep(backend, "known_users", population.known_users(tables.users, cut))
    known = keep(backend, "known_images", population.known_images(tables.images, cut))
    return users, known, keep(backend, "judged", population.judged(known, users, cut))


def _trusted(backend: Engine, tables: Tables, images: ir.Table, inputs: Inputs) -> tuple[Tables, Coverage]:
    """The tables with views that cover the images: as they came, or the milestones where a record has a gap.

    Raises:
        SourceGoneError: it has one, and was asked for.
    """
    coverage = inputs.coverage
    if not coverage.bounded:
        return tables, coverage
    milestones = read(backend, inputs.raw / "image_milestones")
    lacking = gap(coverage, records(backend, extent(images, milestones, coverage))[0])
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
