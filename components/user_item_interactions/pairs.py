"""What a customer has bought of an article before a cut, as Ibis expressions over coded lines.

A coded line has whole numbers for its ids, by which engines group several times faster than by text: `customer`,
`article`, `day`, `price`, `quantity`, `channel`. All of them lie before the cut.

Sums of fractions depend on the order of the additions. So what is summed are decimals: `closeness`, what each line
weighs beside the pair's last one, lies between 0 and 1 and loses nothing by it that a double would have kept.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

PAIR = ("customer", "article")
_WEIGHT = "decimal(38, 17)"
MONEY = "decimal(20, 9)"


def totals(lines: ir.Table) -> ir.Table:
    """Of each pair what one pass over its lines computes, and whether it `varies`: whether a second one adds to it."""
    summed = lines.group_by(PAIR).agg(
        purchase_count=lines.quantity.sum(),
        total_spent=(lines.price * lines.quantity).sum(),
        first_purchase_date=lines.day.min(),
        last_purchase_date=lines.day.max(),
        lines=lines.count(),
        with_channel=lines.channel.count(),
        channel=lines.channel.min(),
        highest=lines.channel.max(),
    )
    alike = (summed.with_channel == 0) | ((summed.with_channel == summed.lines) & (summed.channel == summed.highest))
    varies = (summed.first_purchase_date < summed.last_purchase_date) | ~alike
    return summed.mutate(varies=varies).drop("lines", "with_channel", "highest")


def on_several_days(lines: ir.Table, pair_totals: ir.Table) -> ir.Table:
    """Each day on which a pair was bought, of the pairs that were on more than one: few lines are theirs."""
    several = pair_totals.filter(pair_totals.first_purchase_date < pair_totals.last_purchase_date)
    return lines.semi_join(several, PAIR).select(*PAIR, "day").distinct()


def varied(lines: ir.Table, pair_totals: ir.Table, tau_days: float) -> ir.Table:
    """Of the pairs that vary the days, the closeness of all lines to the last one, and the last day's channel."""
    chosen = pair_totals.filter(pair_totals.varies)
    again = lines.inner_join(chosen.select(*PAIR, last=chosen.last_purchase_date), PAIR)
    before = again.last.delta(again.day, unit="day")
    weighed = again.mutate(weight=(again.quantity * (-before / ibis.literal(float(tau_days))).exp()).cast(_WEIGHT))
    spread = weighed.group_by(PAIR).agg(
        purchase_days=weighed.day.nunique(), closeness=weighed.weight.sum().cast("float64")
    )
    return spread.left_join(_last_channels(again), PAIR).select(*PAIR, "purchase_days", "closeness", "last_channel")


def _last_channels(again: ir.Table) -> ir.Table:
    """The channel with most lines on the last day, of several the least."""
    last = again.filter((again.day == again["last"]) & again.channel.notnull())
    counted = last.group_by(*PAIR, "channel").agg(lines=last.count())
    # One number to order by, which both engines know: of 32 bits each, the lines come first.
    order = counted.lines * 2**32 - counted.channel
    return counted.group_by(PAIR).agg(last_channel=counted.channel.argmax(order))


def features(pair_totals: ir.Table, more: ir.Table, cut_day: date, tau_days: float) -> ir.Table:
    """The features of each pair, out of its totals and, where it varies, what `varied` says of it."""
    joined = pair_totals.left_join(more, PAIR, rname="_{name}")
    recency = ibis.literal(cut_day).delta(joined.last_purchase_date, unit="day")
    fresh = (-recency / ibis.literal(float(tau_days))).exp()
    count = joined.purchase_count.cast("float64")
    # As a decimal, what many pieces weigh may come out above their number: no piece weighs more than 1.
    closeness = ibis.least(joined.closeness.fill_null(count), count)
    return joined.select(
        *PAIR,
        "purchase_count",
        purchase_days=joined.purchase_days.fill_null(1).cast("int32"),
        total_spent=joined.total_spent.cast(MONEY),
        avg_price_paid=joined.total_spent.cast("float64") / count,
        first_purchase_date=joined.first_purchase_date,
        last_purchase_date=joined.last_purchase_date,
        recency_days=recency.cast("int32"),
        time_weighted_score=count * fresh,
        decayed_count=closeness * fresh,
        last_sales_channel=joined.varies.ifelse(joined.last_channel, joined.channel).cast("int32"),
    )
