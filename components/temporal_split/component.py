"""Interface of `temporal_split`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def temporal_split(
    rows: dsl.Input[dsl.Dataset],
    shares: list,
    split_rows: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
):
    """Cut rows, ordered in time, into train, val and test; rows of one instant never stand on both sides of a cut.

    Args:
        rows: Rows with a `timestamp`, ordered by it.
        shares: The shares of train, val and test; each above 0, together 1.
        split_rows: The directories train, val and test, each a dataset of its own, and a manifest over all three; a
            column `split` says where a row belongs.
        summary: Rows, first and last instant of each split, as JSON.

    Exit codes: 10 for rows that are not ordered or too few to be split, 11 for shares that make no sense.
    """
    return container("temporal_split", locals())
