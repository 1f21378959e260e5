"""Where a shop's events come from, and how they land: from Postgres, from files, or from topics."""

from typing import Any

from kfp import dsl

from components.extract_files.component import extract_files
from components.extract_postgres.component import extract_postgres
from components.shell.events.definition import ITSELF, Event, Field, own_id, time
from components.shell.projection import projection
from components.shop_events.component import plan_events, read_events
from stockpot.authoring import Run
from stockpot.defaults import limits, reads_database, uses_object_store
from stockpot.origins import FILES, POSTGRES
from stockpot.streams import append, stage

SOURCE_TABLES = projection(
    {
        "events": [
            "event_id", "session_id string?", "customer_id ~string?", "anonymous_id string?", "article_id ~string?",
            "event_type string", "campaign_id ~string?", "order_id ~string?", "created_at timestamptz",
            "known_at timestamptz?",
        ]
    }
)  # fmt: skip
TOPICS = {"shop.events": "shop"}
_FIELDS = ("session_id", "customer_id", "anonymous_id", "article_id", "campaign_id", "order_id")
# All types land as they are: which kind a type is, is said where sessions are made, and can be corrected there.
SHOP = Event(
    "shop",
    time("created_at"),
    own_id("event_id"),
    [Field(name, required=False) for name in _FIELDS],
    other=ITSELF,
    since=2000,
)


def land(run: Run, tables: Any, source_path: Any) -> Any:
    """The snapshot of the table of events once all that the run reads has landed."""
    plan = limits(run.call(plan_events), memory="256Mi", minutes=5)
    bounds = {"until": plan.outputs["until"]}
    with dsl.If(plan.outputs["chosen"] == POSTGRES, name="events of Postgres"):
        with dsl.ParallelFor(items=plan.outputs["shares"], name="shares") as since:
            raw = run.call(extract_postgres, tables=tables, column="created_at", since=since, **bounds)
            staged = _staged(run, reads_database(raw), plan, since=since, **bounds)
        copied = append(run, staged, plan)
    with dsl.Elif(plan.outputs["chosen"] == FILES, name="events of files"):
        with dsl.ParallelFor(items=plan.outputs["shares"], name="shares of files") as since:
            raw = run.call(extract_files, tables=tables, source=FILES, source_path=source_path)
            staged = _staged(run, uses_object_store(raw), plan, since=since, **bounds)
        brought = append(run, staged, plan)
    with dsl.Else(name="events of topics"):
        consumed = run.consume(future_minutes=run.given["future_minutes"], read_since=plan.outputs["read_since"])
    return dsl.OneOf(*(task.outputs["snapshot_id"] for task in (copied, brought, consumed)))


def _staged(run: Run, raw: dsl.PipelineTask, plan: dsl.PipelineTask, **bounds: Any) -> Any:
    """What was extracted, as events, in the list of files that are committed."""
    limits(raw, cpu="2", memory="2Gi", minutes=60)
    read = limits(run.call(read_events, raw=raw.outputs["raw"], **bounds), cpu="2", memory="2Gi", minutes=60)
    return stage(run, read, plan, read_since=bounds["since"])
