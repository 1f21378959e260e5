"""Interface of `read_views`."""

from kfp import dsl

from components.container import container
from components.shell.names import BUCKET


@dsl.container_component
def read_views(
    table: str,
    event: dict,
    interval_start: str,
    interval_end: str,
    views: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    form: dsl.OutputPath(str),
    coverage: dsl.OutputPath(dict),
    summary: dsl.Output[dsl.Artifact],
    views_from: str = "auto",
    views_source: str = "",
    bucket: str = BUCKET,
):
    """Bring the views of images uploaded in the interval into one form.

    Args:
        table: The table of events, such as `event_aggregations.events`.
        event: Definition of the event that a view is.
        interval_start: First upload instant of interest.
        interval_end: First upload instant of no interest any more; views up to an hour after it are kept.
        views: `events`: the columns of the definition, event_time and known_at timestamptz. `windows`: image_id string,
            window_start and window_end timestamptz, event_count int64.
        rejected: Malformed lines: file, line, reason.
        form: `events`, `windows` or `milestones`: the form of views that was read.
        coverage: Where the views come from and why, and how far the table of events can be trusted to hold them all.
        summary: Rows read, kept and rejected, as JSON.
        views_from: How views are counted: `events` (single views, exact), `windows` (5-minute windows, approximate),
            `milestones` (a lower bound, which comes with the raw tables: the dataset is empty), or `auto`: events where
            they are known to be all there, else milestones.
        views_source: Prefix in the bucket that holds the views, for `events` and `windows`: a topic dump (*.jsonl,
            *.ndjson or *.json, plain, .gz or .zst) or Parquet files; events without one come from the table of events.
        bucket: The data lake's bucket.

    Exit codes: 10 for a damaged file or more than one malformed line in a hundred, 11 for an unknown `views_from`,
    nothing or another file under `views_source` or a table that does not exist, 75 when store or catalog do not answer.
    """
    return container("read_views", locals())
