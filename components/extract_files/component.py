"""Interface of `extract_files`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def extract_files(
    tables: dict,
    source: str,
    source_path: str,
    raw: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    names: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    elsewhere: list = [],  # noqa: B006 - the same
    personal: list = [],  # noqa: B006 - the same
    sources: list = ["postgres", "files"],  # noqa: B006 - the same
):
    """Copy columns of tables that lie in files to Parquet, laid out as `extract_postgres` does.

    A table lies in `<table>.csv`, `<table>.csv.gz` or `<table>.parquet`, or in a folder of such files.

    Args:
        tables: Of each table the columns to copy, written as for `extract_postgres` (docs/extract.md); what is not
            listed is not read.
        source: `files`: what else a run may name is no matter of this step, and a name that is none is refused here.
        source_path: An absolute path or s3://bucket/prefix.
        raw: A directory with one dataset per table, and a manifest over all of them, written last.
        rejected: Rows with a value that does not fit its column's type: table, column, reason and the row as JSON.
        summary: Rows and bytes per table, and columns and tables that are missing, as JSON.
        timezone: Zone of timestamps without one, as in the tz database.
        names: What the source calls a table or a column, as `{"customers": "members", "customers.age": "years"}`.
        elsewhere: Tables and columns that others ask for who share `names`; here they say nothing.
        personal: Changes of the words that mark a column as personal: `customer_code` adds one, `-zip` takes one away.
        sources: All that a run may name as its `source`, for the error where it is none of them.

    Exit codes: 10 for a file that is broken, cut or changed meanwhile, or lacks columns or has them with another type,
    11 for a missing file, or a personal column that is not marked as such, 75 when the store does not answer.
    """
    return container("extract_files", locals())
