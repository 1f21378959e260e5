"""The rows of the two tables: how the catalogue stands at a cut, and which version of each article that is."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.article_versions.columns import SOURCE, STATE, VERSIONED
from components.article_versions.usable import Cut
from components.retail.columns import day

_HASHES = ("content_hash", "commercial_hash")
_BEFORE = {"version": "int32", "known_at": "timestamp('UTC', 6)", "first_seen_at": "timestamp('UTC', 6)"}


def carried(before: ir.Table, usable: ir.Table, others: ir.Table, *, retire_missing: bool) -> ir.Table:
    """The articles that stay as they were: their row does not count, or there is none and that retires nobody."""
    standing = before.filter(~before.is_deleted)
    if retire_missing:
        standing = standing.semi_join(others.select(article_id=others.id), "article_id")
    return standing.anti_join(usable, "article_id").select(*SOURCE)


def numbered(articles: ir.Table, before: ir.Table, cut: datetime) -> ir.Table:
    """The articles with `version`, `first_seen_at` and `changed_at`, as they follow from the versions before.

    Args:
        articles: The articles with their hashes.
        before: Of each article the version that stood just before the cut, those that say it is gone too.
        cut: When a version begins that is new.
    """
    names = ("article_id", *_HASHES, *_BEFORE, "is_deleted")
    held = before.select({f"held_{name}": before[name] for name in names})
    joined = articles.left_join(held, articles.article_id == held.held_article_id)
    is_same = ~joined.held_is_deleted
    for name in _HASHES:
        is_same &= joined[name] == joined[f"held_{name}"]
    now, stands = ibis.literal(cut, "timestamp('UTC', 6)"), is_same.fill_null(False)
    following = (joined.held_version.fill_null(0) + 1).cast("int32")
    return joined.select(
        *articles.columns,
        first_seen_at=joined.held_first_seen_at.coalesce(now),
        changed_at=stands.ifelse(joined.held_known_at, now),
        version=stands.ifelse(joined.held_version, following),
    )


def versioned(articles: ir.Table) -> ir.Table:
    """The state from which versions are made."""
    return articles.select(*VERSIONED.names).order_by("article_id")


def rows(articles: ir.Table, categories: ir.Table, cut: Cut) -> ir.Table:
    """The rows of the table of articles."""
    known_categories = categories.rename(known_category_id="category_id")
    joined = articles.left_join(known_categories, articles.category_id == known_categories.known_category_id)
    known = joined.category_id.isnull().ifelse(ibis.null("boolean"), joined.known_category_id.notnull())
    created = day(joined, "created_at", cut.timezone)
    complete = joined.mutate(
        category_known=known,
        lifecycle_days=ibis.literal(cut.day).delta(created, unit="day").cast("int32"),
        normalized_price=_scaled(joined.price),
        normalized_stock=_scaled(joined.stock),
        price_rank=_price_rank(joined),
        cut_at=ibis.literal(cut.at, "timestamp('UTC', 6)"),
    )
    return complete.select(*STATE.names).order_by("article_id")


def _scaled(value: ir.NumericColumn) -> ir.FloatingValue:
    """Where the value lies between the least of all articles, which is 0, and the greatest, which is 1."""
    least, greatest = value.min().over(), value.max().over()
    # Differences are exact, so the one division is all that rounds.
    share = (value - least).cast("float64") / (greatest - least).cast("float64")
    return ibis.cases((value.isnull(), ibis.null("float64")), (greatest == least, 0.0), else_=share)


def _price_rank(articles: ir.Table) -> ir.FloatingValue:
    """The share of the other articles of the same product group that cost less; those without one are a group too."""
    is_unpriced = articles.price.isnull()
    rank = ibis.percent_rank().over(group_by=[articles.product_group_name, is_unpriced], order_by=articles.price)
    return is_unpriced.ifelse(ibis.null("float64"), rank)
