"""On which days something was in a promotion that had been announced when the day began."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.daily_sales.period import numbered
from components.retail.columns import category, day, instant, key_or_nulls

ANNOUNCED_AT = "announced_at"
NEEDED = ("start_date", ANNOUNCED_AT)
"""Without these it is not known whether a promotion ran."""
KEYS = ("article_id", "category_id")
"""What promotions are of. A table without either would seem to be of the whole shop alone."""


@dataclass(frozen=True)
class Promotions:
    """The days of promotions: `day` and what they are of, each once.

    One without an article and a category is of the whole shop, one with both of that article while in that category.
    """

    days: ir.Table

    def flagged(self, rows: ir.Table, category: str) -> ir.Table:
        """The rows, which have `day` and may have `article_id` and the column `category`, with `promo_flag`.

        Rows of categories are in the promotions of the category and of the shop, not in those of single articles.

        Args:
            rows: Days of articles or of categories.
            category: The column with what promotions call a category, if the rows have it.
        """
        columns = {"article_id": "article_id", "category_id": category}
        for keys in ((), ("category_id",), ("article_id",), KEYS):
            columns_by_key = {name: columns[name] for name in keys}
            if set(columns_by_key.values()) <= set(rows.columns):
                rows = _marked(rows, self.days, columns_by_key)
        return rows


def promotions(table: ir.Table, days: ir.Table, timezone: str) -> Promotions:
    """The days of the promotions; one of which nobody says when it was announced has none."""
    typed = table.select(
        article_id=key_or_nulls(table, "article_id"),
        category_id=category(table, "category_id"),
        first=numbered(day(table, "start_date", timezone)),
        last=numbered(day(table, "end_date", timezone)),
        announced_at=instant(table, ANNOUNCED_AT, timezone),
    )
    during = [days.day >= typed["first"], (days.day <= typed["last"]) | typed["last"].isnull()]
    joined = typed.inner_join(days.select("day", "day_at"), [*during, typed.announced_at <= days.day_at])
    return Promotions(joined.select("article_id", "category_id", "day").distinct())


def _marked(rows: ir.Table, promoted: ir.Table, columns_by_key: Mapping[str, str]) -> ir.Table:
    """The rows, flagged also where a promotion of just these keys runs; keys come with their columns in the rows."""
    exact = [promoted[name].notnull() if name in columns_by_key else promoted[name].isnull() for name in KEYS]
    keys = {column: promoted[name] for name, column in columns_by_key.items()}
    running = promoted.filter(exact).select("day", **keys).distinct().mutate(runs=ibis.literal(True))
    joined = rows.left_join(running, [*columns_by_key.values(), "day"])
    before = joined.promo_flag if "promo_flag" in rows.columns else ibis.literal(False)
    other_columns = [name for name in rows.columns if name != "promo_flag"]
    return joined.select(*other_columns, promo_flag=before | joined.runs.fill_null(False))
