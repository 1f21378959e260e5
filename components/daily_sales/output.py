"""The rows of the tables, month by month: days of series with the calendar, categories and promotions; and weeks."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from components.daily_sales import series
from components.daily_sales.period import Period, months, number
from components.daily_sales.rows import Made
from components.daily_sales.schemas import ARTICLES, CATEGORIES
from components.daily_sales.settings import CATEGORY_ID
from components.daily_sales.weekly import weekly
from components.shell.engine import Backend, records

PROMOTED = "promoted_category"
"""The column of what promotions call a category, where series are of something else."""
_MOST_ROWS = 4_000_000
"""How many rows are computed at once, those before them that they look back on included."""


def article_rows(backend: Backend, made: Made, period: Period) -> Iterator[ir.Table]:
    """The rows of articles, a table for each month or more."""
    for first, last in _parts(backend, made.articles, made, period):
        rows = series.rows(made.articles, first, last).rename(article="series")
        named = _with_category(rows, made.category_spans).inner_join(made.codes, "article")
        if made.promoted_spans is not None:
            named = _with_category(named, made.promoted_spans, PROMOTED)
        yield _dated(named, made).order_by("year", "month", "article", "day").select(*ARTICLES.names)


def category_rows(backend: Backend, made: Made, period: Period) -> Iterator[ir.Table]:
    """The rows of categories, a table for each month or more; none where nobody asked for them."""
    if made.categories is None:
        return
    for first, last in _parts(backend, made.categories, made, period):
        rows = series.rows(made.categories, first, last).rename(category_id="series")
        yield _dated(rows, made).order_by("year", "month", "category_id", "day").select(*CATEGORIES.names)


def _parts(backend: Backend, spans: ir.Table, made: Made, period: Period) -> Iterator[tuple[int, int]]:
    """The interval in parts that have so many rows at most, unless a single month has more."""
    series_count = records(backend, spans.agg(series=spans.series.nunique()))[0]["series"]
    return months(made.first, period.last, _MOST_ROWS // max(series_count, 1) - series.LOOKBACK)


def week_rows(rows: ir.Table, days: ir.Table, period: Period, schema: ibis.Schema) -> ir.Table:
    """The weeks of the days in `rows`, which are of what the first column of the `schema` names."""
    key = schema.names[0]
    weeks = weekly(rows, key, days, period.first, number(period.cut_day))
    return weeks.order_by("week_start_at", key).select(*schema.names)


def _with_category(rows: ir.Table, spans: ir.Table | None, name: str = CATEGORY_ID) -> ir.Table:
    """The rows with the category, as `name`, that the article was in on the day; null where it was in none."""
    if spans is None:
        return rows.mutate(**{name: ibis.null("string")})
    within = spans.select("article", "since", "until", **{name: spans.category_id})
    joined = rows.left_join(within, [rows.article == within.article, rows.day >= within.since, rows.day < within.until])
    return joined.select(*rows.columns, name)


def _dated(rows: ir.Table, made: Made) -> ir.Table:
    """The rows with what the calendar says of their days, and whether there was a promotion."""
    dated = rows.inner_join(made.days.drop("week"), "day")
    if made.promotions is None:
        return dated.mutate(promo_flag=ibis.null("boolean"))
    return made.promotions.flagged(dated, CATEGORY_ID if made.promoted_spans is None else PROMOTED)
