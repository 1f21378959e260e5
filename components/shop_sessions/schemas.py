"""The columns that the step takes and makes."""

import ibis

from components.retail.columns import INSTANT

EVENTS = ibis.schema(
    {
        "event_id": "!string", "session_id": "string", "customer_id": "string", "anonymous_id": "string",
        "article_id": "string", "event_type": "!string", "campaign_id": "string", "order_id": "string",
        "event_time": f"!{INSTANT}",
    }
)  # fmt: skip
"""What is read of the table of events."""
STEPS = ibis.schema(
    {
        "event_id": "!string", "session_key": "!string", "visitor": "!string", "customer_id": "string",
        "article_id": "string", "category_id": "string", "kind": "!string", "campaign_id": "string",
        "order_id": "string", "session_started_at": f"!{INSTANT}", "occurred_at": f"!{INSTANT}", "event_hour": "!int32",
        "event_day": "!int32", "position": "!int32", "time_since_session_start": "!float64",
        "seconds_to_next": "float64", "is_conversion": "!boolean", "seconds_late": "float64",
    }
)  # fmt: skip
"""The events of sessions."""
SESSIONS = ibis.schema(
    {
        "session_key": "!string", "visitor": "!string", "customer_id": "string", "customers": "!int32",
        "session_id": "string", "views": "!int64", "clicks": "!int64", "wishlist": "!int64", "carts": "!int64",
        "buys": "!int64", "others": "!int64", "events": "!int64", "articles": "!int64", "first_event": f"!{INSTANT}",
        "started_at": f"!{INSTANT}", "started_hour": "!int32",
        "last_event": f"!{INSTANT}", "length_seconds": "!float64", "is_engaged": "!boolean",
        "is_bot": "!boolean", "converted": "!boolean", "bought_unseen": "boolean", "first_buy_at": INSTANT,
        "time_to_convert": "float64",
        "funnel_stage": "!string", "entry_article_id": "string", "exit_article_id": "string",
        "campaign_id": "string", "is_closed": "!boolean", "loaded_as_of": f"!{INSTANT}",
    }
)  # fmt: skip
"""Sessions, beside how far each came in each funnel."""
