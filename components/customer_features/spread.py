"""How scores spread over customers and values, whether they rise with what they are of, and what is odd about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis.expr.types as ir

from components.customer_features.scores import SCORES, bins_of, measures
from components.customer_features.settings import PERCENT_RANK, Settings
from components.shell.counts import counted
from components.shell.engine import Backend, records
from components.shell.errors import ContractError

_MANY_VALUES = 1_000
_OF = {"R_score": "recency_days", "F_score": "frequency", "M_score": "total_amount_spent"}


@dataclass(frozen=True)
class Spread:
    """By score its bins with their customers and limits, how many customers each segment has, and warnings."""

    bins: Mapping[str, list[dict[str, Any]]]
    segments: Mapping[str, int]
    warnings: tuple[str, ...]


def spread(backend: Backend, bought: ir.Table, settings: Settings) -> Spread:
    """How the scores of those who bought something spread.

    Raises:
        ContractError: a score does not rise with what it is of, as one does that is turned round.
    """
    values = measures(bought, settings)
    bins_by_score = {name: records(backend, bins_of(bought, name, value)) for name, value in values.items()}
    for name, bins in bins_by_score.items():
        require_rising(name, [each["mean"] for each in bins])
    distinct = records(backend, bought.agg(**{name: value.nunique() for name, value in values.items()}))[0]
    segments = bought.group_by("rfm_segment").agg(customers=bought.count()).order_by("rfm_segment")
    return Spread(
        bins={name: [_limits(name, each) for each in bins] for name, bins in bins_by_score.items()},
        segments={row["rfm_segment"]: row["customers"] for row in records(backend, segments)},
        warnings=_unused(bins_by_score, distinct, settings),
    )


def require_rising(score: str, means: list[float]) -> None:
    """Nothing, if customers with a higher score are no worse on average, as far as doubles are exact.

    Raises:
        ContractError: they are worse.
    """
    if any(before > after for before, after in pairwise(means)):
        raise ContractError(f"{score} does not rise with {_OF[score]}", "report this: a score is turned round")


def _limits(score: str, each: Mapping[str, Any]) -> dict[str, Any]:
    least, greatest = each["least"], each["greatest"]
    if score == SCORES[0]:
        least, greatest = -greatest, -least
    return {"score": each["score"], "customers": each["customers"], "least": least, "greatest": greatest}


def _unused(
    bins_by_score: Mapping[str, list[dict[str, Any]]], distinct: Mapping[str, int], settings: Settings
) -> tuple[str, ...]:
    """What is odd: so many values that every score should be there, and one is not."""
    if settings.score_by != PERCENT_RANK:
        return ()
    return tuple(
        f"{name} has {len(bins_by_score[name])} of {counted(settings.bins, 'score')},"
        f" though {_OF[name]} has {counted(distinct[name], 'value')}"
        for name in (SCORES[0], SCORES[2])
        if distinct[name] >= _MANY_VALUES and len(bins_by_score[name]) < settings.bins
    )
