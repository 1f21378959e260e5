"""Interface of `extract_postgres`."""

from kfp import dsl

from components.images import reference


@dsl.container_component
def extract_postgres(
    tables: list,
    raw: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    schema: str = "public",
    column: str = "",
    since: str = "",
    until: str = "",
    workers: int = 2,
):
    """Copy tables, all in one consistent snapshot, to Parquet with their types kept.

    Args:
        tables: Names of the tables; a name may be given as `other_schema.table`.
        raw: A directory with one dataset per table, and a manifest over all of them, written last.
        summary: Rows and bytes per table, as JSON.
        schema: Schema of tables that name none.
        column: Time or number column for an incremental extract; empty copies everything.
        since: Lower bound of `column`, inclusive; empty means none.
        until: Upper bound of `column`, exclusive; empty means none.
        workers: Connections that copy at the same time, all in the same snapshot.

    Exit codes: 11 for a missing table, column or right, 75 when the database does not answer.
    """
    return dsl.ContainerSpec(
        image=reference("extract_postgres"),
        command=["python", "-m", "components.extract_postgres"],
        args=[
            "--tables", tables,
            "--raw", raw.path,
            "--summary", summary.path,
            "--schema", schema,
            "--column", column,
            "--since", since,
            "--until", until,
            "--workers", workers,
        ],
    )  # fmt: skip
