"""What is recorded of a run in `etl_runs`, and who is told of its end; the tasks that every pipeline has for it."""

from typing import Any

from kfp.dsl import PipelineTask

from components.notify.component import notify
from components.record_run.component import record_end, record_result
from pipelines.defaults import RUN_ID, SCHEDULED, limits, notifies, uses_catalog


def add_result(committed: PipelineTask, *, features: Any, quality: Any) -> PipelineTask:
    """The task that adds what the run produced: the commit's snapshot and figures, and those of two summaries."""
    snapshot, load = committed.outputs["snapshot_id"], committed.outputs["summary"]
    return _recorded(record_result(run_id=RUN_ID, snapshot_id=snapshot, features=features, quality=quality, load=load))


def close_record(pipeline: str, as_of: str) -> PipelineTask:
    """The exit task that closes the run's row; `as_of` is what a person gave."""
    return _recorded(record_end(run_id=RUN_ID, pipeline=pipeline, as_of=as_of, scheduled=SCHEDULED))


def tell(pipeline: str, as_of: str) -> PipelineTask:
    """The exit task that tells people how the run ended; `as_of` is what a person gave."""
    told = notify(run_id=RUN_ID, pipeline=pipeline, as_of=as_of, scheduled=SCHEDULED)
    return notifies(limits(told, memory="256Mi", minutes=5))


def _recorded(task: PipelineTask) -> PipelineTask:
    return uses_catalog(limits(task, memory="256Mi", minutes=5))
