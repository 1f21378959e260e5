"""What customers have bought before a cut, as Ibis expressions over coded lines.

A coded line has whole numbers for its ids: `customer`, `category` (null where the article has none), `day`, `money`,
`quantity`, `channel`. All of them lie before the cut. Money is summed in decimals and divided as doubles once.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from components.customer_features.settings import DAYS
from components.retail.lines import MONEY
from components.retail.time import months_before

_MONTHS = (6, 12)


def by_day(lines: ir.Table) -> ir.Table:
    """Of each customer and day on which they bought something the `lines` and the `money`."""
    return lines.group_by("customer", "day").agg(
        lines=lines.count(), money=lines.money.sum(), pieces=lines.quantity.sum()
    )


def totals(days: ir.Table, cut_day: date, frequency: str) -> ir.Table:
    """Of each customer what they bought: counts, money, first and last days, and what BG/NBD models are fitted to."""
    summed = days.group_by("customer").agg(
        total_transactions=days.lines.sum(),
        purchase_days=days.count(),
        pieces=days.pieces.sum(),
        spent=days.money.sum(),
        first_purchase_date=days.day.min(),
        last_purchase_date=days.day.max(),
        spent_first=days.money.argmin(days.day),
        **_windows(days, cut_day, frequency),
    )
    return _derived(summed, cut_day)


def _windows(days: ir.Table, cut_day: date, frequency: str) -> dict[str, ir.Value]:
    """How often and for how much customers bought in the months before the cut."""
    windows = {}
    for months in _MONTHS:
        inside = days.day >= ibis.literal(months_before(cut_day, months))
        often = days.count(where=inside) if frequency == DAYS else days.lines.sum(where=inside)
        windows[f"frequency_{months}m"] = often.fill_null(0)
        windows[f"monetary_{months}m"] = days.money.sum(where=inside).fill_null(0).cast(MONEY)
    return windows


def _derived(summed: ir.Table, cut_day: date) -> ir.Table:
    first, last = summed.first_purchase_date, summed.last_purchase_date
    cut, again = ibis.literal(cut_day), summed.purchase_days - 1
    returned = again.nullif(0).cast("float64")
    age = last.delta(first, unit="day")
    later = (summed.spent - summed.spent_first).cast("float64")
    return summed.mutate(
        total_amount_spent=summed.spent.cast(MONEY),
        avg_transaction_value=summed.spent.cast("float64") / summed.total_transactions.cast("float64"),
        recency_days=cut.delta(last, unit="day").cast("int32"),
        avg_days_between=age.cast("float64") / returned,
        repeat_frequency=again,
        clv_recency=age.cast("int32"),
        clv_T=cut.delta(first, unit="day").cast("int32"),
        clv_monetary=(later / returned).fill_null(0.0),
    ).drop("spent", "spent_first")


def channels(lines: ir.Table) -> ir.Table:
    """The channel that each customer used for most lines; of several the one used last, then the least."""
    known = lines.filter(lines.channel.notnull())
    used = known.group_by("customer", "channel").agg(lines=known.count(), last=known.day.max())
    order = ibis.struct({"lines": used.lines, "last": used["last"], "least": -used.channel})
    return used.group_by("customer").agg(most_used_sales_channel=used.channel.argmax(order).cast("int32"))


def by_category(lines: ir.Table) -> ir.Table:
    """Of each customer and category what was bought of it; lines of no category are left out."""
    known = lines.filter(lines.category.notnull())
    return known.group_by("customer", "category").agg(
        lines=known.count(), last=known.day.max(), spent=known.money.sum()
    )


def tops(categories: ir.Table) -> ir.Table:
    """Of each customer the category of most lines, and how many there are.

    Of several with as many lines it is the one bought last, then the one with most spent, then the least id.
    """
    order = {name: categories[name] for name in ("lines", "last", "spent")}
    return categories.group_by("customer").agg(
        category=categories.category.argmax(ibis.struct({**order, "least": -categories.category})),
        category_count=categories.count().cast("int32"),
        categorised=categories.lines.sum(),
    )


def shares(categories: ir.Table, top_categories: ir.Table) -> ir.Table:
    """Of each customer and category the lines, and their share of all lines that have a category."""
    joined = categories.inner_join(top_categories.select("customer", "categorised"), "customer")
    return joined.select(
        "customer", "category", "lines", share=joined.lines.cast("float64") / joined.categorised.cast("float64")
    )


def baskets(lines: ir.Table) -> ir.Table:
    """Of each customer the baskets: what was bought on one day through one channel, for shops that have no orders."""
    each = lines.select("customer", "day", "channel").distinct()
    return each.group_by("customer").agg(total_orders=each.count())
