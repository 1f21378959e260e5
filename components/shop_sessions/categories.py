"""Categories of articles as they were known when something happened to them."""

from pathlib import Path

import ibis
import ibis.expr.types as ir

from components.retail.attributes import FIRST_KNOWN, VERSIONS
from components.retail.columns import INSTANT, key
from components.shell import datasets
from components.shell.engine import Engine, keep
from components.shell.instants import EPOCH


def valid_versions(backend: Engine, versions: Path | None) -> ir.Table | None:
    """The versions with the instant from which each counts; None where there are none."""
    # A table of versions that is not there yet comes without rows.
    if versions is None or not datasets.read_manifest(versions).rows:
        return None
    return keep(backend, "versions", _valid(backend.read_parquet(datasets.files(versions))))


def categorised(events: ir.Table, valid: ir.Table | None) -> ir.Table:
    """The events, each with the `category_id` of its article's last version known by then, or else of its first one."""
    if valid is None:
        return events
    bare = events.drop("category_id")
    joined = bare.asof_join(
        valid, on=bare.occurred_at >= valid.valid_since, predicates=bare.article_id == valid.article
    )
    return joined.select(*bare.columns, "category_id")


def come_from(events: ir.Table, valid: ir.Table) -> ir.Table:
    """Of each event of an article that has a version whether that was known by then, as `attributes_from`."""
    firsts = valid.filter(valid.valid_since == ibis.literal(EPOCH, INSTANT)).select("article", "known_since")
    joined = events.select("article_id", "occurred_at").inner_join(firsts, [("article_id", "article")])
    was_known = joined.occurred_at >= joined.known_since
    return joined.select(attributes_from=was_known.ifelse(VERSIONS, FIRST_KNOWN))


def _valid(versions: ir.Table) -> ir.Table:
    """The versions with the instants from which each is known, and counts; of several of one instant the last."""
    article = key(versions, "article_id")
    first = versions.version == versions.version.min().over(group_by=article)
    known_since = versions.known_at.cast(INSTANT)
    known = versions.select(
        article=article,
        category_id=versions.category_id,
        version=versions.version,
        known_since=known_since,
        valid_since=first.ifelse(ibis.literal(EPOCH, INSTANT), known_since),
    )
    last = ibis.row_number().over(group_by=[known.article, known.valid_since], order_by=known.version.desc())
    return known.mutate(rank=last).filter(ibis._.rank == 0).drop("rank", "version")
