"""On which days something was in a promotion that had been announced when the day began."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.daily_sales.period import numbered
from components.retail.columns import column, day, instant

ANNOUNCED_AT = "announced_at"
_KEYS: tuple[tuple[str, ...], ...] = ((), ("category_id",), ("article_id",), ("article_id", "category_id"))


@dataclass(frozen=True)
class Promotions:
    """The days of promotions: `day` and what they are of, each once.

    One without an article and a category is of the whole shop, one with both of that article while in that category.
    """

    of: ir.Table

    def flagged(self, rows: ir.Table) -> ir.Table:
        """The rows, which have `day` and at least one of `article_id` and `category_id`, with `promo_flag`.

        Rows of categories are in the promotions of the category and of the shop, not in those of single articles.
        """
        for keys in _KEYS:
            if set(keys) <= set(rows.columns):
                rows = _marked(rows, self.of, keys)
        return rows


def promotions(table: ir.Table, days: ir.Table, timezone: str) -> Promotions:
    """The days of the promotions; one of which nobody says when it was announced has none."""
    told = table.select(
        article_id=column(table, "article_id", "string"),
        category_id=column(table, "category_id", "string"),
        first=numbered(day(table, "start_date", timezone)),
        last=numbered(day(table, "end_date", timezone)),
        announced_at=instant(table, ANNOUNCED_AT, timezone),
    )
    during = [days.day >= told["first"], (days.day <= told["last"]) | told["last"].isnull()]
    joined = told.inner_join(days.select("day", "day_at"), [*during, told.announced_at <= days.day_at])
    return Promotions(joined.select("article_id", "category_id", "day").distinct())


def _marked(rows: ir.Table, found: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """The rows, flagged also where a promotion of just these keys runs."""
    exact = [found[name].notnull() if name in keys else found[name].isnull() for name in ("article_id", "category_id")]
    running = found.filter(exact).select(*keys, "day").distinct().mutate(runs=ibis.literal(True))
    joined = rows.left_join(running, [*keys, "day"])
    before = joined.promo_flag if "promo_flag" in rows.columns else ibis.literal(False)
    kept = [name for name in rows.columns if name != "promo_flag"]
    return joined.select(*kept, promo_flag=before | joined.runs.fill_null(False))
