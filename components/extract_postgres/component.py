"""Interface of `extract_postgres`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def extract_postgres(
    tables: list,
    raw: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    schema: str = "public",
    column: str = "",
    since: str = "",
    until: str = "",
    workers: int = 2,
    timezone: str = "UTC",
    unfit: dict = {},  # noqa: B006 - KFP reads the default and never calls this
):
    """Copy tables, all in one consistent snapshot, to Parquet with their types kept.

    Args:
        tables: Names of the tables; a name may be given as `other_schema.table`, and with the columns to copy as
            `{"name": "users", "columns": ["id", "created_at"]}`: what is not listed never leaves the database.
        raw: A directory with one dataset per table, and a manifest over all of them, written last.
        rejected: Rows with a value that does not fit its column's type: table, column, reason and the row as JSON.
        summary: Rows and bytes per table, columns kept as text, and values that did not fit, as JSON.
        schema: Schema of tables that name none.
        column: Time or number column for an incremental extract; empty copies everything.
        since: Lower bound of `column`, inclusive; empty means none.
        until: Upper bound of `column`, exclusive; empty means none.
        workers: Connections that copy at the same time, all in the same snapshot; fewer where no more are to be had.
        timezone: Zone of timestamps without one, as in the tz database.
        unfit: What becomes of values that do not fit, by `table.column` or `*` for all others: `reject` the row, `null`
            or `clamp` the value. What has no nearest value that fits is rejected under `clamp` too.

    Exit codes: 11 for a missing table, column or right, 75 when the database does not answer.
    """
    return container("extract_postgres", locals())
