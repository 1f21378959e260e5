"""Interface of `load_iceberg`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def load_iceberg(
    rows: dsl.Input[dsl.Dataset],
    table: dict,
    pipeline: str,
    version: str,
    run_key: str,
    as_of: str,
    interval_start: str,
    interval_end: str,
    snapshot_id: dsl.OutputPath(str),
    rejected: dsl.Output[dsl.Dataset],
    receipt: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    generation: int = 0,
    source: str = "",
    touched: dsl.Input[dsl.Dataset] = None,
    past: dsl.Input[dsl.Artifact] = None,
    run_id: str = "",
    features: dsl.Input[dsl.Artifact] = None,
    quality: dsl.Input[dsl.Artifact] = None,
    optional: bool = False,
):
    """Replace the interval's rows in the table, in one commit that carries its receipt; repeated, change nothing.

    In the same commit rows before the interval are brought up to date with facts that became known late. Such a row
    keeps what it says, but for the columns that the table's definition names; what lies beyond the lookback is named.

    Args:
        rows: The rows of the interval, and those before it at the instants that are reopened.
        table: Definition of the table; the table itself must agree with it. It says what becomes of values that do not
            fit (docs/tables.md).
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition.
        run_key: Key of this load; a snapshot that carries it means the work is done.
        as_of: Instant of the run.
        interval_start: First instant of the interval.
        interval_end: First instant after the interval.
        snapshot_id: The snapshot that holds the rows.
        rejected: The rows with a value that does not fit its column, as they came, with a reason.
        receipt: The snapshot's summary, as JSON.
        summary: Rows that came, were loaded and were rejected, and why, as JSON.
        generation: 0 for a run of the schedule, which continues the table; from 1 on a backfill's, which may stand
            anywhere and writes over what earlier generations, or less knowledge, have written.
        source: What the rows were computed from, for the receipt, such as a table and its snapshot.
        touched: Images before the interval with late facts: uploaded_at, and whether they are reopened. Where it is not
            given, nothing before the interval changes.
        past: What the run was planned from, as `begin_interval` wrote it; beside `touched`.
        run_id: Name of the run in its engine, for the receipt.
        features: Summary of the step that made the rows, for the receipt.
        quality: Summary of the check of the rows, for the receipt.
        optional: Whether the table is left as it is, without a commit, where `features` says that its step was off.
            Time before the interval may then be unfilled.

    Exit codes: 10 for rows outside the interval, 11 when table and definition differ, 12 when a newer run has
    committed, 14 when the outcome of the commit cannot be known, 75 when store or catalog do not answer.
    """
    return container("load_iceberg", locals(), optional=("touched", "past", "features", "quality"))


@dsl.container_component
def load_versions(
    rows: dsl.Input[dsl.Dataset],
    table: dict,
    pipeline: str,
    version: str,
    run_key: str,
    as_of: str,
    interval_start: str,
    interval_end: str,
    key: list,
    snapshot_id: dsl.OutputPath(str),
    rejected: dsl.Output[dsl.Dataset],
    receipt: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    compare: list,
    since: str = "",
    run_id: str = "",
    features: dsl.Input[dsl.Artifact] = None,
    quality: dsl.Input[dsl.Artifact] = None,
):
    """Bring a table of versions up to the state at `as_of`, in one commit that carries its receipt.

    Versions end whose key has changed or is gone, and those begin that are new, changed or come back. Where nothing
    differs, or the load is repeated, no row changes.

    Args:
        rows: The state: one row per key, without the columns of versions.
        table: Definition of the table; the table itself must agree with it. It says what becomes of values that do not
            fit (docs/tables.md); the version of a row that is rejected stays as it is.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition.
        run_key: Key of this load; a snapshot that carries it means the work is done.
        as_of: Instant of the run, which is that of the state.
        interval_start: Instant of the run before this one.
        interval_end: Instant of the run.
        key: The columns that name a row.
        snapshot_id: The snapshot that holds the versions.
        rejected: The rows with a value that does not fit its column, as they came, with a reason.
        receipt: The snapshot's summary, as JSON.
        summary: Rows that came, were taken and were rejected; keys that are new, changed, gone, returned, unchanged.
        compare: The columns that count: another value in one of them makes a new version.
        since: The column that says since when a key has been there; empty where that is when it was first seen.
        run_id: Name of the run in its engine, for the receipt.
        features: Summary of the step that made the rows, for the receipt.
        quality: Summary of the check of the rows, for the receipt.

    Exit codes: 10 for rows that do not fit the table or a key that is there twice, 11 when table and definition differ,
    12 when a newer run has committed, 14 when the outcome of the commit cannot be known, 75 when store or catalog do
    not answer.
    """
    return container("load_iceberg.versions", locals(), optional=("features", "quality"))
