"""Interface of `embed_images`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def embed_images(
    articles: dsl.Input[dsl.Dataset],
    articles_snapshot: str,
    before: dsl.Input[dsl.Dataset],
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    image_root: str = "",
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
):
    """Compute the vectors of articles' images that have changed since the run before; the others stand.

    Args:
        articles: The articles: `article_id` and `image_path`.
        articles_snapshot: The snapshot that they are from.
        before: The vectors that the run before left.
        as_of: Instant of the run.
        rows: One vector of length 1 per article that has an image.
        rejected: Articles without a vector, each with a reason.
        summary: Articles that came, stand, were encoded and were rejected, and which model it was, as JSON.
        image_root: Where the images are: an absolute path or s3://bucket/prefix.
        model_uri: A directory with `model.onnx`: file:///…, s3://…, or hf://owner/name@revision; empty for no vectors.
        model_digest: The digest that the model must have; empty for any.
        model_cache: The Hugging Face cache, mounted, that `hf://` addresses are looked up in.
        output: The network's output that holds vectors; empty for the usual names.

    Exit codes: 10 where there are no articles, the model depends on its batch, has changed under its digest or returns
    what is no vector; 11 for an address without a model, a pickle, another digest, or no image in image_root; 75 when
    the store does not answer.
    """
    return container("embed_images", locals())
