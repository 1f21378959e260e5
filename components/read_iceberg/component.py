"""Interfaces of `read_iceberg`: rows of a table, and what a contract's rules beyond the rows are held against."""

from kfp import dsl

from components.container import container


@dsl.container_component
def read_iceberg(
    table: str,
    rows: dsl.Output[dsl.Dataset],
    snapshot: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    snapshot_id: str = "",
    columns: list = [],  # noqa: B006 - KFP reads the default and never calls this
    time_column: str = "",
    start: str = "",
    end: str = "",
    where: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    if_missing: str = "fail",
    before: str = "",
    standing: str = "",
):
    """Bring rows of a table, as they were in one snapshot, into a dataset.

    Args:
        table: Name of the table, such as `event_aggregations.events`.
        rows: The rows, file by file, in the files' order.
        snapshot: The snapshot that was read; empty where there was none.
        summary: Rows in the files read, and rows handed on, as JSON.
        snapshot_id: The snapshot to read; empty for the current one, which is looked up once.
        columns: Columns wanted, each a name or, as a definition has it, `name type`; empty for all.
        time_column: A `timestamptz` column, for `start` and `end`.
        start: First instant wanted, ISO 8601; empty for no bound.
        end: First instant no longer wanted, ISO 8601; empty for no bound.
        where: Texts that columns must be equal to, such as {"event_type": "view"}.
        before: A run's key: the table is read as it was before that run's load; beside no `snapshot_id`.
        standing: Of a table of versions: those alone that stood just before this instant, ISO 8601.
        if_missing: What a table that does not exist means: `fail`, or `empty` for no rows, which needs types in
            `columns`.

    Exit codes: 11 for a table or column that does not exist or a range of no sense, 13 for a snapshot that has expired,
    75 when store or catalog do not answer.
    """
    return container("read_iceberg", locals())


@dsl.container_component
def read_baseline(
    contract: dict,
    table: dict,
    pipeline: str,
    mode: str,
    as_of: str,
    baseline: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    run_key: str = "",
    interval_end: str = "",
    time_column: str = "",
):
    """Read what a contract's rules on change, drift and references are held against, for `check_quality`.

    Rows are compared with what the pipeline had committed before them, which the load mode tells (docs/contracts.md): a
    run that is repeated is never compared with itself.

    Args:
        contract: The contract that the rows will be held against (docs/contracts.md).
        table: Definition of the table that they are for.
        pipeline: Name of the pipeline, whose commits count.
        mode: Load mode of the table, such as `Snapshot`.
        as_of: Instant of the run, ISO 8601 with offset.
        baseline: Rows that were committed before, means of columns, and keys of them and of other tables.
        summary: How many rows were committed before and what was read, as JSON.
        run_key: For `FullRefresh`: key under which the run commits.
        interval_end: For `IncrementalByTime` and `Snapshot`: first instant after the run's interval or cut, ISO 8601.
        time_column: For `AppendStream`: column that says when a row became known; else the table's interval column.

    Exit codes: 11 for another table or a column that does not exist, or an unknown mode, 75 when store or catalog do
    not answer.
    """
    return container("read_iceberg.baseline", locals())
