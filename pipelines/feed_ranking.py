"""Feed ranking: interactions to leak-free training rows, split in time, daily."""

from pathlib import Path
from typing import Any

from kfp import dsl

from components.check_quality.component import check_quality
from components.generate_interactions.component import generate_interactions
from components.load_iceberg.component import load_iceberg
from components.migrate.component import migrate
from components.plan_dataset.component import plan_dataset
from components.ranking_features.component import prove_no_leakage, ranking_features
from components.summarise_features.component import summarise_features
from components.temporal_split.component import temporal_split
from components.trigger_training.component import trigger_training
from pipelines.bookkeeping import add_result, close_record, open_record, tell
from pipelines.defaults import SCHEDULED, limits, pure, reads_database, uses_catalog, uses_object_store
from pipelines.definition import Definition, Fills, Schedule

NAME = "feed-ranking"
VERSION = "1"
SHARES = [0.7, 0.15, 0.15]
CONFIG = Path(__file__).with_suffix(".yaml").read_text()
LABEL = "click"
GROUPS = ["segment", "device", "hour_of_day", "day_of_week"]
DEVICES = ["mobile", "desktop", "tablet"]

INTERACTIONS = [
    "interaction_id string!",
    "user_id long!",
    "item_id long!",
    "timestamp timestamptz!",
    "click int!",
    "like int!",
    "share int!",
    "dwell_time double!",
    "device string!",
    "time_of_day string!",
    "day_of_week int!",
]
# Rates of a handful of rows say nothing, and a small dataset may well leave out a day.
JUDGED_FROM = 10_000
INTERACTIONS_CONTRACT = {
    "columns": INTERACTIONS,
    "unique": ["interaction_id"],
    "sets": {
        "click": [0, 1],
        "like": [0, 1],
        "share": [0, 1],
        "device": DEVICES,
        "time_of_day": ["morning", "afternoon", "evening", "night"],
    },
    "ranges": {"dwell_time": {"min": 0, "max": 300}, "day_of_week": {"min": 0, "max": 6}},
    "means": {
        "click": {"min": 0.05, "max": 0.35, "from_rows": JUDGED_FROM},
        "like": {"min": 0.01, "max": 0.15, "from_rows": JUDGED_FROM, "severity": "warning"},
    },
    "ordered": ["timestamp"],
    "gaps": {"timestamp": {"max_hours": 48, "from_rows": JUDGED_FROM, "severity": "warning"}},
    "row_count": {"min": 1},
    "not_after_as_of": ["timestamp"],
}

# Name and Iceberg type; a `!` marks a column that is never null.
COLUMNS = [
    "interaction_id string!",
    "user_id long!",
    "item_id long!",
    "timestamp timestamptz!",
    "user_historical_ctr double!",
    "user_avg_dwell_time double!",
    "user_interaction_count long!",
    "user_days_active long!",
    "item_ctr double!",
    "item_avg_dwell_time double!",
    "item_popularity double!",
    "item_age_days long!",
    "hour_of_day int!",
    "day_of_week int!",
    "device_mobile int!",
    "device_desktop int!",
    "device_tablet int!",
    "user_item_previous_interactions long!",
    "click int!",
    "split string!",
]
TABLE: dict[str, Any] = {
    "name": "feed.training_data",
    "columns": COLUMNS,
    "partition": {"timestamp": "month", "split": "identity"},
    "interval_column": "timestamp",
}
RATE = {"min": 0, "max": 1}
ROWS_CONTRACT = {
    "columns": COLUMNS,
    "unique": ["interaction_id"],
    "sets": {
        "click": [0, 1],
        "split": ["train", "val", "test"],
        **{f"device_{device}": [0, 1] for device in DEVICES},
    },
    "ranges": {
        "user_historical_ctr": RATE,
        "item_ctr": RATE,
        "user_avg_dwell_time": {"min": 0},
        "item_avg_dwell_time": {"min": 0},
        "user_interaction_count": {"min": 0},
        "item_popularity": {"min": 0},
        "user_item_previous_interactions": {"min": 0},
        "user_days_active": {"min": 0},
        "item_age_days": {"min": 0},
        "hour_of_day": {"min": 0, "max": 23},
        "day_of_week": {"min": 0, "max": 6},
    },
    "ordered": ["timestamp"],
    "row_count": {"min": 1},
    "not_after_as_of": ["timestamp"],
}


