"""Interface of `notify`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def notify(
    status: dsl.PipelineTaskFinalStatus,
    run_id: str,
    pipeline: str,
    as_of: str,
    on_success: bool = False,
    scheduled: str = "",
):
    """Tell the channels in STOCKPOT_NOTIFY_URLS (apprise addresses, separated by spaces) how a run ended.

    Args:
        status: How the run ended, from the engine.
        run_id: Name of the run in its engine.
        pipeline: Name of the pipeline.
        as_of: Instant of the run.
        on_success: Tell of successful runs too, not of failures alone.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
    """
    return container("notify", locals())
