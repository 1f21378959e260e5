"""Interfaces of `begin_run`: one image, one beginning for each way in which runs share their table."""

from kfp import dsl

from components.container import container


@dsl.container_component
def begin_interval(
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    label_delay_seconds: int,
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
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
    each: str = "run",
    timezone: str = "UTC",
    late_days: int = 0,
    whole_weeks: bool = False,
):
    """Begin a run that fills an interval: make its table, resolve the interval and its key, open its row in `etl_runs`.

    What is missing of the catalog, of `etl_runs` and of the table is made, once, under an advisory lock.

    The interval ends the label delay before `as_of` and starts where the last committed one ended (at the epoch for a
    new table), so a missed run is made good by the next one. If an interval with that very end is already committed,
    its start and key are given back, so a repeated run finds its work done. A backfill says where its interval starts
    and takes no heed of what is committed before and after it.

    Where there is an interval for `each` day, it ends with the last local day that is over, and begins so that the last
    `late_days` are filled anew: whatever became known of them, with a known_at or without, is taken in. With
    `whole_weeks` it begins with a Monday, and so does a backfill's.

    Beside its interval, a run looks at all filled time before it for facts that became known since that time was last
    looked at: what lies within `lookback_hours` before the interval is brought up to date, what is older is named.

    Args:
        run_id: Name of the run in its engine; the key of its row. Empty where the run has begun already: no row.
        as_of: Instant of the run, ISO 8601 with offset; what was known then is what may be used.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table to be filled.
        version: Version of the pipeline's definition, part of the key.
        label_delay_seconds: How long after its instant a row's label is settled.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: First instant of the interval, ISO 8601.
        interval_end: First instant after the interval, ISO 8601.
        run_key: Hash of pipeline, table, interval and version.
        views_start: First upload instant whose views may be needed: of the interval, or of what is looked at again.
        past: What is looked at again, since when, the newest commit that was seen, and the time that late facts wait
            for already, as JSON.
        held: The table's rows between `views_start` and the interval: instant, key, and what a late fact may change.
        summary: The plan, as JSON.
        lookback_hours: How far before the interval rows are brought up to date with facts that became known late.
        backfill_from: For a backfill: where its interval starts, ISO 8601.
        backfill_to: For a backfill: where its interval ends; empty: the label delay before `as_of`.
        generation: For a backfill: 1, or more to compute anew what an earlier generation has committed.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: Definitions of the tables that the run fills beside it, which are made with it.
        each: `run` for an interval that ends at any instant, `day` for one of local days.
        timezone: The zone whose days those are.
        late_days: How many days a daily run fills, the ones before the last anew.
        whole_weeks: Whether intervals of days begin with a Monday.

    Exit codes: 11 for an `as_of` that is malformed or in the future, and where an existing table differs from its
    definition in a way that cannot be reconciled, 12 when a newer run has committed past it.
    """
    return container("begin_run.interval", locals())


@dsl.container_component
def begin_dataset(
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    settings: dict,
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    run_key: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    source: str = "",
    source_path: str = "",
    config: str = "",
    made_from: str = "",
    inclusive: bool = False,
    scheduled: str = "",
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
):
    """Begin a run that replaces a whole table: make the table, resolve the key, open the run's row in `etl_runs`.

    A generated dataset is the same whenever it is made: while the table holds it, its key and interval are given back,
    and the run changes nothing. Another dataset, or a real source at another `as_of`, gets a key of its own and
    replaces everything up to `as_of`.

    Args:
        run_id: Name of the run in its engine; the key of its row. Empty where the run has begun already: no row.
        as_of: Instant of the run, ISO 8601 with offset; nothing that happened later may be in the dataset.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table.
        version: Version of the pipeline's definition, part of the key.
        settings: What the rows depend on in every run, part of the key.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: First instant of the interval to replace: the epoch.
        interval_end: First instant after it.
        run_key: Hash of all the above and the interval.
        summary: The plan, as JSON.
        source: `synthetic` for a dataset that depends on config and settings alone; any other depends on `as_of` too.
        source_path: Where a real source lies, part of its key.
        config: What a generated dataset is made from, part of its key.
        made_from: The parameters of the pipeline that the rows depend on, with their values; part of the key.
        inclusive: Whether rows of the run's instant itself are among them.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: Definitions of the tables that the run fills beside it, which are made with it.

    Exit codes: 11 for an `as_of` that is malformed or in the future, and where an existing table differs from its
    definition in a way that cannot be reconciled, 12 when a newer dataset is committed.
    """
    return container("begin_run.dataset", locals())