def _checked_rows(tables: dict[str, Any], known: Any) -> tuple[Any, Any, Any, Any]:
    """The tasks that make features, the split rows, and the two tasks that must pass before they are committed."""
    sound = check_quality(rows=tables["interactions"], contract=INTERACTIONS_CONTRACT, as_of=known)
    pure(limits(sound.set_display_name("check interactions"), memory="2Gi", minutes=60))
    features = pure(limits(ranking_features(**tables), cpu="2", memory="3Gi", minutes=120)).after(sound)
    split = pure(limits(temporal_split(rows=features.outputs["rows"], shares=SHARES), memory="2Gi", minutes=60))
    rows = split.outputs["split_rows"]
    proved = pure(limits(prove_no_leakage(rows=rows, **tables), cpu="2", memory="3Gi", minutes=120))
    quality = check_quality(rows=rows, contract=ROWS_CONTRACT, as_of=known)
    pure(limits(quality.set_display_name("check rows"), memory="2Gi", minutes=60))
    return features, rows, quality, proved


@dsl.pipeline(name=f"{NAME}-load")
def load(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str,
    source: str,
    source_path: str,
    config: str,
    training_template: str,
    training_parameters: dict[str, str],
    training_namespace: str,
) -> None:
    """Bring the dataset that is due, check it, commit it whole, and hand it on to training."""
    with dsl.ExitHandler(close_record(NAME, as_of)):
        migrated = uses_catalog(limits(migrate(tables=[TABLE]), minutes=5))
        made_from = {"source": source, "source_path": source_path, "config": config}
        plan = plan_dataset(
            as_of=as_of,
            scheduled=SCHEDULED,
            pipeline=NAME,
            table=TABLE,
            version=VERSION,
            settings={"shares": SHARES},
            **made_from,
        )
        uses_catalog(limits(plan, minutes=5)).after(migrated)
        run_key, instant = plan.outputs["run_key"], plan.outputs["instant"]
        interval = {"interval_start": plan.outputs["interval_start"], "interval_end": plan.outputs["interval_end"]}
        started = open_record(NAME, VERSION, run_key=run_key, as_of=instant, **interval)

        feed = generate_interactions(until=plan.outputs["interval_end"], **made_from)
        uses_object_store(reads_database(limits(feed, cpu="2", memory="2Gi", minutes=120))).after(started)
        tables = {name: feed.outputs[name] for name in ("interactions", "users", "items")}
        features, rows, quality, proved = _checked_rows(tables, interval["interval_end"])
        shown = {"table": TABLE, "label": LABEL, "groups": GROUPS}
        summarised = summarise_features(rows=rows, users=tables["users"], pipeline=NAME, run_key=run_key, **shown)
        uses_catalog(limits(summarised, memory="2Gi", minutes=60))
        commit = {"table": TABLE, "pipeline": NAME, "version": VERSION, "run_key": run_key, "as_of": instant}
        loaded = load_iceberg(rows=rows, **commit, **interval)
        uses_catalog(limits(loaded, cpu="2", memory="2Gi", minutes=60)).after(quality, proved)
        result = add_result(loaded, features=features.outputs["summary"], quality=quality.outputs["summary"])
        trained = trigger_training(
            workflow_template=training_template,
            parameters=training_parameters,
            namespace=training_namespace,
            table=TABLE["name"],
            snapshot_id=loaded.outputs["snapshot_id"],
        )
        limits(trained, memory="128Mi", minutes=5).after(result)


@dsl.pipeline(name=NAME)
def feed_ranking(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str = "",
    source: str = "synthetic",
    source_path: str = "",
    config: str = CONFIG,
    training_template: str = "",
    training_parameters: dict[str, str] = {},  # noqa: B006 - KFP reads the default and never calls this
    training_namespace: str = "",
) -> None:
    """Turn interactions of a feed into leak-free training rows in `feed.training_data`, split in time.

    Each row knows of its user and its item only what happened strictly before it. The dataset replaces the one that the
    table holds; a generated one that is there already changes nothing.

    Args:
        as_of: Instant of the run, ISO 8601 with offset; the scheduled time of a cron run, else the run's creation time.
        source: Where interactions come from: `synthetic`, `postgres` or `parquet`.
        source_path: For `parquet`: an absolute path or s3://bucket/prefix.
        config: For `synthetic`: the text of a YAML file with counts, date range and seed.
        training_template: Name of an Argo WorkflowTemplate to submit on the new snapshot; empty means none.
        training_parameters: Parameters for that template.
        training_namespace: Namespace of that template; empty means the run's own.
    """
    with dsl.ExitHandler(tell(NAME, as_of)):
        load(
            as_of=as_of,
            source=source,
            source_path=source_path,
            config=config,
            training_template=training_template,
            training_parameters=training_parameters,
            training_namespace=training_namespace,
        )


PIPELINE = Definition(
    function=feed_ranking,
    title="Feed ranking training data",
    schedule=Schedule(cron="0 2 * * *"),
    fills=Fills(table=TABLE["name"], by="dataset", label=LABEL, groups=tuple(GROUPS)),
)
