"""What a shop's lines, articles and promotions are made into: the calendar, and series of articles and categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import ibis
import ibis.expr.types as ir

from components.daily_sales.categories import Articles, articles, come_from, created_on
from components.daily_sales.days import days
from components.daily_sales.period import Period, day_of, number, numbered
from components.daily_sales.promotions import Promotions, promotions
from components.daily_sales.series import spans
from components.daily_sales.settings import ARTICLE, CATEGORY_ID, Settings
from components.daily_sales.sold import bought, by_article, by_category, in_category, with_beginnings
from components.retail.accounts import faulty, reasons
from components.retail.attributes import attributes_from
from components.retail.codes import codes_of
from components.retail.columns import day
from components.retail.lines import REMOVED, Lines, usable_lines
from components.shell.engine import Backend, keep, records
from components.shell.errors import ConfigurationError

UNKNOWN = "article_unknown"


@dataclass(frozen=True)
class Sources:
    """The tables that there are."""

    transactions: ir.Table
    articles: ir.Table | None = None
    versions: ir.Table | None = None
    promotions: ir.Table | None = None


@dataclass(frozen=True)
class Made:
    """What comes of the sources.

    `bought` is what each customer bought of each article on each day, which all else is summed from. `articles` and
    `categories` are spans of series; those of articles have numbers for ids, whose `codes` have the ids, and are in
    the categories of `category_spans`; where these are no `category_id`, `promoted_spans` has what promotions call so.
    Rows lie from the day `first` on.
    """

    days: ir.Table
    lines: ir.Table
    rejected: ir.Table
    reasons: Mapping[str, int]
    first: int
    bought: ir.Table
    codes: ir.Table
    category_spans: ir.Table | None
    promoted_spans: ir.Table | None
    articles: ir.Table
    categories: ir.Table | None
    promotions: Promotions | None
    attributes_from: Mapping[str, int]


def make(backend: Backend, sources: Sources, period: Period, settings: Settings) -> Made | None:
    """What comes of the sources; None where no line counts."""
    lines = usable_lines(sources.transactions, period.cut_day, period.as_of, period.timezone, partial(keep, backend))
    created = _created(sources, period) if settings.by_creation else None
    begins = _begins(backend, sources.transactions, created, period)
    if begins is None:
        return None
    calendar = _calendar(backend, begins, period, settings)
    known = articles(sources.articles, sources.versions, calendar, settings.category_column, period.timezone)
    lines = lines if known is None else _of_known(lines, known)
    codes, purchases = _bought(backend, sources, lines, created)
    beginnings = None if created is None else created.inner_join(codes, "article_id").select("article", "day")
    within = None if known is None else keep(backend, "category_spans", _coded(known.spans, codes))
    first, until = max(period.first, begins), (number(period.cut_day), settings.retire_after_days)
    # Held whole, for checking all lines once more takes longer.
    left_out = keep(backend, "left_out", lines.rejected)
    return Made(
        days=calendar,
        rejected=faulty(left_out, REMOVED),
        reasons=reasons(backend, left_out),
        lines=lines.usable,
        first=first,
        bought=purchases,
        codes=codes,
        category_spans=within,
        promoted_spans=_promoted(backend, sources, calendar, codes, period, settings),
        articles=keep(backend, "article_series", spans(_articles(purchases, beginnings), *until)),
        categories=keep(backend, "category_series", spans(_categories(purchases, within, beginnings), *until))
        if settings.with_categories
        else None,
        promotions=_promotions(sources, calendar, period),
        attributes_from={} if within is None else attributes_from(backend, come_from(within, first)),
    )


def _created(sources: Sources, period: Period) -> ir.Table | None:
    """The days before the cut on which articles came to be."""
    tables = [created_on(table, period.timezone) for table in (sources.versions, sources.articles) if table is not None]
    if not tables:
        return None
    created = ibis.union(*tables) if len(tables) > 1 else tables[0]
    first = created.group_by("article_id").agg(day=created.day.min())
    return first.filter(first.day < number(period.cut_day))


def _begins(backend: Backend, transactions: ir.Table, created: ir.Table | None, period: Period) -> int | None:
    """The first day of all, or 1 January 1970 where that is later, before which no interval begins; None of no day."""
    days = numbered(day(transactions, "t_dat", period.timezone)).name("day")
    tables = [transactions.agg(day=days.min()), *(() if created is None else (created.agg(day=created.day.min()),))]
    firsts = [row["day"] for table in tables for row in records(backend, table) if row["day"] is not None]
    return max(min(firsts), 0) if firsts else None


def _calendar(backend: Backend, begins: int, period: Period, settings: Settings) -> ir.Table:
    """The days from a Monday on, for weeks are named by theirs."""
    monday = begins - day_of(begins).weekday()
    return days(backend, monday, max(number(period.cut_day), monday), period.timezone, settings.country)


def _of_known(lines: Lines, known: Articles) -> Lines:
    """The lines of articles that are known; those of others are rejected."""
    names = known.spans.select("article_id").distinct()
    orphans = lines.usable.anti_join(names, "article_id").mutate(reason=ibis.literal(UNKNOWN))
    rejected = lines.rejected.union(orphans.select(*lines.rejected.columns))
    return Lines(lines.usable.semi_join(names, "article_id"), rejected)


def _bought(backend: Backend, sources: Sources, lines: Lines, created: ir.Table | None) -> tuple[ir.Table, ir.Table]:
    """The numbers of articles, and what each customer bought of each of them on each day."""
    codes = codes_of(backend, sources.transactions, *(() if created is None else (created,)))
    coded = codes.coded(lines.usable)
    days = coded.select("article", "customer", "price", "quantity", day=numbered(coded.day))
    return codes.of["article"], keep(backend, "bought", bought(days))


def _promoted(  # noqa: PLR0917 - all of them are needed
    backend: Backend, sources: Sources, calendar: ir.Table, codes: ir.Table, period: Period, settings: Settings
) -> ir.Table | None:
    """The spans of articles in what promotions call a category, where series are of something else."""
    if sources.promotions is None or settings.category_column == CATEGORY_ID:
        return None
    known = articles(sources.articles, sources.versions, calendar, CATEGORY_ID, period.timezone)
    return None if known is None else keep(backend, "promoted_spans", _coded(known.spans, codes))


def _coded(spans: ir.Table, codes: ir.Table) -> ir.Table:
    return spans.inner_join(codes, "article_id").select("article", "category_id", "since", "until", "known")


def _articles(purchases: ir.Table, beginnings: ir.Table | None) -> ir.Table:
    """The days on which articles were sold, and those with which they began."""
    sold = by_article(purchases)
    return sold if beginnings is None else with_beginnings(sold, beginnings.rename(series="article"))


def _categories(purchases: ir.Table, within: ir.Table | None, beginnings: ir.Table | None) -> ir.Table:
    """The same of categories; where articles have beginnings, one begins with the first of its articles that does.

    Raises:
        ConfigurationError: nothing is known of articles.
    """
    if within is None:
        raise ConfigurationError(
            "there are no articles to take categories from", f'extract them, or set levels to ["{ARTICLE}"]'
        )
    sold = by_category(purchases, within)
    if beginnings is None:
        return sold
    begun = in_category(beginnings, within)
    return with_beginnings(sold, begun.group_by("category_id").agg(day=begun.day.min()).rename(series="category_id"))


def _promotions(sources: Sources, calendar: ir.Table, period: Period) -> Promotions | None:
    return None if sources.promotions is None else promotions(sources.promotions, calendar, period.timezone)
