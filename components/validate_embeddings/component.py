"""Interface of `validate_embeddings`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def validate_embeddings(
    texts: dsl.Input[dsl.Dataset],
    images: dsl.Input[dsl.Dataset],
    articles: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    rows: dsl.Output[dsl.Dataset],
    results: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    min_coverage: float = 0.99,
    max_drop: float = 0.2,
):
    """Validate the vectors of each kind; a warning is reported, an error ends the run before anything is committed.

    Args:
        texts: The vectors of texts; none at all are right where the kind is off.
        images: The vectors of images, in the same way.
        articles: The articles: `article_id`, `text` and `product_group_name`.
        before: The vectors that the run before left.
        rows: The vectors of all kinds, as they came.
        results: Every finding as an expectation of its kind, met or not, as JSON.
        summary: What was found, each with its bound and whether it holds, as JSON.
        min_coverage: The share of the articles with a text that must have a vector.
        max_drop: The share of the vectors of a kind that may be gone since the run before.

    Exit codes: 10 where vectors are of several dimensions, not finite, not of length 1, lacking, gone,
    collapsed, different for one input, or not nearest to themselves.
    """
    return container("validate_embeddings", locals())
