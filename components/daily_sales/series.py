"""A row for every day of a series, with what the days before say of it, as Ibis expressions.

A series is cut into spans: a day on which something was sold, and the days until the next one. All that such a day says
is told from there on, so no row knows anything of a later one.

What lies `n` rows before is what lies `n` days before, for each series has all its days here: those of its retirement,
too, on which it does not `exist`, and which are dropped at the end. So a sum over some days is the difference of two
running sums, which costs engines a quarter of a frame that moves.
"""

import ibis
import ibis.expr.types as ir

LOOKBACK = 30
"""How many days before a row its windows reach at most."""
_LAGS = (1, 7, 28)
_MEANS = (7, 30)
_SPREAD = 28


def spans(sold: ir.Table, end: int) -> ir.Table:
    """The days on which something was sold, each with the day of the next one, `until`, which is `end` for the last.

    A beginning before the first sale has no price, and is no day of a sale.
    """
    ordered = ibis.window(group_by=sold.series, order_by=sold.day)
    is_sale = sold.sales > 0
    return sold.mutate(
        until=sold.day.lead().over(ordered).fill_null(end).cast("int32"),
        first=sold.day.first().over(ordered),
        sold_on=is_sale.ifelse(sold.day, ibis.null("int32")),
        avg_price=is_sale.ifelse(sold.revenue.cast("float64") / sold.sales.cast("float64"), ibis.null("float64")),
    )


def rows(found: ir.Table, first: int, last: int, retire_after_days: int) -> ir.Table:
    """The rows of all series from the day `first` to before `last`."""
    table = _windows(_running(_grid(found, first - LOOKBACK, last, retire_after_days)))
    return table.filter((table.day >= first) & table.exists).drop("exists")


def _grid(found: ir.Table, first: int, last: int, retire_after_days: int) -> ir.Table:
    """All days of the series from `first` to before `last`."""
    near = found.filter((found.day < last) & (found.until > first))
    days = ibis.range(ibis.greatest(near.day, first), ibis.least(near.until, last)).unnest()
    grid = near.rename(sold_from="day").mutate(day=days.cast("int32"))
    of_sale = grid.day == grid.sold_from
    since = grid.day - grid.sold_on
    return grid.select(
        "series",
        "day",
        daily_sales=of_sale.ifelse(grid.sales, 0),
        daily_revenue=of_sale.ifelse(grid.revenue, ibis.literal(0, grid.revenue.type())),
        unique_customers=of_sale.ifelse(grid.customers, 0),
        avg_price=grid.avg_price,
        days_since_first=(grid.day - grid["first"]).cast("int32"),
        days_since_sale=since.cast("int32"),
        exists=(since <= retire_after_days).fill_null(False) if retire_after_days else ibis.literal(True),
    )


def _running(grid: ir.Table) -> ir.Table:
    """The grid with running sums: of sales, of their squares, and of the days that exist."""
    window = ibis.cumulative_window(group_by=grid.series, order_by=grid.day)
    return grid.mutate(
        sum=grid.daily_sales.sum().over(window),
        squares=(grid.daily_sales.cast("float64") ** 2).sum().over(window),
        days=grid.exists.cast("int64").sum().over(window),
    )


def _windows(running: ir.Table) -> ir.Table:
    """The rows with their lags, means and spread, which are null where no day exists that they could be of."""
    table = _differences(running)
    lags = {f"lag_{days}": table[f"lag_{days}"] for days in _LAGS}
    means = {name: table[f"sum_{name}"].cast("float64") / _counted(table[f"days_{name}"]) for name in _named_means()}
    count, total = table.days_spread.cast("float64"), table.sum_spread.cast("float64")
    variance = (count * table.squares_spread - total * total) / (count * (count - 1))
    spread = (table.days_spread > 1).ifelse(ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))
    kept = [name for name in running.columns if name not in ("sum", "squares", "days")]
    return table.select(*kept, **means, **lags, **{f"rolling_{_SPREAD}_std_before": spread})


def _named_means() -> dict[str, tuple[int, int]]:
    """From and to how many days before, by name of the mean."""
    including = {f"rolling_{days}": (days, 0) for days in _MEANS}
    return {**including, **{f"rolling_{days}_before": (days + 1, 1) for days in _MEANS}}


def _counted(days: ir.IntegerValue) -> ir.FloatingValue:
    return days.nullif(0).cast("float64")


def _differences(running: ir.Table) -> ir.Table:
    """The rows with sums over some days: of those after the one `far` rows before, up to the one `near` rows before."""
    window = ibis.window(group_by=running.series, order_by=running.day)

    def before(column: str, rows: int) -> ir.Value:
        return running[column].lag(rows, default=0).over(window) if rows else running[column]

    def between(column: str, far: int, near: int) -> ir.Value:
        return before(column, near) - before(column, far)

    told = running.exists.ifelse(running.daily_sales, ibis.null("int64"))
    found = {f"lag_{days}": told.lag(days).over(window) for days in _LAGS}
    for name, (far, near) in _named_means().items():
        found |= {f"{column}_{name}": between(column, far, near) for column in ("sum", "days")}
    spread = {f"{column}_spread": between(column, _SPREAD + 1, 1) for column in ("sum", "squares", "days")}
    return running.mutate(**found, **spread)
