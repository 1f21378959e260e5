"""Names and types of the datasets, in the order of their tables; a `!` marks a column that is never null."""

import ibis

INSTANT = "!timestamp('UTC', 6)"
MONEY = "!decimal(20, 9)"
_DAY = {
    "day_at": INSTANT,
    "date": "!date",
    "daily_sales": "!int64",
    "daily_revenue": MONEY,
    "unique_customers": "!int64",
    "avg_price": "float64",
    "days_since_first": "!int32",
    "days_since_sale": "int32",
    "weekday": "!int32",
    "is_weekend": "!boolean",
    **dict.fromkeys(("day_of_month", "month", "year", "iso_year", "iso_week"), "!int32"),
    "holiday_flag": "boolean",
    "holiday_name": "string",
    "promo_flag": "boolean",
    "rolling_7": "!float64",
    "rolling_30": "!float64",
    **dict.fromkeys(("lag_1", "lag_7", "lag_28"), "int64"),
    **dict.fromkeys(("rolling_7_before", "rolling_30_before", "rolling_28_std_before"), "float64"),
}
_WEEK = {
    "week_start_at": INSTANT,
    "week_start": "!date",
    "iso_year": "!int32",
    "iso_week": "!int32",
    "sales": "!int64",
    "revenue": MONEY,
    "days_in_week": "!int32",
    "is_complete": "!boolean",
}
ARTICLES = ibis.schema({"article_id": "!string", **_DAY, "category_id": "string"})
CATEGORIES = ibis.schema({"category_id": "!string", **_DAY})
ARTICLE_WEEKS = ibis.schema({"article_id": "!string", **_WEEK})
CATEGORY_WEEKS = ibis.schema({"category_id": "!string", **_WEEK})
# `uploaded_at` is what a load calls the instant of a row that late facts touch.
TOUCHED = ibis.schema({"uploaded_at": INSTANT, "reopened": "!boolean"})
