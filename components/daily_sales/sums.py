"""What came in is what went out: rows, pieces, money and days."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from components.daily_sales.period import Period
from components.daily_sales.rows import Made
from components.daily_sales.series import lengths
from components.retail.accounts import require_same
from components.shell import datasets
from components.shell.counts import counted
from components.shell.engine import Backend, records
from components.shell.errors import ContractError


def require_rows(read: int, lines: int, reasons: Mapping[str, int]) -> None:
    """Nothing, if each row that was read is a line that counts or has a reason not to.

    Raises:
        ContractError: there are others.
    """
    require_same("rows", read, lines + sum(reasons.values()))


def require_days(backend: Backend, made: Made, period: Period, rows: Mapping[str, int]) -> None:
    """Nothing, if there are as many `rows` of articles and of categories as their series have days in the interval.

    A day without sales is in no sum, lost or there twice.

    Raises:
        ContractError: there are fewer or more.
    """
    calendar = {row["day"] for row in records(backend, made.days.select("day"))}
    left_out = sorted(set(range(made.first, period.last)) - calendar)
    for name, spans in (("articles", made.articles), ("categories", made.categories)):
        if spans is not None:
            expected = records(backend, lengths(spans, left_out, made.first, period.last))[0]["days"]
            require_same(f"days of {name}", expected, rows[name])


def require_sums(backend: Backend, made: Made, period: Period, rows: Path, categories: Path) -> dict[str, Any]:
    """Pieces and money of the interval's lines, which are those of the rows, and those of categories of their articles.

    Raises:
        ContractError: they are not.
    """
    bought = made.bought.filter((made.bought.day >= made.first) & (made.bought.day < period.last))
    source = records(backend, bought.agg(pieces=_pieces(bought.sales), money=_money(bought.revenue)))[0]
    days = backend.read_parquet(datasets.files(rows))
    held = records(backend, days.agg(pieces=_pieces(days.daily_sales), money=_money(days.daily_revenue)))[0]
    for name, total in source.items():
        require_same(name, total, held[name])
    if made.categories is not None:
        _require_categories(backend, days, backend.read_parquet(datasets.files(categories)))
    return source


def _require_categories(backend: Backend, days: ir.Table, categories: ir.Table) -> None:
    inside, whole = _by_date(days.filter(days.category_id.notnull())), _by_date(categories)
    joined = inside.outer_join(whole, "date", rname="other_{name}")
    same = (joined.pieces.fill_null(0) == joined.other_pieces.fill_null(0)) & (
        joined.money.fill_null(0) == joined.other_money.fill_null(0)
    )
    differing = records(backend, joined.agg(days=joined.count(where=~same)))[0]["days"]
    if differing:
        raise ContractError(
            f"on {counted(differing, 'day')} categories have not sold what their articles have",
            "report this: rows were lost",
        )


def _by_date(days: ir.Table) -> ir.Table:
    return days.group_by("date").agg(pieces=_pieces(days.daily_sales), money=_money(days.daily_revenue))


def _pieces(sales: ir.IntegerColumn) -> ir.IntegerScalar:
    return sales.sum().fill_null(0)


def _money(revenue: ir.DecimalColumn) -> ir.DecimalScalar:
    return revenue.sum().cast("decimal(38, 9)").fill_null(0)
