"""Attributes of articles and customers as they were at a cut, and where they come from."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.retail.columns import key
from components.shell.engine import Backend, records
from components.shell.errors import ConfigurationError
from components.shell.extracts import FRESH

VERSIONS, FIRST_KNOWN, CURRENT = "versions", "first_known", "current"
MUTABLE = (
    "club_member_status", "fashion_news_frequency", "active", "loyalty_score", "stock", "price", "payment_status",
)  # fmt: skip
"""Attributes without a history, of which a source holds only the present values."""
_BOOKKEEPING = ("version", "known_at", "valid_from", "valid_to")


def articles_at(versions: ir.Table | None, current: ir.Table | None, cut: datetime) -> ir.Table:
    """The articles with their attributes at the cut, and in the column `attributes_from` where those come from.

    An article has its last version known at the cut (`versions`), or its first where none was known yet
    (`first_known`); an article without any version has what `current` says.

    Raises:
        ConfigurationError: there are neither versions nor current articles.
    """
    if versions is None:
        if current is None:
            raise ConfigurationError("there are no articles", "extract articles, or run articles-content first")
        return _as_current(current)
    known = _valid(versions, cut)
    if current is None:
        return known
    lacking = _as_current(current).anti_join(known, "article_id")
    schema = known.schema()
    filled = [
        (lacking[name] if name in lacking.columns else ibis.null(kind)).cast(kind).name(name)
        for name, kind in schema.items()
    ]
    return known.union(lacking.select(filled))


def attributes_from(backend: Backend, rows: ir.Table) -> dict[str, int]:
    """How many of the rows have their attributes from where, as their `attributes_from` says; the best first.

    What lacks any has none of these, and is not counted.
    """
    each = rows.group_by("attributes_from").agg(rows=rows.count())
    counts = {row["attributes_from"]: row["rows"] for row in records(backend, each)}
    return {name: counts[name] for name in (VERSIONS, FIRST_KNOWN, CURRENT) if name in counts}


def _as_current(articles: ir.Table) -> ir.Table:
    """The articles as they are now, and marked as such."""
    return articles.mutate(
        article_id=key(articles, "article_id"), is_deleted=ibis.literal(False), attributes_from=ibis.literal(CURRENT)
    )


def _valid(versions: ir.Table, cut: datetime) -> ir.Table:
    """Of each article the version valid at the cut."""
    is_known = versions.known_at <= cut
    order = [is_known.desc(), is_known.ifelse(versions.version, -versions.version).desc()]
    ranked = versions.mutate(
        rank=ibis.row_number().over(group_by=versions.article_id, order_by=order),
        attributes_from=is_known.ifelse(VERSIONS, FIRST_KNOWN),
    )
    return ranked.filter(ranked.rank == 0).drop("rank", *(set(_BOOKKEEPING) & set(versions.columns)))


@dataclass(frozen=True)
class Dated:
    """Rows as they may be used, and those of their mutable attributes that came out null."""

    table: ir.Table
    nulled: tuple[str, ...] = ()


def dated(table: ir.Table, as_of: datetime, extracted_at: datetime, allow_current: bool) -> Dated:
    """The rows with their mutable attributes null where `as_of` is over 36 hours before the extraction.

    Those attributes have no history, and the present ones were not known in the past.
    """
    if extracted_at - as_of <= FRESH or allow_current:
        return Dated(table)
    nulled = tuple(name for name in MUTABLE if name in table.columns)
    return Dated(table.mutate(**{name: ibis.null(table[name].type()) for name in nulled}), nulled)
