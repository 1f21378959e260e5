"""GourmetGram events and their five-minute windows: Kafka to Iceberg, hourly."""

from typing import Any

from kfp import dsl

from components.aggregate_windows.component import aggregate_windows
from components.consume_events.component import consume_events, plan_offsets, tell_offsets
from components.event_tables.component import commit_events, plan_events, stage_events
from components.migrate.component import migrate
from pipelines import gourmetgram
from pipelines.bookkeeping import add_result, close_record, open_record, tell
from pipelines.defaults import SCHEDULED, limits, reads_kafka, uses_catalog
from pipelines.definition import Definition, Fills, Schedule

NAME = "event-aggregation"
VERSION = "1"
EVENTS = "event_aggregations.events"
TABLE: dict[str, Any] = {
    "name": EVENTS,
    "columns": [
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
    "partition": {"event_time": "hour"},
}
WINDOWS: dict[str, Any] = {
    kind: {
        "name": f"event_aggregations.{kind}_windows_5min",
        "columns": [
            "image_id string!",
            "window_start timestamptz!",
            "window_end timestamptz!",
            "event_count long!",
            "processed_at timestamptz!",
        ],
        "partition": {"window_start": "hour"},
    }
    for kind in gourmetgram.EVENTS
}
KINDS = [event.describe() for event in gourmetgram.EVENTS.values()]
COMMIT = {"table": TABLE, "pipeline": NAME, "version": VERSION}


def _staged_shares(plan: Any, as_of: str, **consume: Any) -> Any:
    """What the consumers side by side have staged, each its share; nothing of it is part of the table yet."""
    with dsl.ParallelFor(items=plan.outputs["shares"], name="shares") as share:
        consumed = consume_events(spans=share, of_run=plan.outputs["records"], **consume)
        reads_kafka(limits(consumed, cpu="2", minutes=120))
        staged = stage_events(
            events=consumed.outputs["events"],
            consumed=consumed.outputs["summary"],
            table=TABLE,
            run_key=plan.outputs["run_key"],
            as_of=as_of,
        )
        uses_catalog(limits(staged, cpu="2", minutes=120))
    return dsl.Collected(staged.outputs["staged"])


@dsl.pipeline(name=f"{NAME}-load")
def load(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str,
    topics: dict[str, str],
    consumers: int,
    most_rejected: float,
    events_dir: str,
    since: str,
    until: str,
    fail_on_data_loss: bool,
) -> None:
    """Bring the events that are new, commit them once, and then the windows that they change."""
    with dsl.ExitHandler(close_record(NAME, as_of)):
        migrated = uses_catalog(limits(migrate(tables=[TABLE, *WINDOWS.values()]), minutes=5))
        due = uses_catalog(
            limits(plan_events(as_of=as_of, scheduled=SCHEDULED, since=since, **COMMIT), minutes=5)
        ).after(migrated)
        instant = due.outputs["instant"]
        interval = {"interval_start": due.outputs["interval_start"], "interval_end": due.outputs["interval_end"]}
        source = {"topics": topics, "kinds": KINDS, "events_dir": events_dir}
        span = {"since": since, "until": until, "fail_on_data_loss": fail_on_data_loss}
        plan = plan_offsets(after=due.outputs["after"], as_of=instant, consumers=consumers, **span, **source, **COMMIT)
        reads_kafka(limits(plan, minutes=15))
        run_key = plan.outputs["run_key"]
        started = open_record(NAME, VERSION, run_key=run_key, as_of=instant, **interval)

        committed = commit_events(
            staged=_staged_shares(plan, instant, most_rejected=most_rejected, **source),
            offsets=plan.outputs["offsets"],
            run_key=run_key,
            as_of=instant,
            most_rejected=most_rejected,
            **COMMIT,
            **interval,
        )
        uses_catalog(limits(committed, cpu="2", minutes=60)).after(started)
        told = tell_offsets(offsets=plan.outputs["offsets"], pipeline=NAME, events_dir=events_dir)
        reads_kafka(limits(told, memory="256Mi", minutes=5)).after(committed)
        windows = aggregate_windows(
            snapshot_id=committed.outputs["snapshot_id"], windows=WINDOWS, as_of=instant, **COMMIT
        )
        uses_catalog(limits(windows, cpu="2", minutes=120))
        add_result(committed, features=committed.outputs["summary"], quality=windows.outputs["summary"])


@dsl.pipeline(name=NAME)
def event_aggregation(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str = "",
    topics: dict[str, str] = gourmetgram.TOPICS,
    consumers: int = 1,
    most_rejected: float = 0.01,
    events_dir: str = "",
    since: str = "",
    until: str = "",
    fail_on_data_loss: bool = True,
) -> None:
    """Land views, comments and flags in `event_aggregations.events`, each once, and count them in 5-minute windows.

    A run goes on where the table's last commit ended, however long ago that was. Windows are counted anew from the
    events wherever late ones came, so that each count is what was known at `as_of`.

    Args:
        as_of: Instant of the run, ISO 8601 with offset; the scheduled time of a cron run, else the run's creation time.
        topics: Topics by name, each with the kind of event in it: view, comment or flag.
        consumers: How many consumers may read side by side.
        most_rejected: Largest share of malformed records that is let pass; above it, nothing is committed.
        events_dir: Archive of topics to read in place of Kafka: a directory with JSON lines below TOPIC/.
        since: Set by `stockpot backfill`: a new table begins with what became known at this instant.
        until: Set by `stockpot backfill`: what became known after this instant is left to later runs.
        fail_on_data_loss: Stop where records are gone that no run has read: retention has removed them, or a topic was
            made again. Else the run goes on with what the topics hold, and the table is complete from its `as_of` on.
    """
    with dsl.ExitHandler(tell(NAME, as_of)):
        load(
            as_of=as_of,
            topics=topics,
            consumers=consumers,
            most_rejected=most_rejected,
            events_dir=events_dir,
            since=since,
            until=until,
            fail_on_data_loss=fail_on_data_loss,
        )


PIPELINE = Definition(
    function=event_aggregation,
    title="GourmetGram events and 5-minute windows",
    schedule=Schedule(cron="0 * * * *"),
    fills=Fills(table=EVENTS, by="stream", time="known_at"),
)
