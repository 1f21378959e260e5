"""Interface of `extract_postgres`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def extract_postgres(
    tables: dict,
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
    names: dict = {},  # noqa: B006 - the same
    elsewhere: list = [],  # noqa: B006 - the same
    personal: list = [],  # noqa: B006 - the same
    as_of: str = "",
):
    """Copy columns of tables, all in one consistent snapshot, to Parquet with their types kept.

    Args:
        tables: Of each table (or `other_schema.table`) the columns to copy; what is not listed stays in the database.
            `{"users": ["id", "created_at timestamptz", "is_tester boolean?", "birth_year int personal"]}`: a name, the
            type that it must have, `?` where it may be missing and comes as nulls then, and the word `personal` behind
            what is personal and needed (docs/extract.md).
        raw: A directory with one dataset per table, and a manifest over all of them, written last.
        rejected: Rows with a value that does not fit its column's type: table, column, reason and the row as JSON.
        summary: Rows and bytes per table, columns that are missing or kept as text, values that did not fit, as JSON.
        schema: Schema of tables that name none.
        column: Time or number column for an incremental extract: one that is asked for, by our name, or any of the
            source by its own; empty copies everything.
        since: Lower bound of `column`, inclusive; empty means none.
        until: Upper bound of `column`, exclusive; empty means none.
        workers: Connections that copy at the same time, all in the same snapshot; fewer where no more are to be had.
        timezone: Zone of timestamps without one, as in the tz database.
        unfit: What becomes of values that do not fit, by `table.column` or `*` for all others: `reject` the row, `null`
            or `clamp` the value. What has no nearest value that fits is rejected under `clamp` too.
        names: What the source calls a table or a column, as `{"users": "app.members", "users.id": "member_id"}`.
        elsewhere: Tables and columns that others ask for who share `names`; here they say nothing.
        personal: Changes of the words that mark a column as personal: `customer_code` adds one, `-zip` takes one away.
        as_of: Instant of the run, by which a standby must have replayed what was committed; empty takes it as it is.

    Exit codes: 10 for a source that lacks columns or has them with another type, 11 for a missing table or right, or a
    personal column that is not marked as such, 75 when the database does not answer, or is a
    standby that does not show what was committed by `as_of`.
    """
    return container("extract_postgres", locals())
