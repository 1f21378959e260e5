"""Interfaces of `embed_text`: one image, the texts of articles and those of reviews."""

from kfp import dsl

from components.container import container


@dsl.container_component
def embed_text(
    articles: dsl.Input[dsl.Dataset],
    articles_snapshot: str,
    before: dsl.Input[dsl.Dataset],
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
    max_tokens: int = 256,
):
    """Compute the vectors of articles' texts that have changed since the run before; the others stand.

    Args:
        articles: The articles: `article_id` and `text`.
        articles_snapshot: The snapshot that they are from.
        before: The vectors of texts that the run before left.
        as_of: Instant of the run.
        rows: One vector of length 1 per article that has a text.
        rejected: Articles without a vector, each with a reason.
        summary: Articles that came, stand, were encoded and were rejected, and which model it was, as JSON.
        model_uri: A directory with `model.onnx` and `tokenizer.json`: file:///…, s3://…, or hf://owner/name@revision;
            empty for no vectors.
        model_digest: The digest that the model must have; empty for any.
        model_cache: The Hugging Face cache, mounted, that `hf://` addresses are looked up in.
        output: The network's output that holds vectors; empty for the usual names.
        max_tokens: How many tokens of a text count.

    Exit codes: 10 where there are no articles, the model depends on its batch, has changed under its digest or returns
    what is no vector; 11 for an address without a model, a pickle, another digest, or a tokenizer of another model; 75
    when the store does not answer.
    """
    return container("embed_text", locals())


@dsl.container_component
def embed_reviews(
    reviews: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
    max_tokens: int = 256,
):
    """Compute the vectors of versions of reviews that have none of their present text; the others stand.

    Args:
        reviews: Versions of reviews, as `judge_reviews` tells them; those of quality `ok` and `duplicate` count.
        before: The vectors that the table has of them.
        as_of: Instant of the run.
        rows: One vector of length 1 per version that counts, of its text as people read it.
        summary: Versions that came, stand, were encoded and removed, by their quality, and which model it was, as JSON.
        model_uri: A directory with `model.onnx` and `tokenizer.json`: file:///…, s3://…, or hf://owner/name@revision;
            empty to leave the table of vectors as it is.
        model_digest: The digest that the model must have; empty for any.
        model_cache: The Hugging Face cache, mounted, that `hf://` addresses are looked up in.
        output: The network's output that holds vectors; empty for the usual names.
        max_tokens: How many tokens of a text count.

    Exit codes: 10 where the model depends on its batch, has changed under its digest or returns what is no vector; 11
    for an address without a model, a pickle, another digest, or a tokenizer of another model; 75 when the store does
    not answer.
    """
    return container("embed_text.reviews", locals())
