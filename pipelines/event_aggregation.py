"""GourmetGram events and their five-minute windows: Kafka to Iceberg, hourly."""

from components.aggregate_windows.component import aggregate_windows
from pipelines import gourmetgram
from stockpot.authoring import AppendStream, Dataset, Run, Schedule, Table, Topics
from stockpot.defaults import limits, uses_catalog

EVENTS = "event_aggregations.events"
TABLE = Table(
    EVENTS,
    [
        "topic string!",
        "partition int!",
        "offset long!",
        "event_type string!",
        "event_id string",
        "image_id string!",
        "event_time timestamptz!",
        "known_at timestamptz!",
        "loaded_as_of timestamptz!",
    ],
    partition={"event_time": "hour"},
)
WINDOWS = {
    kind: Table(
        f"event_aggregations.{kind}_windows_5min",
        [
            "image_id string!",
            "window_start timestamptz!",
            "window_end timestamptz!",
            "event_count long!",
            "processed_at timestamptz!",
        ],
        partition={"window_start": "hour"},
    )
    for kind in gourmetgram.EVENTS
}
TOPICS = Topics(gourmetgram.TOPICS, list(gourmetgram.EVENTS.values()))

DATASET = Dataset(
    name="event-aggregation",
    version="1",
    title="GourmetGram events and 5-minute windows",
    table=TABLE,
    mode=AppendStream(time="known_at", derived=tuple(WINDOWS.values())),
    schedule=Schedule(cron="0 * * * *"),
    origins=TOPICS,
)


@DATASET.pipeline
def event_aggregation(run: Run) -> None:
    """Land views, comments and flags in `event_aggregations.events`, each once, and count them in 5-minute windows.

    A run goes on where the table's last commit ended, however long ago that was. Windows are counted anew from the
    events wherever late ones came, so that each count is what was known at `as_of`.
    """
    committed = run.consume()
    tables = {kind: table.document() for kind, table in WINDOWS.items()}
    windows = run.call(aggregate_windows, snapshot_id=committed.outputs["snapshot_id"], windows=tables)
    uses_catalog(limits(windows, cpu="2", minutes=120))
