"""ISO weeks, as sums of the days that are there of them."""

import ibis
import ibis.expr.types as ir

_DAYS = 7


def weekly(rows: ir.Table, key: str, days: ir.Table, first: int, cut: int) -> ir.Table:
    """Of each week that begins on the day `first` or later, and has days in `rows`, the sums.

    A week that begins before is left out, for its earlier days are not among the rows. One is complete when it was over
    on the day `cut`, however many of its days the series has.
    """
    calendar = days.select("date", "week")
    dated = rows.select(key, "date", "daily_sales", "daily_revenue").inner_join(calendar, "date")
    inside = dated.filter(dated.week >= first)
    summed = inside.group_by(key, "week").agg(
        sales=inside.daily_sales.sum().cast("int64"),
        revenue=inside.daily_revenue.sum().cast("decimal(20, 9)"),
        days_in_week=inside.count().cast("int32"),
    )
    mondays = days.select("day", week_start_at="day_at", week_start="date", iso_year="iso_year", iso_week="iso_week")
    joined = summed.inner_join(mondays, summed.week == mondays.day)
    return joined.mutate(is_complete=joined.week + ibis.literal(_DAYS) <= cut)
