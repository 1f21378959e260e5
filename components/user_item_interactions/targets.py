"""What was bought in the days after a cut, as an Ibis expression over coded lines."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from components.user_item_interactions.pairs import PAIR


def targets(lines: ir.Table, cut_day: date, horizon_days: int) -> ir.Table:
    """Of each pair that was bought in the days from the cut on how often, and what had been known of it at the cut.

    Who or what was new stays, and is marked as new: only so can it be measured how well newcomers are served.
    """
    until = cut_day + timedelta(days=horizon_days)
    bought = lines.filter((lines.day >= ibis.literal(cut_day)) & (lines.day < ibis.literal(until)))
    counted = bought.group_by(PAIR).agg(bought_count=bought.quantity.sum(), first_bought=bought.day.min())
    before = lines.filter(lines.day < ibis.literal(cut_day))
    for name, keys in (("is_repeat", PAIR), ("customer_known", PAIR[:1]), ("article_known", PAIR[1:])):
        # A week is bought by few of all: only theirs is looked up.
        theirs = before.semi_join(bought, keys)
        counted = _marked(counted, theirs.select(*keys).distinct(), keys, name)
    return counted


def _marked(table: ir.Table, known: ir.Table, keys: tuple[str, ...], name: str) -> ir.Table:
    """The table with a column of this name: whether a row's keys are among the known ones."""
    joined = table.left_join(known.mutate(is_known=True), list(keys))
    return joined.select(*table.columns, **{name: joined.is_known.fill_null(False)})
