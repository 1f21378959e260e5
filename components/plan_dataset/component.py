"""Interface of `plan_dataset`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def plan_dataset(
    as_of: str,
    pipeline: str,
    table: dict,
    version: str,
    source: str,
    source_path: str,
    config: str,
    settings: dict,
    instant: dsl.OutputPath(str),
    interval_start: dsl.OutputPath(str),
    interval_end: dsl.OutputPath(str),
    run_key: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    scheduled: str = "",
):
    """Resolve under which key a dataset that replaces the whole table is committed.

    A generated dataset is the same whenever it is made: while the table holds it, its key and interval are given back,
    and the run changes nothing. Another dataset, or a real source at another `as_of`, gets a key of its own and
    replaces everything up to `as_of`.

    Args:
        as_of: Instant of the run, ISO 8601 with offset; nothing that happened later may be in the dataset.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table.
        version: Version of the pipeline's definition, part of the key.
        source: `synthetic` for a dataset that depends on config and settings alone; any other depends on `as_of` too.
        source_path: Where a real source lies, part of its key.
        config: What a generated dataset is made from, part of its key.
        settings: Everything else that the rows depend on, part of the key.
        instant: Instant of the run, ISO 8601 in UTC, for all steps that follow.
        interval_start: First instant of the interval to replace: the epoch.
        interval_end: First instant after it.
        run_key: Hash of all the above and the interval.
        summary: The plan, as JSON.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` that is malformed or in the future, 12 when a newer dataset is committed.
    """
    return container("plan_dataset", locals())
