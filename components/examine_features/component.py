"""Interface of `examine_features`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def examine_features(
    interactions: dsl.Input[dsl.Dataset],
    users: dsl.Input[dsl.Dataset],
    items: dsl.Input[dsl.Dataset],
    rows: dsl.Input[dsl.Dataset],
    table: dict,
    label: str,
    groups: list,
    pipeline: str,
    run_key: str,
    page: dsl.Output[dsl.HTML],
    figures: dsl.Output[dsl.Artifact],
    proof: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
):
    """Draw what the features look like, and prove on the rows themselves that none knows the future or its own target.

    The page has distributions, shares of the label, nulls, and drift against the last run. The last run is the newest
    snapshot of the table that another key has committed; its rows are read from the table itself, as they were.

    For the proof the features are computed again from a source in which everything after the training rows is cut off,
    but for the next interaction of a user and an item, whose outcome is hidden. Every row that is left must come out
    the same, and splits must not overlap.

    Args:
        interactions: What the features were computed from.
        users: The users; groups may be columns of theirs.
        items: The items.
        rows: What `ranking_features` wrote.
        table: Definition of the table that holds the rows of the last run.
        label: The column of 1 and 0, or yes and no, whose share is shown.
        groups: By which columns it is shown, as far as they are there: of the rows, of the users, or `x` for one-hot
            columns that are called `x_…`.
        pipeline: Name of the pipeline that fills it.
        run_key: Key of this run.
        page: A static HTML page.
        figures: The same as JSON.
        proof: What was proved and on how many rows, as JSON.
        summary: Rows, the features that have drifted, and what was proved, as JSON.

    Exit codes: 10 when something leaks, and the first feature that does is named, or for rows without label or split;
    75 when the table cannot be read.
    """
    return container("examine_features", locals())
