"""What was known of each article's reviews whenever a local day was over on which that changed.

A version of a review adds what it says when it becomes known, and takes back what the one before it said. All sums are
of whole numbers, so they are the same whatever the order.
"""

import ibis
import ibis.expr.types as ir

from components.retail.columns import INSTANT, begins, day, over
from components.reviews_nlp.schemas import STATS
from components.reviews_nlp.usable import Interval

PRIOR = 10
"""As many reviews of the mean rating are added to each article's own before its Bayesian rating is taken."""
_SIGNS = 10_000
"""VADER rounds its compound to four digits."""
_SUMS = ("reviews", "rating", "scored", "compound")


def article_stats(history: ir.Table, interval: Interval) -> ir.Table:
    """The rows of the days that begin in the interval, from all versions known before its end."""
    daily = _daily(history, interval.timezone)
    so_far = ibis.window(group_by="article_id", order_by="day", preceding=None, following=0)
    sums = {name: daily[name].sum().over(so_far) for name in _SUMS}
    known = daily.select("article_id", "day", **sums, last_review_at=daily.last_review_at.max().over(so_far))
    rows = _rated(known.inner_join(_overall(daily), "day"), interval.timezone)
    start, end = (ibis.literal(each, INSTANT) for each in (interval.start, interval.end))
    return rows.filter((rows.day_at >= start) & (rows.day_at < end)).order_by(["article_id", "day_at"])


def _daily(history: ir.Table, timezone: str) -> ir.Table:
    """By article and day, by how much each sum changes."""
    versions = ibis.window(group_by="review_id", order_by="known_at")
    table = history.mutate(next_known_at=history.known_at.lead().over(versions))
    score = table.vader_compound
    added = table.select(
        "article_id",
        "created_at",
        day=day(table, "known_at", timezone),
        next_day=day(table, "next_known_at", timezone),
        reviews=ibis.literal(1, "int64"),
        rating=table.rating.cast("int64"),
        scored=score.notnull().cast("int64"),
        compound=(score * _SIGNS).round().cast("int64").fill_null(0),
    )
    gone = added.filter(added.next_day.notnull())
    taken_back = gone.select(
        "article_id", "created_at", day=gone.next_day, **{name: (-gone[name]).cast("int64") for name in _SUMS}
    )
    changes = added.select("article_id", "created_at", "day", *_SUMS).union(taken_back)
    sums = {name: changes[name].sum().cast("int64") for name in _SUMS}
    return changes.group_by(["article_id", "day"]).agg(**sums, last_review_at=changes.created_at.max())


def _overall(daily: ir.Table) -> ir.Table:
    """Of each day the mean rating of all articles when it is over."""
    days = daily.group_by("day").agg(reviews=daily.reviews.sum(), rating=daily.rating.sum())
    so_far = ibis.window(order_by="day", preceding=None, following=0)
    sums = days.select("day", reviews=days.reviews.sum().over(so_far), rating=days.rating.sum().over(so_far))
    return sums.select("day", mean_of_all=_share(sums.rating, sums.reviews))


def _rated(known: ir.Table, timezone: str) -> ir.Table:
    rows = known.mutate(
        day_at=begins(known.day, timezone),
        cut_at=over(known.day, timezone),
        mean_rating=_share(known.rating, known.reviews),
        bayes_rating=(PRIOR * known.mean_of_all + known.rating) / (PRIOR + known.reviews),
        mean_sentiment=(_share(known.compound, known.scored) / _SIGNS + 1) / 2,
    )
    return rows.select(*STATS.names)


def _share(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    return part.cast("float64") / whole.nullif(0).cast("float64")
