"""The three tables of a feed, whoever made them: interactions, users, items."""

import pyarrow as pa

_INSTANT = pa.timestamp("us", tz="UTC")

INTERACTIONS = pa.schema(
    [
        pa.field("interaction_id", pa.string(), nullable=False),
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("item_id", pa.int64(), nullable=False),
        pa.field("timestamp", _INSTANT, nullable=False),
        pa.field("click", pa.int32(), nullable=False),
        pa.field("like", pa.int32(), nullable=False),
        pa.field("share", pa.int32(), nullable=False),
        pa.field("dwell_time", pa.float64(), nullable=False),
        pa.field("device", pa.string(), nullable=False),
        pa.field("time_of_day", pa.string(), nullable=False),
        pa.field("day_of_week", pa.int32(), nullable=False),
    ]
)
USERS = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("segment", pa.string()),
        pa.field("signup_date", _INSTANT, nullable=False),
        pa.field("preferred_category", pa.int32()),
        pa.field("device_preference", pa.string()),
    ]
)
ITEMS = pa.schema(
    [
        pa.field("item_id", pa.int64(), nullable=False),
        pa.field("category", pa.int32()),
        pa.field("creation_date", _INSTANT, nullable=False),
        pa.field("base_quality", pa.float64()),
    ]
)
TABLES = {"interactions": INTERACTIONS, "users": USERS, "items": ITEMS}

# Functions of the timestamp, so they are computed and never read.
DERIVED = ("time_of_day", "day_of_week")
# What is read of a real source: no more than features and their summary use. The rest is what a feed is generated from.
READ = {
    "interactions": tuple(name for name in INTERACTIONS.names if name not in DERIVED),
    "users": ("user_id", "signup_date", "segment"),
    "items": ("item_id", "creation_date"),
}

TIMES_OF_DAY = ("morning", "afternoon", "evening", "night")
# By hour: night to 5, morning to 12, afternoon to 17, evening to 22, night again.
TIME_OF_DAY_OF_HOUR = (3,) * 5 + (0,) * 7 + (1,) * 5 + (2,) * 5 + (3,) * 2
