"""Scores of recency, frequency and money among the customers who have bought something, and the segments of them.

A score is a rank, in whole numbers: the share of the others who are worse, in as many parts as there are
bins. Customers with equal values have equal scores, so a bin is empty where no value falls into it.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir

from components.customer_features.segments import OTHERS, Segment
from components.customer_features.settings import CUTS, DAYS, Settings

SCORES = ("R_score", "F_score", "M_score")
_MONETARY = "decimal(38, 9)"


def scored(bought: ir.Table, settings: Settings) -> ir.Table:
    """What customers bought, with their scores and segments; all of them have bought something."""
    values = measures(bought, settings)
    by_rank = {name: _ranked(value, settings.bins) for name, value in values.items()}
    with_scores = bought.mutate(**(_by_cuts(values, settings) if settings.score_by == CUTS else by_rank))
    recent, often, much = (with_scores[name] for name in SCORES)
    return with_scores.mutate(
        RFM_score=(recent + often + much).cast("int32"),
        rfm_cell=recent.cast("string") + often.cast("string") + much.cast("string"),
        rfm_segment=_segment(with_scores, settings.table()),
    )


def measures(bought: ir.Table, settings: Settings) -> Mapping[str, ir.NumericValue]:
    """What each score is of, all the better the greater it is; days since the last purchase are counted backwards."""
    often = bought.purchase_days if settings.frequency == DAYS else bought.total_transactions
    return dict(zip(SCORES, (-bought.recency_days, often, bought.total_amount_spent), strict=True))


def _ranked(value: ir.NumericValue, bins: int) -> ir.Value:
    """The score by the number of those who are worse, in whole numbers: a percent rank has edges."""
    worse = ibis.rank().over(order_by=value)
    others = ibis.greatest(value.count().over() - 1, 1)
    return ibis.least(bins, 1 + (bins * worse) // others).cast("int32")


def _by_cuts(values: Mapping[str, ir.NumericValue], settings: Settings) -> dict[str, ir.Value]:
    """The scores by how many bounds a value reaches."""
    recency, frequency, monetary = (settings.cuts[name] for name in ("recency", "frequency", "monetary"))
    bounds = ([-each for each in recency], frequency, monetary)
    return {
        name: (1 + reduce(add, ((value >= _exactly(bound)).cast("int32") for bound in limits))).cast("int32")
        for (name, value), limits in zip(values.items(), bounds, strict=True)
    }


def _exactly(bound: float) -> ir.Value:
    return ibis.literal(Decimal(str(bound)), _MONETARY)


def _segment(customers: ir.Table, segments: tuple[Segment, ...]) -> ir.Value:
    matches = [
        (
            ibis.and_(*(customers[name].between(*bounds) for name, bounds in zip(SCORES, each.bounds, strict=True))),
            each.name,
        )
        for each in segments
    ]
    return ibis.cases(*matches, else_=OTHERS)


def bins_of(bought: ir.Table, score: str, value: ir.NumericValue) -> ir.Table:
    """Of each score how many customers have it, and the least, the greatest and the mean of what it is of."""
    scored_values = bought.select(score=bought[score], value=value.cast("float64"))
    return (
        scored_values.group_by("score")
        .agg(
            customers=scored_values.count(),
            least=scored_values.value.min(),
            greatest=scored_values.value.max(),
            mean=scored_values.value.mean(),
        )
        .order_by("score")
    )
