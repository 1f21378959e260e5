"""The features, as Ibis expressions.

One rule stands over all of them: a row may know what happened strictly before it, and nothing else. "Before" is by
timestamp and, among interactions of the same instant, by the bytes of interaction_id. No figure is taken over all rows:
even the mean that stands in for a newcomer is a constant.
"""

import ibis
import ibis.expr.types as ir

# What is assumed of a user or an item before anything is known: a prior worth PRIOR_ROWS interactions.
PRIOR_CTR = 0.15
PRIOR_DWELL_SECONDS = 3.0
PRIOR_ROWS = 20.0

DEVICES = ("mobile", "desktop", "tablet")

# Name and Ibis type, in the order of the table; a `!` marks a column that is never null.
SCHEMA = ibis.schema(
    {
        "interaction_id": "!string",
        "user_id": "!int64",
        "item_id": "!int64",
        "timestamp": "!timestamp('UTC', 6)",
        "user_historical_ctr": "!float64",
        "user_avg_dwell_time": "!float64",
        "user_interaction_count": "!int64",
        "user_days_active": "!int64",
        "item_ctr": "!float64",
        "item_avg_dwell_time": "!float64",
        "item_popularity": "!float64",
        "item_age_days": "!int64",
        "hour_of_day": "!int32",
        "day_of_week": "!int32",
        "device_mobile": "!int32",
        "device_desktop": "!int32",
        "device_tablet": "!int32",
        "user_item_previous_interactions": "!int64",
        "click": "!int32",
    }
)
ORDER = ("timestamp", "interaction_id")

_DAY = 24 * 3_600_000_000


def features(interactions: ir.Table, users: ir.Table, items: ir.Table) -> ir.Table:
    """One row per interaction with the columns of SCHEMA, ordered by timestamp and interaction_id.

    Args:
        interactions: interaction_id, user_id, item_id, timestamp, click (0 or 1), dwell_time (seconds), device.
        users: user_id, once each, and signup_date.
        items: item_id, once each, and creation_date.
    """
    counted = with_history(interactions)
    joined = counted.left_join(users.select("user_id", signed_up=_utc(users.signup_date)), "user_id")
    joined = joined.left_join(items.select("item_id", created=_utc(items.creation_date)), "item_id")
    return joined.select(
        *("interaction_id", "user_id", "item_id", "timestamp"),
        user_historical_ctr=_smoothed(joined.user_clicks, joined.user_rows, PRIOR_CTR),
        user_avg_dwell_time=_smoothed(joined.user_dwell / 1000, joined.user_rows, PRIOR_DWELL_SECONDS),
        user_interaction_count=joined.user_rows,
        user_days_active=_whole_days(joined.moment, joined.signed_up),
        item_ctr=_smoothed(joined.item_clicks, joined.item_rows, PRIOR_CTR),
        item_avg_dwell_time=_smoothed(joined.item_dwell / 1000, joined.item_rows, PRIOR_DWELL_SECONDS),
        item_popularity=(joined.item_rows + 1).ln(),
        item_age_days=_whole_days(joined.moment, joined.created),
        hour_of_day=joined.moment.hour(),
        day_of_week=joined.moment.day_of_week.index(),
        **{f"device_{device}": (joined.device == device).cast("int32") for device in DEVICES},
        user_item_previous_interactions=joined.pair_rows,
        click=joined.click,
    ).order_by(*ORDER)


def with_history(interactions: ir.Table) -> ir.Table:
    """The interactions with what was known before each: rows, clicks and dwell time of its user and of its item.

    Clicks and milliseconds are summed as whole numbers in float64, exact up to 2^53: sums of fractions would depend on
    the order of the additions, and 128-bit integers are slow.
    """
    narrow = interactions.select(
        *("interaction_id", "user_id", "item_id", "timestamp", "click", "device"),
        moment=_utc(interactions.timestamp),
        clicks=interactions.click.cast("float64"),
        dwell=(interactions.dwell_time * 1000).round().cast("float64"),
    )
    return narrow.mutate(
        **_history(narrow, "user", "user_id"),
        **_history(narrow, "item", "item_id"),
        pair_rows=narrow.count().over(_before(narrow, "user_id", "item_id")),
    )


def _history(rows: ir.Table, prefix: str, key: str) -> dict[str, ir.Value]:
    before = _before(rows, key)
    return {
        f"{prefix}_rows": rows.count().over(before),
        f"{prefix}_clicks": rows.clicks.sum().over(before).fill_null(0),
        f"{prefix}_dwell": rows.dwell.sum().over(before).fill_null(0),
    }


def _before(rows: ir.Table, *keys: str) -> ibis.expr.builders.WindowBuilder:
    """The rows with the same keys that come strictly before a row."""
    return ibis.window(group_by=[rows[key] for key in keys], order_by=[rows[key] for key in ORDER], preceding=(None, 1))


def _smoothed(total: ir.NumericValue, rows: ir.NumericValue, prior: float) -> ir.NumericValue:
    """The mean of what was seen and of PRIOR_ROWS imagined rows at the prior: (total + w * prior) / (rows + w).

    This is the posterior mean under a conjugate prior of that weight (Gelman et al., Bayesian Data Analysis, 2.4).
    """
    return (total + PRIOR_ROWS * prior) / (rows + PRIOR_ROWS)


def _utc(instant: ir.TimestampValue) -> ir.TimestampValue:
    """The instant as UTC's date and time, with which engines reckon several times faster than with time zones."""
    return instant.cast("timestamp(6)")


def _whole_days(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.IntegerValue:
    return later.delta(earlier, unit="microsecond") // _DAY
