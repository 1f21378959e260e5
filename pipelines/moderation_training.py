"""GourmetGram moderation training data: Postgres to Iceberg, daily."""

from datetime import timedelta

from components.moderation_features.component import moderation_features
from components.publish_raw.component import publish_raw
from components.read_views.component import read_views
from components.shell.projection import projection
from components.shell.schema import Between, Late, NotAfterAsOf, OneOf, RowCount, Share, Unique
from pipelines import gourmetgram
from stockpot.authoring import Contract, Dataset, IncrementalByTime, Run, Schedule, Source, Table, columns
from stockpot.defaults import limits, uses_catalog, uses_object_store

# Just what the features read. Newer sources call the instant of an upload created_at, and have what older ones lack.
SOURCE_TABLES = projection(
    {
        "users": [
            "id",
            "created_at timestamptz",
            "is_test_account boolean?",
            "year_of_birth long? personal",
            "known_at timestamptz?",
        ],
        "images": [
            "id",
            "user_id",
            "uploaded_at|created_at timestamptz",
            "caption string",
            "category string",
            "deleted_at timestamptz?",
            "known_at timestamptz?",
        ],
        "comments": [
            "id",
            "image_id",
            "user_id",
            "created_at timestamptz",
            "deleted_at timestamptz?",
            "known_at timestamptz?",
        ],
        "flags": [
            "id",
            "image_id",
            "comment_id",
            "user_id",
            "created_at timestamptz",
            "known_at timestamptz?",
        ],
        "image_milestones": [
            "image_id",
            "milestone_type string",
            "milestone_value long",
            "reached_at timestamptz",
            "known_at timestamptz?",
        ],
    }
)
EVENTS = "event_aggregations.events"
VIEW = gourmetgram.VIEW.describe()

# Name and Iceberg type; a `!` marks a column that is never null.
# The 26 features stand between decision_at and flags_5min.
COLUMNS = columns(
    "image_id string!",
    "uploaded_at timestamptz!",
    "decision_point_minutes int!",
    "decision_at timestamptz!",
    "time_since_upload_seconds long!",
    "hour_of_day int!",
    "day_of_week int!",
    "is_weekend boolean!",
    "views_5min long!",
    "views_1hr long!",
    "comments_5min long!",
    "comments_1hr long!",
    "view_velocity_per_min double!",
    "comment_to_view_ratio double!",
    "recent_engagement_score long!",
    "caption_length long!",
    "has_caption boolean!",
    "user_image_count long!",
    "user_age_days long!",
    "category_bread boolean!",
    "category_dairy_product boolean!",
    "category_dessert boolean!",
    "category_egg boolean!",
    "category_fried_food boolean!",
    "category_meat boolean!",
    "category_noodles_pasta boolean!",
    "category_rice boolean!",
    "category_seafood boolean!",
    "category_soup boolean!",
    "category_vegetable_fruit boolean!",
    "flags_5min long!",
    "flags_1hr long!",
    "total_flags long!",
    "category string",
    "label_needs_moderation_24h boolean!",
)
TABLE = Table(
    "moderation.training_data",
    COLUMNS,
    partition={"uploaded_at": "day"},
    interval_column="uploaded_at",
    late=Late(key=["image_id", "decision_point_minutes"], columns=["label_needs_moderation_24h"]),
)
CONTRACT = Contract(
    COLUMNS,
    Unique(["image_id", "decision_point_minutes"]),
    OneOf("decision_point_minutes", [0, 5, 30]),
    Between("hour_of_day", min=0, max=23),
    Between("day_of_week", min=0, max=6),
    *(Between(f"{what}_{window}", min=0) for what in ("views", "comments") for window in ("5min", "1hr")),
    *(Between(name, min=0) for name in ("user_age_days", "caption_length")),
    Between("user_image_count", min=1),
    RowCount(min=0),
    Share("label_needs_moderation_24h", max=0.9, from_rows=100, severity="warning"),
    NotAfterAsOf("uploaded_at"),
    NotAfterAsOf("decision_at"),
)


DATASET = Dataset(
    name="moderation-training",
    # 2: which deletions take images out no longer depends on when the run happens.
    version="2",
    title="GourmetGram moderation training data",
    table=TABLE,
    contract=CONTRACT,
    mode=IncrementalByTime(label_delay=timedelta(hours=24), lookback=timedelta(days=7)),
    schedule=Schedule(cron="0 3 * * *"),
    source=Source("images", times=("uploaded_at", "created_at")),
    label="label_needs_moderation_24h",
    groups=("decision_point_minutes",),
    steps=(read_views, publish_raw),
)


@DATASET.pipeline
def moderation_training(run: Run, source_timezone: str = "UTC", deletions: str = "label") -> None:
    """Turn what GourmetGram knew at `as_of` into labelled training rows in `moderation.training_data`.

    Every image whose label is settled gets three rows: what a moderator's model could know 0, 5 and 30 minutes after
    the upload, and whether somebody flagged the image within 24 hours.

    Args:
        source_timezone: Zone of the source's timestamps without one, such as Europe/Berlin.
        deletions: Which deletions take an image out: `label`, those within 24 hours of the upload, which is the same
            whenever the run happens; or `as_of`, all up to the run's instant.
    """
    raw = run.extract(SOURCE_TABLES, timezone=source_timezone)
    published = run.publish(raw)
    since = run.begun.outputs["views_start"]
    views = run.call(read_views, table=EVENTS, event=VIEW, interval_start=since)
    uses_catalog(uses_object_store(limits(views, cpu="2", memory="2Gi", minutes=120)))
    features = run.step(
        moderation_features,
        raw=raw.outputs["raw"],
        views=views.outputs["views"],
        views_from=views.outputs["form"],
        coverage=views.outputs["coverage"],
        deletions=deletions,
        memory="3Gi",
    )
    source = features.outputs["views_source"]
    run.commit(features.outputs["rows"], made=features, source=source, after=[published])
