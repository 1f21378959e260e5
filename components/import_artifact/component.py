"""Interface of `import_artifact`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def import_artifact(
    address: str,
    artifact: dsl.Output[dsl.Artifact],
    metadata: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    executor_input: dict = {},  # noqa: B006 - the same
):
    """Copy what lies at an address, and report what is known of it; a pipeline writes `dsl.importer` for this.

    Args:
        address: s3://bucket/key or minio://bucket/key in the object store, gs://bucket/key at Google; outside of a
            cluster also file:///path or an absolute path. Of any other scheme but oci nothing is copied, and the
            address alone is handed on.
        artifact: The object, or all objects below the key; for what is not copied, an empty file.
        metadata: What is known of the artifact; parameters within, written as in KFP, are put in.
        executor_input: KFP's executor input: the parameters, and the file that is to hold the metadata.

    Exit codes: 10 for objects whose names are no paths of a directory, 11 for an address that is none or at which
    nothing lies that can be read, for a file in a pod, a missing bucket or wrong keys, 75 when the store does not
    answer.
    """
    return container("import_artifact", locals())
