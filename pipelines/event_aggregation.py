"""GourmetGram events and their five-minute windows: Kafka to Iceberg, hourly."""

from typing import Any

from kfp import dsl

from components.aggregate_windows.component import aggregate_windows
from components.consume_events.component import consume_events, plan_offsets, tell_offsets
from components.event_tables.component import commit_events, stage_events
from pipelines import gourmetgram
from stockpot.authoring import AppendStream, Dataset, Run, Schedule, Table
from stockpot.defaults import RUN_ID, limits, reads_kafka, uses_catalog

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
KINDS = [event.describe() for event in gourmetgram.EVENTS.values()]

DATASET = Dataset(
    name="event-aggregation",
    version="1",
    title="GourmetGram events and 5-minute windows",
    table=TABLE,
    mode=AppendStream(time="known_at", derived=tuple(WINDOWS.values())),
    schedule=Schedule(cron="0 * * * *"),
)


def _staged_shares(plan: Any, run: Run, **consume: Any) -> Any:
    """What the consumers side by side have staged, each its share; nothing of it is part of the table yet."""
    with dsl.ParallelFor(items=plan.outputs["shares"], name="shares") as share:
        consumed = consume_events(spans=share, of_run=plan.outputs["records"], **consume)
        reads_kafka(limits(consumed, cpu="2", minutes=120))
        staged = stage_events(
            events=consumed.outputs["events"],
            consumed=consumed.outputs["summary"],
            table=TABLE.document(),
            run_key=plan.outputs["run_key"],
            as_of=run.as_of,
        )
        uses_catalog(limits(staged, cpu="2", minutes=120))
    return dsl.Collected(staged.outputs["staged"])


@DATASET.pipeline
def event_aggregation(  # noqa: PLR0917 - KFP hands all of them over by name
    run: Run,
    topics: dict[str, str] = gourmetgram.TOPICS,
    consumers: int = 1,
    most_rejected: float = 0.01,
    events_dir: str = "",
    fail_on_data_loss: bool = True,
) -> None:
    """Land views, comments and flags in `event_aggregations.events`, each once, and count them in 5-minute windows.

    A run goes on where the table's last commit ended, however long ago that was. Windows are counted anew from the
    events wherever late ones came, so that each count is what was known at `as_of`.

    Args:
        topics: Topics by name, each with the kind of event in it: view, comment or flag.
        consumers: How many consumers may read side by side.
        most_rejected: Largest share of malformed records that is let pass; above it, nothing is committed.
        events_dir: Archive of topics to read in place of Kafka: a directory with JSON lines below TOPIC/.
        fail_on_data_loss: Stop where records are gone that no run has read: retention has removed them, or a topic was
            made again. Else the run goes on with what the topics hold, and the table is complete from its `as_of` on.
    """
    source = {"topics": topics, "kinds": KINDS, "events_dir": events_dir}
    span = {"since": run.given["since"], "until": run.given["until"], "fail_on_data_loss": fail_on_data_loss}
    about = {"as_of": run.as_of, **run.identity}
    plan = plan_offsets(after=run.begun.outputs["after"], consumers=consumers, **span, **source, **about)
    reads_kafka(limits(plan, minutes=15))
    committed = commit_events(
        staged=_staged_shares(plan, run, most_rejected=most_rejected, **source),
        offsets=plan.outputs["offsets"],
        run_key=plan.outputs["run_key"],
        most_rejected=most_rejected,
        run_id=RUN_ID,
        **about,
        **run.interval,
    )
    uses_catalog(limits(committed, cpu="2", minutes=60))
    told = tell_offsets(offsets=plan.outputs["offsets"], pipeline=DATASET.name, events_dir=events_dir)
    reads_kafka(limits(told, memory="256Mi", minutes=5)).after(committed)
    windows = aggregate_windows(
        snapshot_id=committed.outputs["snapshot_id"],
        windows={kind: table.document() for kind, table in WINDOWS.items()},
        **about,
    )
    uses_catalog(limits(windows, cpu="2", minutes=120))
