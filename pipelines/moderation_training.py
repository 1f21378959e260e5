"""GourmetGram moderation training data: Postgres to Iceberg, daily."""

from collections.abc import Mapping
from typing import Any

from kfp import dsl

from components.check_quality.component import check_quality
from components.extract_postgres.component import extract_postgres
from components.load_iceberg.component import load_iceberg
from components.migrate.component import migrate
from components.moderation_features.component import moderation_features
from components.plan_interval.component import plan_interval
from components.publish_raw.component import publish_raw
from components.read_views.component import read_views
from components.shell.names import BUCKET
from components.shell.projection import projection
from pipelines.bookkeeping import add_result, close_record, open_record, tell
from pipelines.defaults import SCHEDULED, limits, pure, reads_database, uses_catalog, uses_object_store
from pipelines.definition import Definition, Fills, Schedule

NAME = "moderation-training"
# 2: which deletions take images out no longer depends on when the run happens.
VERSION = "2"
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
SETTLE_HOURS = 24
LOOKBACK_HOURS = 7 * 24
EVENTS = "event_aggregations.events"

# Name and Iceberg type; a `!` marks a column that is never null. A list, for KFP's structs forget the order of keys.
# The 26 features stand between decision_at and flags_5min.
COLUMNS = [
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
]
TABLE: dict[str, Any] = {
    "name": "moderation.training_data",
    "columns": COLUMNS,
    "partition": {"uploaded_at": "day"},
    "interval_column": "uploaded_at",
    "late": {"key": ["image_id", "decision_point_minutes"], "columns": ["label_needs_moderation_24h"]},
}
CONTRACT = {
    "columns": COLUMNS,
    "unique": ["image_id", "decision_point_minutes"],
    "sets": {"decision_point_minutes": [0, 5, 30]},
    "ranges": {
        "hour_of_day": {"min": 0, "max": 23},
        "day_of_week": {"min": 0, "max": 6},
        "views_5min": {"min": 0},
        "views_1hr": {"min": 0},
        "comments_5min": {"min": 0},
        "comments_1hr": {"min": 0},
        "user_age_days": {"min": 0},
        "user_image_count": {"min": 1},
        "caption_length": {"min": 0},
    },
    "row_count": {"min": 0},
    "shares": {"label_needs_moderation_24h": {"max": 0.9, "from_rows": 100, "severity": "warning"}},
    "not_after_as_of": ["uploaded_at", "decision_at"],
}


def _plan(as_of: str, lookback_hours: int, backfill: Mapping[str, Any]) -> dsl.PipelineTask:
    migrated = uses_catalog(limits(migrate(tables=[TABLE]), minutes=5))
    plan = plan_interval(
        as_of=as_of,
        scheduled=SCHEDULED,
        pipeline=NAME,
        table=TABLE,
        version=VERSION,
        settle_hours=SETTLE_HOURS,
        lookback_hours=lookback_hours,
        **backfill,
    )
    return uses_catalog(limits(plan, minutes=5)).after(migrated)


def _features(
    raw: dsl.PipelineTask, views: dsl.PipelineTask, plan: dsl.PipelineTask, how: Mapping[str, Any]
) -> dsl.PipelineTask:
    features = moderation_features(
        raw=raw.outputs["raw"],
        past=plan.outputs["past"],
        held=plan.outputs["held"],
        views=views.outputs["views"],
        views_from=views.outputs["found"],
        coverage=views.outputs["coverage"],
        **how,
    )
    return pure(limits(features, cpu="2", memory="3Gi", minutes=120))


def _loaded(features: dsl.PipelineTask, plan: dsl.PipelineTask, how: Mapping[str, Any]) -> dsl.PipelineTask:
    loaded = load_iceberg(
        rows=features.outputs["rows"],
        touched=features.outputs["touched"],
        past=plan.outputs["past"],
        table=TABLE,
        pipeline=NAME,
        version=VERSION,
        source=features.outputs["views_source"],
        **how,
    )
    return uses_catalog(limits(loaded, cpu="2", memory="2Gi", minutes=60))


