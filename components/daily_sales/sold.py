"""What was sold on the days on which something was: sums of lines, by article and by category."""

import ibis
import ibis.expr.types as ir

MONEY = "decimal(20, 9)"


def bought(lines: ir.Table) -> ir.Table:
    """What each customer bought of each article on each day, out of coded lines."""
    return lines.group_by("article", "day", "customer").agg(
        lines=lines.count(), sales=lines.quantity.sum(), revenue=(lines.price * lines.quantity).sum()
    )


def by_article(purchases: ir.Table) -> ir.Table:
    """Of each article and day sales, revenue and the number of customers, out of `bought`."""
    return _summed(purchases.mutate(series=purchases.article))


def by_category(purchases: ir.Table, spans: ir.Table) -> ir.Table:
    """The same of categories: a customer who bought several of its articles on a day is one.

    Articles that were in no category on a day have no part in it.
    """
    inside = in_category(purchases, spans)
    customers = inside.group_by("category_id", "day", "customer").agg(
        sales=inside.sales.sum(), revenue=inside.revenue.sum()
    )
    return _summed(customers.mutate(series=customers.category_id))


def in_category(table: ir.Table, spans: ir.Table) -> ir.Table:
    """The rows with the category of their `article` on their `day`, of those that were in one."""
    named = spans.filter(spans.category_id.notnull())
    return table.inner_join(
        named, [table.article == named.article, table.day >= named.since, table.day < named.until]
    ).select(*table.columns, "category_id")


def with_beginnings(sold: ir.Table, beginnings: ir.Table) -> ir.Table:
    """The days with a day without sales before them, where a series begins before its first sale: `series`, `day`."""
    first = sold.group_by("series").agg(first=sold.day.min())
    joined = beginnings.left_join(first, "series")
    early = joined.filter(joined["first"].isnull() | (joined.day < joined["first"])).select("series", "day")
    nothing = {
        "sales": ibis.literal(0, "int64"),
        "revenue": ibis.literal(0, MONEY),
        "customers": ibis.literal(0, "int64"),
    }
    return sold.union(early.mutate(**nothing).select(*sold.columns))


def _summed(sold: ir.Table) -> ir.Table:
    return sold.group_by("series", "day").agg(
        sales=sold.sales.sum().cast("int64"), revenue=sold.revenue.sum().cast(MONEY), customers=sold.count()
    )
