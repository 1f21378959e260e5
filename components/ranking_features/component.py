"""Interfaces of `ranking_features`: one image that computes the features, and proves that none of them leaks."""

from kfp import dsl

from components.container import container


@dsl.container_component
def ranking_features(
    interactions: dsl.Input[dsl.Dataset],
    users: dsl.Input[dsl.Dataset],
    items: dsl.Input[dsl.Dataset],
    rows: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
):
    """Compute the features of every interaction from what happened strictly before it.

    Args:
        interactions: What `generate_interactions` wrote.
        users: What it wrote of the users.
        items: What it wrote of the items.
        rows: One row per interaction, ordered by timestamp and interaction_id.
        summary: Rows in and out, as JSON.

    Exit codes: 10 for a missing column, or an interaction whose user or item is not there exactly once.
    """
    return container("ranking_features", locals())


@dsl.container_component
def prove_no_leakage(
    interactions: dsl.Input[dsl.Dataset],
    users: dsl.Input[dsl.Dataset],
    items: dsl.Input[dsl.Dataset],
    rows: dsl.Input[dsl.Dataset],
    proof: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
):
    """Prove on the rows themselves that splits do not overlap and that no feature knows the future or its own target.

    The features are computed again from a source in which everything after the training rows is cut off, but for the
    next interaction of a user and an item, whose outcome is hidden. Every row that is left must come out the same.

    Args:
        interactions: What the features were computed from.
        users: The users.
        items: The items.
        rows: What `temporal_split` wrote.
        proof: What was shown and on how many rows, as JSON.
        summary: The same in the form of a step's summary.

    Exit codes: 10 when something leaks; the first feature that does is named.
    """
    return container("ranking_features.prove", locals())
