"""Interface of `validate_embeddings`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def validate_embeddings(
    rows: dsl.Input[dsl.Dataset],
    articles: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    min_coverage: float = 0.99,
):
    """Judge the vectors of one kind; a warning is told, and an error ends the run before anything is committed.

    Args:
        rows: The vectors; none at all are right where the kind is off.
        articles: The articles: `article_id`, `text` and `product_group_name`.
        before: The vectors of this kind that the run before left.
        summary: What was found, each with its bound and whether it holds, as JSON.
        min_coverage: The share of the articles with a text that must have a vector.

    Exit codes: 10 where vectors are of several dimensions, not finite, not of length 1, lacking, collapsed, or
    different for one input.
    """
    return container("validate_embeddings", locals())
