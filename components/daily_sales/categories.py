"""Which category an article was in on which day, as what was known when the day began says."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.daily_sales.period import numbered
from components.retail.attributes import CURRENT, FIRST_KNOWN, VERSIONS
from components.retail.columns import INSTANT, category, day, instant, key

_ALWAYS, _NEVER = -(1 << 30), 1 << 30


@dataclass(frozen=True)
class Articles:
    """The articles that are known.

    `spans` has `article_id`, `category_id`, and from when to when an article was in it: `since` and `until`, numbers of
    days, half-open; and the day from which that was `known`, null where it is what the source says now.
    """

    spans: ir.Table


def articles(
    current: ir.Table | None, versions: ir.Table | None, days: ir.Table, category_column: str, timezone: str
) -> Articles | None:
    """What is known of articles: their versions, and of those without any what the source says now."""
    of_versions = None if versions is None else _spans(_typed(versions, category_column, timezone), days)
    if current is None:
        return None if of_versions is None else Articles(of_versions)
    now = current.mutate(version=ibis.literal(1), known_at=ibis.null(INSTANT))
    of_now = _spans(_typed(now, category_column, timezone), days).mutate(known=ibis.null("int64"))
    if of_versions is None:
        return Articles(of_now)
    return Articles(of_now.anti_join(of_versions, "article_id").union(of_versions))


def come_from(spans: ir.Table, first: int) -> ir.Table:
    """Of each article where its categories from the day `first` on come from, the worst of them: `attributes_from`."""
    begun = spans.filter(spans.since == _ALWAYS)
    where = ibis.cases((begun.known.isnull(), CURRENT), (begun.known <= first, VERSIONS), else_=FIRST_KNOWN)
    return begun.select(attributes_from=where)


def created_on(articles: ir.Table, timezone: str) -> ir.Table:
    """The days on which articles came to be: `article_id` and `day`, of those of whom it is known."""
    dated = articles.select(article_id=key(articles, "article_id"), day=numbered(day(articles, "created_at", timezone)))
    dated = dated.filter(dated.article_id.notnull() & dated.day.notnull())
    return dated.group_by("article_id").agg(day=dated.day.min())


def _typed(versions: ir.Table, category_column: str, timezone: str) -> ir.Table:
    typed = versions.select(
        article_id=key(versions, "article_id"),
        category_id=category(versions, category_column),
        version=versions.version.cast("int64"),
        known_at=instant(versions, "known_at", timezone),
    )
    return typed.filter(typed.article_id.notnull())


def _spans(versions: ir.Table, days: ir.Table) -> ir.Table:
    """The spans of the versions: one counts from the first day that began when it was known, the first one always.

    Of several that count from the same day only the last one does.
    """
    beginnings = days.select("day", "day_at")
    dated = versions.asof_join(beginnings, on=versions.known_at <= beginnings.day_at)
    window = ibis.window(group_by=dated.article_id, order_by=[dated.version, dated.category_id])
    known = dated.day.fill_null(_NEVER).cast("int64")
    since = (ibis.row_number().over(window) == 0).ifelse(_ALWAYS, known)
    spans = dated.select("article_id", "category_id", "version", since=since, known=known)
    window = ibis.window(group_by=spans.article_id, order_by=[spans.since, spans.version])
    until = spans.since.lead().over(window).fill_null(_NEVER)
    spans = spans.select("article_id", "category_id", "since", until=until, known=spans.known)
    return spans.filter(spans.since < spans.until)
