"""Interface of `aggregate_windows`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def aggregate_windows(
    table: dict,
    snapshot_id: str,
    windows: dict,
    pipeline: str,
    version: str,
    as_of: str,
    receipts: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
):
    """Count anew the windows that new events change, and replace them, one commit per table; repeated, change nothing.

    All windows are counted of every hour that has new events, whatever its age. An event on a boundary is in the window
    that starts there.

    Args:
        table: Definition of the table of events.
        snapshot_id: The snapshot that holds the run's events.
        windows: Definitions of the tables of windows, by kind of event; columns other than window_start, window_end,
            event_count and processed_at are those of events by whose values they are counted.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition; under a newer one all windows are counted anew.
        as_of: Instant of the run, which every window carries as processed_at; events that were not known by then are in
            no window yet.
        receipts: The summaries of the snapshots, by table, as JSON.
        summary: Events counted, windows committed, and what was checked of them, as JSON.

    Exit codes: 10 when the windows do not hold as many events as came in, 11 when table and definition differ or a
    table does not exist, 12 when a later run has counted windows or somebody else has since, 14 when the outcome of a
    commit cannot be known, 75 when store or catalog do not answer or there is no room on the disk.
    """
    return container("aggregate_windows", locals())
