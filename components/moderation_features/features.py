"""The training rows: one per accepted image and decision point."""

import ibis
import ibis.expr.types as ir

from components.moderation_features import windows
from components.moderation_features.cut import POINTS, WINDOWS

CATEGORIES = {
    "category_bread": "Bread",
    "category_dairy_product": "Dairy product",
    "category_dessert": "Dessert",
    "category_egg": "Egg",
    "category_fried_food": "Fried food",
    "category_meat": "Meat",
    "category_noodles_pasta": "Noodles/Pasta",
    "category_rice": "Rice",
    "category_seafood": "Seafood",
    "category_soup": "Soup",
    "category_vegetable_fruit": "Vegetable/Fruit",
}

LABEL = "label_needs_moderation_24h"

# Name, Ibis type (a `!` marks a column that is never null), in the order of the table.
SCHEMA = ibis.schema(
    {
        "image_id": "!string",
        "uploaded_at": "!timestamp('UTC', 6)",
        "decision_point_minutes": "!int32",
        "decision_at": "!timestamp('UTC', 6)",
        "time_since_upload_seconds": "!int64",
        "hour_of_day": "!int32",
        "day_of_week": "!int32",
        "is_weekend": "!boolean",
        **{f"{kind}_{window}": "!int64" for kind in ("views", "comments") for window in WINDOWS},
        "view_velocity_per_min": "!float64",
        "comment_to_view_ratio": "!float64",
        "recent_engagement_score": "!int64",
        "caption_length": "!int64",
        "has_caption": "!boolean",
        "user_image_count": "!int64",
        "user_age_days": "!int64",
        **dict.fromkeys(CATEGORIES, "!boolean"),
        **{f"flags_{window}": "!int64" for window in WINDOWS},
        "total_flags": "!int64",
        "category": "string",
        LABEL: "!boolean",
    }
)
REJECTED = ibis.schema({"image_id": "string", "uploaded_at": "timestamp('UTC', 6)", "reason": "!string"})

_DAY = 24 * 60 * 60 * 1_000_000
_SATURDAY = 5
_COMMENT_WEIGHT = 5


def rows(images: ir.Table) -> ir.Table:
    """The rows of SCHEMA, ordered by upload, image and decision point, from images with all their counts."""
    return ibis.union(*(_decision(images, point) for point in POINTS)).order_by(
        "uploaded_at", "image_id", "decision_point_minutes"
    )


def rejected(classified: ir.Table) -> ir.Table:
    """The rows of REJECTED: images that cannot be used, ordered by upload, image and reason."""
    refused = classified.filter(classified.reason.notnull())
    return refused.select(*REJECTED.names).order_by("uploaded_at", "image_id", "reason")


def is_flagged(image: ir.Table) -> ir.BooleanValue:
    """The label, from the count of flags; no count is none."""
    return image.flags_to_label.fill_null(0) > 0


def _decision(image: ir.Table, point: int) -> ir.Table:
    counts = _counts(image, point)
    columns = {
        "image_id": image.image_id,
        "uploaded_at": image.uploaded_at,
        "decision_point_minutes": ibis.literal(point),
        "decision_at": image.uploaded_at + ibis.interval(minutes=point),
        **_temporal(image, point),
        **counts,
        **_ratios(counts),
        **_content(image),
        "user_age_days": image.account_age // _DAY,
        LABEL: is_flagged(image),
    }
    return image.select(**{name: columns[name].cast(kind.copy(nullable=True)) for name, kind in SCHEMA.items()})


def _counts(image: ir.Table, point: int) -> dict[str, ir.IntegerValue]:
    names = [f"{kind}_{window}" for kind in ("views", "comments", "flags") for window in WINDOWS]
    return {name: image[windows.name(name, point)].fill_null(0) for name in (*names, "total_flags", "user_image_count")}


def _temporal(image: ir.Table, point: int) -> dict[str, ir.Value]:
    day = image.uploaded_at.day_of_week.index()
    return {
        "time_since_upload_seconds": ibis.literal(point * 60),
        "hour_of_day": image.uploaded_at.hour(),
        "day_of_week": day,
        "is_weekend": day >= _SATURDAY,
    }


def _ratios(counts: dict[str, ir.IntegerValue]) -> dict[str, ir.NumericValue]:
    at_least_one = (counts["views_1hr"] > 1).ifelse(counts["views_1hr"], 1)
    return {
        "view_velocity_per_min": counts["views_5min"] / WINDOWS["5min"],
        "comment_to_view_ratio": counts["comments_1hr"] / at_least_one,
        "recent_engagement_score": counts["views_5min"] + _COMMENT_WEIGHT * counts["comments_5min"],
    }


def _content(image: ir.Table) -> dict[str, ir.Value]:
    return {
        "caption_length": image.caption_length,
        "has_caption": image.caption_length > 0,
        "category": image.category,
        **{name: (image.category == text).fill_null(ibis.literal(False)) for name, text in CATEGORIES.items()},
    }
