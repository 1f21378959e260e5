"""Days that are filled anew may not lose most of what the table says was sold on them."""

import ibis.expr.types as ir

from components.daily_sales.period import numbered
from components.daily_sales.rows import UNKNOWN, Made
from components.retail.columns import day
from components.shell.counts import counted
from components.shell.engine import Backend, records
from components.shell.errors import ContractError

_FEW = 100
"""Below so many pieces a line or two that are taken back are a share."""


def require_kept(backend: Backend, made: Made, before: ir.Table, timezone: str, max_drop: float) -> None:
    """Nothing, if of what was sold on the days `before`, as the table has them, at most the share `max_drop` is gone.

    Other days of the interval are new: nothing says what they should hold. Nor do days on which next to nothing was
    sold: one line that is taken back would stop the shop for good.

    Raises:
        ContractError: more is gone. Half an extract would fill them with half the sales.
    """
    held = before.select(day=numbered(day(before, "day_at", timezone)), sales=before.daily_sales)
    there = made.bought.semi_join(held.select("day").distinct(), "day")
    then, now = (
        records(backend, table.agg(sales=table.sales.sum().fill_null(0)))[0]["sales"] for table in (held, there)
    )
    if then < _FEW or then - now <= max_drop * then:
        return
    unknown = made.reasons.get(UNKNOWN, 0)
    of_nothing = f"; {counted(unknown, 'line')} are of articles that nothing knows any more" if unknown else ""
    raise ContractError(
        f"days that are filled anew have {counted(now, 'piece')} sold, and {then:,} in the table{of_nothing}",
        "nothing was changed; see whether the extract is whole, and articles are in the catalogue or its versions"
        " (articles-content keeps them); where they were taken back by right, run it once with a larger max_drop (it"
        f" was {max_drop}), such as 1",
    )
