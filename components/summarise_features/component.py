"""Interface of `summarise_features`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def summarise_features(
    rows: dsl.Input[dsl.Dataset],
    users: dsl.Input[dsl.Dataset],
    table: dict,
    label: str,
    groups: list,
    pipeline: str,
    run_key: str,
    page: dsl.Output[dsl.HTML],
    figures: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
):
    """Draw what the features look like: distributions, shares of the label, nulls, and drift against the last run.

    The last run is the newest snapshot of the table that another key has committed; its rows are read from the table
    itself, as they were.

    Args:
        rows: Rows with features, the label and `split`.
        users: Those whom the rows are about, under a column that the rows have too; groups may be columns of theirs.
        table: Definition of the table that holds the rows of the last run.
        label: The column of 1 and 0, or yes and no, whose share is told.
        groups: By which columns it is told, as far as they are there: of the rows, of the users, or `x` for one-hot
            columns that are called `x_…`.
        pipeline: Name of the pipeline that fills it.
        run_key: Key of this run.
        page: A static HTML page.
        figures: The same as JSON.
        summary: Rows, and the features that have drifted, as JSON.

    Exit codes: 10 for rows without label or split, 75 when the table cannot be read.
    """
    return container("summarise_features", locals())
