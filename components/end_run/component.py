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
    metrics: dsl.Output[dsl.Metrics],
    table: str = "",
    on_success: bool = False,
    scheduled: str = "",
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
    reads: list = [],  # noqa: B006 - likewise
    extracts: dict = {},  # noqa: B006 - likewise
    names: dict = {},  # noqa: B006 - likewise
    source: str = "",
    filled: str = "",
    parameters: str = "",
):
    """Close the run's row in `etl_runs` with how it ended and what it committed, then notify people.

    What it committed is read from the table's receipts, by the key of the row or the name of the run, so that the row
    says no more than the table. Whatever cannot be done, the rest is: a broken channel leaves the row as it should be,
    and a database that does not answer keeps nobody from being notified.

    Args:
        status: How the run ended, from the engine.
        run_id: Name of the run in its engine; a run that failed before it had its row gets it here.
        pipeline: Name of the pipeline.
        as_of: Instant of the run, as it was asked for.
        report: A static HTML page about the run. One that cannot be made is a warning, and the page says so.
        metrics: Rows, expectations and seconds of the run, as JSON; Kubeflow Pipelines draws them.
        table: The table that the pipeline fills; empty where it fills none.
        on_success: Tell of successful runs too, not of failures and warnings alone.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: The tables that it fills beside it; the details of the row say what was committed to them.
        reads: The Iceberg tables that it reads, for OpenLineage.
        extracts: The tables of its source, as `extract_postgres` takes them, for OpenLineage.
        names: What the source calls these.
        source: Where these lie: `postgres`, which empty means too, `raw` or `files`.
        filled: What the run was asked to fill, such as the start of a backfill; empty for a run of the schedule, which
            alone can be late.
        parameters: What the run was given, with a line `--param NAME=VALUE` for each, for its page; nothing secret.

    The channels stand in STOCKPOT_NOTIFY_URLS (apprise addresses, separated by spaces). Metrics go where
    STOCKPOT_PUSHGATEWAY_URL and STOCKPOT_METRICS_DIR say, OpenLineage events to OPENLINEAGE_URL: who does not take them
    costs a warning (docs/monitoring.md). So does a folder of reports (STOCKPOT_REPORTS_URL) that does not take the page
    and the index of all runs (docs/report.md).

    Exit codes: 11 where a setting is missing or cannot be used, 75 where database, store or a channel do not answer.
    """
    return container("end_run", locals(), executor_input=True)
