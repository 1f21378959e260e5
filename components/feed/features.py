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
    ordered = numbered(interactions)
    known = ordered.inner_join(histories(ordered), "number")
    known = known.left_join(users.select("user_id", signed_up=_utc(users.signup_date)), "user_id")
    known = known.left_join(items.select("item_id", created=_utc(items.creation_date)), "item_id")
    return known.order_by("number").select(
        *("interaction_id", "user_id", "item_id", "timestamp"),
        user_historical_ctr=_smoothed(known.user_clicks, known.user_rows, PRIOR_CTR),
        user_avg_dwell_time=_smoothed(known.user_dwell / 1000, known.user_rows, PRIOR_DWELL_SECONDS),
        user_interaction_count=known.user_rows,
        user_days_active=_whole_days(known.moment, known.signed_up),
        item_ctr=_smoothed(known.item_clicks, known.item_rows, PRIOR_CTR),
        item_avg_dwell_time=_smoothed(known.item_dwell / 1000, known.item_rows, PRIOR_DWELL_SECONDS),
        item_popularity=(known.item_rows + 1).ln(),
        item_age_days=_whole_days(known.moment, known.created),
        hour_of_day=known.moment.hour(),
        day_of_week=known.moment.day_of_week.index(),
        **{f"device_{device}": (known.device == device).cast("int32") for device in DEVICES},
        user_item_previous_interactions=known.pair_rows,
        click=known.click,
    )


def numbered(interactions: ir.Table) -> ir.Table:
    """The interactions with their `number` in the order of time.

    Windows over a whole number and few columns take half the time of windows over instants, texts and whole rows.
    Clicks and milliseconds become whole numbers in float64, exact up to 2^53: sums of fractions would depend on the
    order of the additions, and 128-bit integers are slow.
    """
    return interactions.select(
        *("interaction_id", "user_id", "item_id", "timestamp", "click", "device"),
        moment=_utc(interactions.timestamp),
        clicks=interactions.click.cast("float64"),
        dwell=(interactions.dwell_time * 1000).round().cast("float64"),
        number=ibis.row_number().over(order_by=[interactions[key] for key in ORDER]),
    )


def histories(ordered: ir.Table) -> ir.Table:
    """By number, what was known before each interaction: rows, clicks and dwell time of its user and of its item."""
    narrow = ordered.select("number", "user_id", "item_id", "clicks", "dwell")
    return narrow.select(
        "number",
        **_history(narrow, "user", "user_id"),
        **_history(narrow, "item", "item_id"),
        pair_rows=_rows_before(narrow, "user_id", "item_id"),
    )


def _history(rows: ir.Table, prefix: str, key: str) -> dict[str, ir.Value]:
    before = ibis.window(group_by=rows[key], order_by=rows.number, preceding=(None, 1))
    return {
        f"{prefix}_rows": _rows_before(rows, key),
        f"{prefix}_clicks": rows.clicks.sum().over(before).fill_null(0),
        f"{prefix}_dwell": rows.dwell.sum().over(before).fill_null(0),
    }


def _rows_before(rows: ir.Table, *keys: str) -> ir.IntegerColumn:
    """How many rows with the same keys come strictly before a row."""
    return ibis.row_number().over(group_by=[rows[key] for key in keys], order_by=rows.number)


def _smoothed(total: ir.NumericValue, rows: ir.NumericValue, prior: float) -> ir.NumericValue:
    """The mean of what was seen and of PRIOR_ROWS imagined rows at the prior: (total + w * prior) / (rows + w).

    This is the posterior mean under a conjugate prior of that weight (Gelman et al., Bayesian Data Analysis, 2.4).
    """
    return (total + PRIOR_ROWS * prior) / (rows.cast("float64") + PRIOR_ROWS)


def _utc(instant: ir.TimestampValue) -> ir.TimestampValue:
    """The instant as UTC's date and time, with which engines reckon several times faster than with time zones."""
    return instant.cast("timestamp(6)")


def _whole_days(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.IntegerValue:
    return later.delta(earlier, unit="microsecond") // _DAY