@dsl.pipeline(name=f"{NAME}-load")
def load(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str,
    views_from: str,
    views_source: str,
    bucket: str,
    source_timezone: str,
    lookback_hours: int,
    deletions: str,
    backfill_from: str,
    backfill_to: str,
    generation: int,
) -> None:
    """Build the rows of the interval that is due and commit them, with the run's record kept."""
    with dsl.ExitHandler(close_record(NAME, as_of)):
        backfill = {"backfill_from": backfill_from, "backfill_to": backfill_to, "generation": generation}
        plan = _plan(as_of, lookback_hours, backfill)
        run_key, instant = plan.outputs["run_key"], plan.outputs["instant"]
        interval = {"interval_start": plan.outputs["interval_start"], "interval_end": plan.outputs["interval_end"]}
        started = open_record(NAME, VERSION, run_key=run_key, as_of=instant, **interval)

        raw = extract_postgres(tables=SOURCE_TABLES, timezone=source_timezone)
        reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120))
        raw.after(started)
        published = publish_raw(raw=raw.outputs["raw"], run_key=run_key, bucket=bucket)
        uses_object_store(limits(published, minutes=120))
        read = {**interval, "interval_start": plan.outputs["views_start"]}
        views = read_views(views_from=views_from, source=views_source, bucket=bucket, table=EVENTS, **read)
        uses_catalog(uses_object_store(limits(views, cpu="2", memory="2Gi", minutes=120)))
        features = _features(raw, views, plan, {"as_of": instant, "deletions": deletions, **interval})
        quality = pure(
            limits(check_quality(rows=features.outputs["rows"], contract=CONTRACT, as_of=instant), memory="2Gi")
        )
        loaded = _loaded(features, plan, {"as_of": instant, "generation": generation, "run_key": run_key, **interval})
        loaded.after(quality, published)
        add_result(loaded, features=features.outputs["summary"], quality=quality.outputs["summary"])


@dsl.pipeline(name=NAME)
def moderation_training(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str = "",
    views_from: str = "auto",
    views_source: str = "",
    bucket: str = BUCKET,
    source_timezone: str = "UTC",
    lookback_hours: int = LOOKBACK_HOURS,
    deletions: str = "label",
    backfill_from: str = "",
    backfill_to: str = "",
    generation: int = 0,
) -> None:
    """Turn what GourmetGram knew at `as_of` into labelled training rows in `moderation.training_data`.

    Every image whose label is settled gets three rows: what a moderator's model could know 0, 5 and 30 minutes after
    the upload, and whether somebody flagged the image within 24 hours.

    Args:
        as_of: Instant of the run, ISO 8601 with offset; the scheduled time of a cron run, else the run's creation time.
        views_from: How views are counted: `events` (exact), `windows` (approximate), `milestones` (a lower bound), or
            `auto`: events where they are known to be all there, else milestones.
        views_source: Prefix in the bucket that holds the views, for `events` and `windows`; events without one come
            from the table that event-aggregation fills.
        bucket: The data lake's bucket.
        source_timezone: Zone of the source's timestamps without one, such as Europe/Berlin.
        lookback_hours: How far before the interval rows are brought up to date with facts that became known late; what
            is older is counted and left to `stockpot backfill --reprocess late`.
        deletions: Which deletions take an image out: `label`, those within 24 hours of the upload, which is the same
            whenever the run happens; or `as_of`, all up to the run's instant.
        backfill_from: Set by `stockpot backfill`: where the interval starts; empty means where the last one ended.
        backfill_to: Set by `stockpot backfill`: where it ends; empty means 24 hours before `as_of`.
        generation: Set by `stockpot backfill`: 1, or more to compute committed rows anew.
    """
    with dsl.ExitHandler(tell(NAME, as_of)):
        load(
            as_of=as_of,
            views_from=views_from,
            views_source=views_source,
            bucket=bucket,
            source_timezone=source_timezone,
            lookback_hours=lookback_hours,
            deletions=deletions,
            backfill_from=backfill_from,
            backfill_to=backfill_to,
            generation=generation,
        )


PIPELINE = Definition(
    function=moderation_training,
    title="GourmetGram moderation training data",
    schedule=Schedule(cron="0 3 * * *"),
    fills=Fills(
        table=TABLE["name"],
        by="interval",
        settle_hours=SETTLE_HOURS,
        time=TABLE["interval_column"],
        source="images",
        source_times=("uploaded_at", "created_at"),
        label="label_needs_moderation_24h",
        groups=("decision_point_minutes",),
    ),
)
