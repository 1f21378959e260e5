"""Interface of `publish_raw`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def publish_raw(
    raw: dsl.Input[dsl.Dataset],
    run_key: str,
    bucket: str,
    summary: dsl.Output[dsl.Artifact],
    raw_keep_days: int = 30,
):
    """Put each raw table at `raw/{table}/{run_key}/…` and, atomically, at `raw/{table}/latest.parquet`.

    Args:
        raw: What `extract_postgres` wrote.
        run_key: Key of the run; the same key overwrites the same objects.
        bucket: The data lake's bucket; it must exist.
        summary: Objects and bytes per table, and how many folders of old runs went, as JSON.
        raw_keep_days: For how many days `raw/{table}/{run_key}/…` stays after it was put; 1 or more.

    A table's `latest.parquet` is left alone where it is seen to show a later snapshot: by timeline, count of
    transactions and instant together, for a restore to a point in time sets the count back. Only a run that hangs
    between that look and its own write replaces a later one; the next run mends it.

    Folders of runs are removed behind that; that they cannot be is a warning.

    Exit codes: 11 for a missing bucket, wrong keys or too few days, 75 when the store does not answer, or another run
    of the same key has put other files in the meantime.
    """
    return container("publish_raw", locals())
