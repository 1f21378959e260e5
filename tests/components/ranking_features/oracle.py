"""The features by a plain loop over interactions in time order: slow, obvious, written without a look at the step."""

import math
from collections import defaultdict
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def features(interactions: list[Row], users: list[Row], items: list[Row]) -> list[Row]:
    """What the step should give, in its order."""
    signup = {user["user_id"]: user["signup_date"] for user in users}
    creation = {item["item_id"]: item["creation_date"] for item in items}
    seen_of_user: dict[int, list[Row]] = defaultdict(list)
    seen_of_item: dict[int, list[Row]] = defaultdict(list)
    found = []
    for row in sorted(interactions, key=lambda row: (row["timestamp"], row["interaction_id"])):
        of_user, of_item = seen_of_user[row["user_id"]], seen_of_item[row["item_id"]]
        found.append(
            {
                **{name: row[name] for name in ("interaction_id", "user_id", "item_id", "timestamp")},
                "user_historical_ctr": mean([past["click"] for past in of_user], 0.15),
                "user_avg_dwell_time": mean([past["dwell_time"] for past in of_user], 3.0),
                "user_interaction_count": len(of_user),
                "user_days_active": whole_days(row["timestamp"], signup[row["user_id"]]),
                "item_ctr": mean([past["click"] for past in of_item], 0.15),
                "item_avg_dwell_time": mean([past["dwell_time"] for past in of_item], 3.0),
                "item_popularity": math.log1p(len(of_item)),
                "item_age_days": whole_days(row["timestamp"], creation[row["item_id"]]),
                "hour_of_day": row["timestamp"].hour,
                "day_of_week": row["timestamp"].weekday(),
                **{f"device_{name}": int(row["device"] == name) for name in ("mobile", "desktop", "tablet")},
                "user_item_previous_interactions": sum(past["item_id"] == row["item_id"] for past in of_user),
                "click": row["click"],
            }
        )
        of_user.append(row)
        of_item.append(row)
    return found


def mean(seen: list[float], prior: float) -> float:
    """The mean of what was seen and of twenty more at the prior."""
    return (sum(seen) + 20 * prior) / (len(seen) + 20)


def whole_days(later: datetime, earlier: datetime) -> int:
    """Days that have wholly passed."""
    return (later - earlier).days
