"""Feed ranking: interactions to leak-free training rows, split in time, daily."""

from pathlib import Path

from kfp import dsl

from components.examine_features.component import examine_features
from components.generate_interactions.component import generate_interactions
from components.ranking_features.component import ranking_features
from components.shell.schema import Between, Expect, MaxGap, Mean, NotAfterAsOf, OneOf, Ordered, RowCount, Unique
from components.trigger_training.component import trigger_training
from stockpot.authoring import Contract, Dataset, FullRefresh, Run, Schedule, Table, columns
from stockpot.defaults import limits, reads_database, uses_catalog, uses_object_store

SHARES = [0.7, 0.15, 0.15]
CONFIG = Path(__file__).with_suffix(".yaml").read_text()
DEVICES = ["mobile", "desktop", "tablet"]

INTERACTIONS = columns(
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
)
# Rates of a handful of rows say nothing, and a small dataset may well leave out a day.
JUDGED_FROM = 10_000
# What features cannot be computed from is an error: sums of milliseconds are exact up to 2^53. What only a generated
# feed is like is a warning, for a feed of one's own may be otherwise.
INTERACTIONS_CONTRACT = Contract(
    INTERACTIONS,
    Unique(["interaction_id"]),
    OneOf("click", [0, 1]),
    OneOf("like", [0, 1]),
    OneOf("share", [0, 1]),
    OneOf("device", DEVICES, severity="warning"),
    OneOf("time_of_day", ["morning", "afternoon", "evening", "night"]),
    Between("dwell_time", min=0, max=1e9),
    Expect("expect_column_values_to_be_between", {"column": "dwell_time", "max_value": 300}, severity="warning"),
    Between("day_of_week", min=0, max=6),
    Mean("click", min=0.05, max=0.35, from_rows=JUDGED_FROM, severity="warning"),
    Mean("like", min=0.01, max=0.15, from_rows=JUDGED_FROM, severity="warning"),
    Ordered("timestamp"),
    MaxGap("timestamp", max_hours=48, from_rows=JUDGED_FROM, severity="warning"),
    RowCount(min=1),
    NotAfterAsOf("timestamp"),
)

# Name and Iceberg type; a `!` marks a column that is never null.
COLUMNS = columns(
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
)
TABLE = Table(
    "feed.training_data",
    COLUMNS,
    partition={"timestamp": "month", "split": "identity"},
    interval_column="timestamp",
)
ROWS_CONTRACT = Contract(
    COLUMNS,
    Unique(["interaction_id"]),
    OneOf("click", [0, 1]),
    OneOf("split", ["train", "val", "test"]),
    *(OneOf(f"device_{device}", [0, 1]) for device in DEVICES),
    *(Between(name, min=0, max=1) for name in ("user_historical_ctr", "item_ctr")),
    *(Between(f"{whose}_avg_dwell_time", min=0) for whose in ("user", "item")),
    *(Between(name, min=0) for name in ("user_interaction_count", "user_item_previous_interactions")),
    *(Between(name, min=0) for name in ("item_popularity", "user_days_active", "item_age_days")),
    Between("hour_of_day", min=0, max=23),
    Between("day_of_week", min=0, max=6),
    Ordered("timestamp"),
    RowCount(min=1),
    NotAfterAsOf("timestamp"),
)


DATASET = Dataset(
    name="feed-ranking",
    version="1",
    title="Feed ranking training data",
    table=TABLE,
    contract=ROWS_CONTRACT,
    mode=FullRefresh(made_from=("source", "source_path", "config"), settings={"shares": SHARES}),
    schedule=Schedule(cron="0 2 * * *"),
    follows=("training",),
    label="click",
    groups=("segment", "device", "hour_of_day", "day_of_week"),
)


@DATASET.pipeline
def feed_ranking(
    run: Run,
    source: str = "synthetic",
    source_path: str = "",
    config: str = CONFIG,
) -> None:
    """Turn interactions of a feed into leak-free training rows in `feed.training_data`, split in time.

    Each row knows of its user and its item only what happened strictly before it. The dataset replaces the one that the
    table holds; a generated one that is there already changes nothing.

    Args:
        source: Where interactions come from: `synthetic`, `postgres` or `parquet`.
        source_path: For `parquet`: an absolute path or s3://bucket/prefix.
        config: For `synthetic`: the text of a YAML file with counts, date range and seed.
    """
    until = run.interval["interval_end"]
    feed = generate_interactions(until=until, source=source, source_path=source_path, config=config)
    uses_object_store(reads_database(limits(feed, cpu="2", memory="2Gi", minutes=120)))
    tables = {name: feed.outputs[name] for name in ("interactions", "users", "items")}
    run.reads.extract(tables, source)
    sound = run.check(tables["interactions"], INTERACTIONS_CONTRACT, name="check interactions")
    features = run.step(ranking_features, **tables, shares=SHARES, memory="3Gi").after(sound)
    rows = features.outputs["split_rows"]
    shown = {"label": DATASET.label, "groups": list(DATASET.groups)}
    examined = run.call(examine_features, rows=rows, **tables, **shown, run_key=run.key)
    uses_catalog(limits(examined, cpu="2", memory="3Gi", minutes=120))
    loaded = run.commit(rows, made=features, after=[examined], check="check rows")
    with dsl.If(run.given["training_template"] != "", name="training is asked for"):
        run.follow("training", trigger_training, table=TABLE.name, snapshot_id=loaded.outputs["snapshot_id"])
