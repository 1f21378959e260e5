"""Interface of `publish_raw`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def publish_raw(raw: dsl.Input[dsl.Dataset], run_key: str, bucket: str, summary: dsl.Output[dsl.Artifact]):
    """Put each raw table at `raw/{table}/{run_key}/…` and, atomically, at `raw/{table}/latest.parquet`.

    Args:
        raw: What `extract_postgres` wrote.
        run_key: Key of the run; the same key overwrites the same objects.
        bucket: The data lake's bucket; it must exist.
        summary: Objects and bytes per table, as JSON.

    A table's `latest.parquet` is left alone where it is seen to show a later snapshot. Only a run that hangs between
    that look and its own write replaces a later one; the next run mends it.

    Exit codes: 11 for a missing bucket or wrong keys, 75 when the store does not answer, or another run of the same key
    has put other files in the meantime.
    """
    return container("publish_raw", locals())
