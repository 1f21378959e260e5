"""Interface of `ranking_features`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def ranking_features(
    interactions: dsl.Input[dsl.Dataset],
    users: dsl.Input[dsl.Dataset],
    items: dsl.Input[dsl.Dataset],
    shares: list,
    split_rows: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
):
    """Compute the features of every interaction from what happened strictly before it, and cut the rows in time.

    Rows of one instant never stand on both sides of a cut.

    Args:
        interactions: What `generate_interactions` wrote.
        users: What it wrote of the users.
        items: What it wrote of the items.
        shares: The shares of train, val and test; each above 0, together 1.
        split_rows: One row per interaction, ordered by timestamp and interaction_id: the directories train, val and
            test, each a dataset of its own, and a manifest over all three; a column `split` says where a row belongs.
        summary: Rows in and out; rows, first and last instant of each split, as JSON.

    Exit codes: 10 for a missing column, an interaction whose user or item is not there exactly once, or too few rows
    to be split; 11 for shares that make no sense.
    """
    return container("ranking_features", locals())
