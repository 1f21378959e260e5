"""The columns of both tables: name and Ibis type, in their order; a `!` marks a column that is never null."""

import ibis

from components.retail.columns import INSTANT

SCORES = {f"vader_{name}": "float64" for name in ("compound", "neg", "neu", "pos")}
REVIEWS = ibis.schema(
    {
        "review_id": "!string",
        "customer_id": "!string",
        "article_id": "!string",
        "category_id": "string",
        "rating": "!int32",
        "review_text": "string",
        "display_text": "!string",
        "clean_text": "!string",
        "created_at": f"!{INSTANT}",
        "known_at": f"!{INSTANT}",
        "version": "!int32",
        "review_age_days": "!int32",
        "language": "!string",
        "n_chars": "!int32",
        "n_words": "!int32",
        "is_empty": "!boolean",
        "is_too_short": "!boolean",
        "is_spam": "!boolean",
        "is_duplicate": "!boolean",
        "quality": "!string",
        "sentiment_score": "float64",
        **SCORES,
        "sentiment_label": "string",
        "sentiment_model": "!string",
        "text_hash": "!string",
    }
)
STATS = ibis.schema(
    {
        "article_id": "!string",
        "day_at": f"!{INSTANT}",
        "cut_at": f"!{INSTANT}",
        "reviews": "!int64",
        "mean_rating": "float64",
        "bayes_rating": "float64",
        "mean_sentiment": "float64",
        "last_review_at": f"!{INSTANT}",
    }
)
REJECTED = ibis.schema({"id": "string", "reason": "!string", "row": "!string"})
TOUCHED = ibis.schema({"uploaded_at": INSTANT, "reopened": "!boolean"})
