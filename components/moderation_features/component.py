"""Interface of `moderation_features`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def moderation_features(
    raw: dsl.Input[dsl.Dataset],
    views: dsl.Input[dsl.Dataset],
    past: dsl.Input[dsl.Artifact],
    held: dsl.Input[dsl.Dataset],
    views_from: str,
    as_of: str,
    interval_start: str,
    interval_end: str,
    rows: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    touched: dsl.Output[dsl.Dataset],
    views_source: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    coverage: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    deletions: str = "label",
):
    """Compute one row per settled image and decision point (0, 5 and 30 minutes after upload).

    Nothing that happened or became known after a decision touches its features; the label uses what was known at
    `as_of` and is emitted only once its 24 hours have passed. Images before the interval get their rows anew where a
    fact that they depend on became known since `past` looked at them, or where the table does not show what is known
    (`held`).

    Args:
        raw: The tables users, images, comments, flags and image_milestones as `extract_postgres` wrote them.
        views: What `read_views` wrote.
        past: What is looked at again, as `begin_interval` wrote it.
        held: What the table holds of that time, as `begin_interval` wrote it.
        views_from: `events`, `windows` or `milestones`: how views are counted.
        as_of: Instant of the run.
        interval_start: First upload instant of the interval.
        interval_end: First upload instant after the interval.
        rows: The training rows, ordered by upload, image and decision point.
        rejected: Images that cannot be used, with a reason.
        touched: Images before the interval with late facts: image_id, uploaded_at, and whether they are reopened.
        views_source: The record of views that was counted.
        summary: Rows in, out and removed per rule, as JSON.
        coverage: How far the views reach, as `read_views` wrote it; where some are lacking, milestones are counted.
        deletions: Which deletions take an image out: `label`, those by the end of its label's 24 hours, or `as_of`.

    Exit codes: 10 for a missing or mistyped column, 11 for an `as_of` before the data, 13 where the events that were
    asked for do not hold all views of the interval.
    """
    return container("moderation_features", locals())
