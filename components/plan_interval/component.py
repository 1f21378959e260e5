"""Interface of `plan_interval`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def plan_interval(
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    settle_hours: int,
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    run_key: dsl.OutputPath(str),
    views_start: dsl.OutputPath(str),
    past: dsl.Output[dsl.Artifact],
    held: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    lookback_hours: int = 0,
    backfill_from: str = "",
    backfill_to: str = "",
    generation: int = 0,
    scheduled: str = "",
):
    """Resolve the half-open interval this run fills, and the key under which it commits.

    The interval ends `settle_hours` before `as_of` and starts where the last committed one ended (at the epoch for a
    new table), so a missed run is made good by the next one. If an interval with that very end is already committed,
    its start and key are given back, so a repeated run finds its work done. A backfill says where its interval starts
    and takes no heed of what is committed before and after it.

    Beside its interval, a run looks at all filled time before it for facts that became known since that time was last
    looked at: what lies within `lookback_hours` before the interval is brought up to date, what is older is named.

    Args:
        as_of: Instant of the run, ISO 8601 with offset; what was known then is what may be used.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table to be filled.
        version: Version of the pipeline's definition, part of the key.
        settle_hours: Hours a row needs before its label is settled.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: First instant of the interval, ISO 8601.
        interval_end: First instant after the interval, ISO 8601.
        run_key: Hash of pipeline, table, interval and version.
        views_start: First upload instant whose views may be needed: of the interval, or of what is looked at again.
        past: What is looked at again, since when, and the newest commit that was seen, as JSON.
        held: The table's rows between `views_start` and the interval: instant, key, and what a late fact may change.
        summary: The plan, as JSON.
        lookback_hours: How far before the interval rows are brought up to date with facts that became known late.
        backfill_from: For a backfill: where its interval starts, ISO 8601.
        backfill_to: For a backfill: where its interval ends; empty: `settle_hours` before `as_of`.
        generation: For a backfill: 1, or more to compute anew what an earlier generation has committed.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` that is malformed or in the future, 12 when a newer run has committed past it.
    """
    return container("plan_interval", locals())
