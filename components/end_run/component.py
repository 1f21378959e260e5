"""Interface of `end_run`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def end_run(
    status: dsl.PipelineTaskFinalStatus,
    run_id: str,
    pipeline: str,
    as_of: str,
    report: dsl.Output[dsl.HTML],
    table: str = "",
    on_success: bool = False,
    scheduled: str = "",
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
):
    """Close the run's row in `etl_runs` with how it ended and what it committed, then tell people.

    What it committed is read from the table's receipts, by the key of the row or the name of the run, so that the row
    says no more than the table. Whatever cannot be done, the rest is: a broken channel leaves the row as it should be,
    and a database that does not answer keeps nobody from being told.

    Args:
        status: How the run ended, from the engine.
        run_id: Name of the run in its engine; a run that failed before it had its row gets it here.
        pipeline: Name of the pipeline.
        as_of: Instant of the run, as it was asked for.
        report: A static HTML page about the run. One that cannot be made is a warning, and the page says so.
        table: The table that the pipeline fills; empty where it fills none.
        on_success: Tell of successful runs too, not of failures and warnings alone.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: The tables that it fills beside it; the details of the row say what was committed to them.

    The channels stand in STOCKPOT_NOTIFY_URLS (apprise addresses, separated by spaces).

    Exit codes: 11 where an address is missing or cannot be read, 75 where database, store or a channel do not answer.
    """
    return container("end_run", locals())