@dsl.container_component
def begin_snapshot(
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    each: str,
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    run_key: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    cut: str = "",
    timezone: str = "UTC",
    generation: int = 1,
    scheduled: str = "",
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
):
    """Begin a run that says how things stand at a cut: make its table, resolve cut and key, open its row in `etl_runs`.

    Cuts stand beside each other and come in any order. One that is there is written again where more is known, or under
    a newer definition or a later generation; it is the only one that changes.

    Args:
        run_id: Name of the run in its engine; the key of its row. Empty where the run has begun already: no row.
        as_of: Instant of the run, ISO 8601 with offset; what was known then is what may be used.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table; its interval_column holds the cut.
        version: Version of the pipeline's definition, part of the key.
        each: `run` for a cut at the run's instant, `day` for one at the first instant of its day.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: The cut: the instant that all rows carry.
        interval_end: A microsecond after it.
        run_key: Hash of pipeline, table, version, cut, instant and generation.
        summary: The plan, as JSON.
        cut: The cut, ISO 8601; empty for that of `as_of`.
        timezone: The zone whose days those of `each` are.
        generation: For a backfill: 2 or more to compute anew what an earlier generation has committed.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: Definitions of the tables that the run fills beside it, which are made with it.

    Exit codes: 11 for an `as_of` or a cut that is malformed or in the future, and where an existing table differs from
    its definition in a way that cannot be reconciled, 12 when the cut is committed with more known.
    """
    return container("begin_run.snapshot", locals())


@dsl.container_component
def begin_versions(
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    oldest_hours: float,
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    run_key: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    scheduled: str = "",
    also: list = [],  # noqa: B006 - KFP reads the default and never calls this
):
    """Begin a run that keeps versions: make its table, resolve its key, open its row in `etl_runs`.

    Runs go in the order of their instants, each from where the one before it ended.

    Args:
        run_id: Name of the run in its engine; the key of its row. Empty where the run has begun already: no row.
        as_of: Instant of the run, ISO 8601 with offset; that of the state it takes.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table.
        version: Version of the pipeline's definition, part of the key.
        oldest_hours: How long ago `as_of` may be, for what the source held long ago cannot be known now.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: Instant of the run before this one; the epoch for a new table.
        interval_end: Instant of this run.
        run_key: Hash of pipeline, table, version and the time between the two.
        summary: The plan, as JSON.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.
        also: Definitions of the tables that the run fills beside it, which are made with it.

    Exit codes: 11 for an `as_of` that is malformed, in the future or too long ago, and where an existing table differs
    from its definition in a way that cannot be reconciled, 12 when a later run has committed.
    """
    return container("begin_run.versions", locals())


@dsl.container_component
def begin_stream(
    run_id: str,
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    derived: list,
    after: dsl.OutputPath(dict),
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    since: str = "",
    scheduled: str = "",
):
    """Begin a run that adds to a stream's table: make its tables, say where it goes on, open its row in `etl_runs`.

    The row has no key yet, which follows from what there is to read; it gets that of the run's commit.

    Args:
        run_id: Name of the run in its engine; the key of its row.
        as_of: Instant of the run, ISO 8601 with offset.
        pipeline: Name of the pipeline.
        table: Definition of the table of events.
        version: Version of the pipeline's definition.
        derived: Definitions of the tables that follow from it, which are made with it.
        after: Offsets of the table's last commit; empty for a new table.
        instant: Instant of this run, ISO 8601 in UTC, for all steps that follow.
        interval_start: Instant of the run before this one; of a new table, `since` or the epoch.
        interval_end: Instant of this run.
        summary: The plan, as JSON.
        since: A new table begins with what became known at this instant, ISO 8601; empty for all there is.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` that is malformed or in the future, and where an existing table differs from its
    definition in a way that cannot be reconciled, 12 when a later run has committed.
    """
    return container("begin_run.stream", locals())
