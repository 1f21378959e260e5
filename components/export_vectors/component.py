"""Interface of `export_vectors`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def export_vectors(
    vectors: dsl.Input[dsl.Dataset],
    words: dsl.Input[dsl.Dataset],
    vocabulary: dsl.Input[dsl.Dataset],
    key: str,
    run_key: str,
    as_of: str,
    summary: dsl.Output[dsl.Artifact],
    vectors_to: str = "",
):
    """Put vectors at `{kind}/{run_key}/` as `vectors.npy` (of words `vectors.npz`) and `ids.npy`, with a manifest.

    The manifest is put last, and `{kind}/latest.json`, which names the run, after it: who goes by either never meets
    half of an export.

    Args:
        vectors: Rows with `kind` and `vector`; those of a kind have one dimension.
        words: Rows with `indices` and `values`, as `tfidf` writes them.
        vocabulary: The words with their `index`.
        key: The column that names a row.
        run_key: Key of the run; what is there whole of it stays.
        as_of: Instant of the run: `latest.json` never goes back to an earlier one.
        summary: Rows and where they lie, by kind, as JSON.
        vectors_to: Where vectors are put as arrays, s3://bucket/prefix; empty for nowhere.

    Exit codes: 10 for vectors of several dimensions; 11 for a missing bucket, wrong keys or an address of another kind;
    75 when the store does not answer.
    """
    return container("export_vectors", locals())
