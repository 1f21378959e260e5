"""A row for every day of a series, with what the days before say of it, as Ibis expressions.

A series is cut into spans: a day on which something was sold, and the days until the next one. All that such a day says
counts from there on, so no row knows anything of a later one.

What lies `n` rows before is what lies `n` days before, for each series has all its days here: those of its retirement,
too, on which it does not `exist`, and which are dropped at the end. So a sum over some days is the difference of two
running sums, which spans know already: frames that move over all days cost engines several times as much.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

LOOKBACK = 31
"""How many days before a row there must be for its columns."""
_LAGS = (1, 7, 28)
_MEANS = (7, 30)
_SPREAD = 28
_FOR_EVER = 1 << 30


def spans(sold: ir.Table, end: int, retire_after_days: int) -> ir.Table:
    """The days on which something was sold, each with the day of the next one, `until`, which is `end` for the last.

    Each has running sums, itself included: of sales, and of their squares; and how many `days` existed before it. A
    beginning before the first sale has no price, and is no day of a sale.
    """
    ordered = ibis.window(group_by=sold.series, order_by=sold.day)
    running = ibis.cumulative_window(group_by=sold.series, order_by=sold.day)
    is_sale = sold.sales > 0
    spanned = sold.mutate(
        until=sold.day.lead().over(ordered).fill_null(end).cast("int32"),
        first=sold.day.first().over(ordered),
        sold_on=is_sale.ifelse(sold.day, ibis.null("int32")),
        avg_price=is_sale.ifelse(sold.revenue.cast("float64") / sold.sales.cast("float64"), ibis.null("float64")),
        sum=sold.sales.sum().over(running),
        squares=(sold.sales.cast("float64") ** 2).sum().over(running),
        exists_for=ibis.literal(retire_after_days or _FOR_EVER),
    )
    existing = ibis.least(spanned.until - spanned.day, spanned.exists_for + 1)
    running = ibis.cumulative_window(group_by=spanned.series, order_by=spanned.day)
    return spanned.mutate(days=(existing.sum().over(running) - existing))


def lengths(spans: ir.Table, left_out: Sequence[int], first: int, last: int) -> ir.Table:
    """In one row how many `days` all series have from the day `first` to before `last`, by their spans alone.

    Of the days that a zone has `left_out` there are none.
    """
    until = ibis.least(spans.until, spans.day + spans.exists_for + 1, last)
    within = spans.select(since=ibis.greatest(spans.day, first), until=until)
    within = within.filter(within.since < within.until)
    each = within.until - within.since
    for day in left_out:
        each -= ((within.since <= day) & (within.until > day)).cast("int64")
    return within.agg(days=each.sum().fill_null(0).cast("int64"))


def rows(spans: ir.Table, first: int, last: int) -> ir.Table:
    """The rows of all series from the day `first` to before `last`."""
    table = _windows(_grid(spans, first - LOOKBACK, last))
    return table.filter((table.day >= first) & table.exists).drop("exists")


def _grid(spans: ir.Table, first: int, last: int) -> ir.Table:
    """All days of the series from `first` to before `last`, with the running sums up to each."""
    near = spans.filter((spans.day < last) & (spans.until > first))
    each = ibis.range(ibis.greatest(near.day, first), ibis.least(near.until, last)).unnest()
    # A column by itself: Spark makes rows within no other expression.
    grid = near.rename(sold_from="day").mutate(into_day=each)
    day = grid.into_day.cast("int32")
    into = day - grid.sold_from
    of_sale = into == 0
    return grid.select(
        "series",
        day=day,
        daily_sales=of_sale.ifelse(grid.sales, 0),
        daily_revenue=of_sale.ifelse(grid.revenue, ibis.literal(0, grid.revenue.type())),
        unique_customers=of_sale.ifelse(grid.customers, 0),
        avg_price=grid.avg_price,
        days_since_first=(day - grid["first"]).cast("int32"),
        days_since_sale=(day - grid.sold_on).cast("int32"),
        exists=into <= grid.exists_for,
        sum=grid["sum"],
        squares=grid.squares,
        days=grid.days + ibis.least(into, grid.exists_for) + 1,
    )


def _windows(grid: ir.Table) -> ir.Table:
    """The rows with their lags, means and spread, which are null where no day exists that they could be of."""
    table = _with_lags(grid)
    lags = {f"lag_{rows}": table[f"sales_{rows}"] for rows in _LAGS}
    means = {
        name: _between(table, "sum", far, near) / _between(table, "days", far, near).nullif(0)
        for name, (far, near) in _named_means().items()
    }
    count, total, squares = (_between(table, column, _SPREAD + 1, 1) for column in ("days", "sum", "squares"))
    variance = (count * squares - total * total) / (count * (count - 1))
    spread = (count > 1).ifelse(ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))
    columns = [name for name in grid.columns if name not in ("sum", "squares", "days")]
    return table.select(*columns, **means, **lags, **{f"rolling_{_SPREAD}_std_before": spread})


def _named_means() -> dict[str, tuple[int, int]]:
    """After which row before, and up to which, by name of the mean."""
    including = {f"rolling_{days}": (days, 0) for days in _MEANS}
    return {**including, **{f"rolling_{days}_before": (days + 1, 1) for days in _MEANS}}


def _between(table: ir.Table, column: str, far: int, near: int) -> ir.FloatingValue:
    """The sum of what came after the row `far` rows before, up to the one `near` rows before."""
    up_to = table[f"{column}_{near}"] if near else table[column]
    return (up_to - table[f"{column}_{far}"]).cast("float64")


def _with_lags(grid: ir.Table) -> ir.Table:
    """The grid with each column so many rows before: nothing of running sums where there was no day yet."""
    window = ibis.window(group_by=grid.series, order_by=grid.day)
    sales = grid.exists.ifelse(grid.daily_sales, ibis.null("int64"))
    lagged = {f"sales_{rows}": sales.lag(rows).over(window) for rows in _LAGS}
    spread = {1, _SPREAD + 1}
    bounds = spread | {row for ends in _named_means().values() for row in ends if row}
    for column, lags in (("sum", bounds), ("days", bounds), ("squares", spread)):
        lagged |= {f"{column}_{rows}": grid[column].lag(rows, default=0).over(window) for rows in sorted(lags)}
    return grid.mutate(**lagged)
