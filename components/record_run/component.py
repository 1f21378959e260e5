"""Interfaces of `record_run`: one image, two moments in the life of a run."""

from kfp import dsl

from components.images import reference


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
    return dsl.ContainerSpec(
        image=reference("record_run"),
        command=["python", "-m", "components.record_run.result"],
        args=[
            "--run-id", run_id,
            "--snapshot-id", snapshot_id,
            "--features", features.path,
            "--quality", quality.path,
            "--load", load.path,
        ],
    )  # fmt: skip


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
    return dsl.ContainerSpec(
        image=reference("record_run"),
        command=["python", "-m", "components.record_run.end"],
        args=[
            "--status", status,
            "--run-id", run_id,
            "--pipeline", pipeline,
            "--as-of", as_of,
            "--scheduled", scheduled,
        ],
    )  # fmt: skip
