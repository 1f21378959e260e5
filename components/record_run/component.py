"""Interfaces of `record_run`: one image, three moments in the life of a run."""

from kfp import dsl

from components.container import container


@dsl.container_component
def record_start(
    run_id: str, pipeline: str, version: str, run_key: str, as_of: str, interval_start: str, interval_end: str
):
    """Write the run's row in `etl_runs` with status `running`; a repeated call keeps the first start.

    Args:
        run_id: Name of the run in its engine; the row's key.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition.
        run_key: Key under which the run commits.
        as_of: Instant of the run.
        interval_start: First instant of the interval.
        interval_end: First instant after the interval.
    """
    return container("record_run.start", locals())


@dsl.container_component
def record_result(
    run_id: str,
    snapshot_id: str,
    features: dsl.Input[dsl.Artifact],
    quality: dsl.Input[dsl.Artifact],
    load: dsl.Input[dsl.Artifact],
):
    """Add what the run produced to its row: rows in, out and rejected, the quality summary, the snapshot.

    Args:
        run_id: Name of the run in its engine.
        snapshot_id: The snapshot that holds the rows.
        features: Summary of the step that made the rows.
        quality: Summary of the quality check.
        load: Summary of the load.
    """
    return container("record_run.result", locals())


@dsl.container_component
def record_end(status: dsl.PipelineTaskFinalStatus, run_id: str, pipeline: str, as_of: str, scheduled: str = ""):
    """Close the run's row with its final status and, on failure, the step that failed and why.

    Args:
        status: How the run ended, from the engine.
        run_id: Name of the run in its engine; a run that failed before its start was recorded gets its row here.
        pipeline: Name of the pipeline.
        as_of: Instant of the run, as it was asked for.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
    """
    return container("record_run.end", locals())
