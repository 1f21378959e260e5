"""What the pods of a workflow have left in the bucket of Argo's artifacts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from components.connect.endpoints import object_store
from components.connect.store import ABSENT, connect, translated
from stockpot.cluster.access import Document

# What Argo calls the log of a pod, where it keeps logs.
LOG = "main-logs"
_CHUNK = 1 << 16


def bucket_of(workflow: Document) -> str:
    """Where Argo has kept the run's artifacts; empty where it does not say."""
    kept = workflow.get("status", {}).get("artifactRepositoryRef", {}).get("artifactRepository", {})
    return str(kept.get("s3", {}).get("bucket", ""))


def key_of(node: Mapping[str, Any], artifact: str) -> str:
    """The key of what the pod of a node has left under this name; empty where it has left no such thing."""
    left = (node.get("outputs") or {}).get("artifacts") or ()
    keys = (str(each.get("s3", {}).get("key", "")) for each in left if each["name"] == artifact)
    return next((key for key in keys if key), "")


@contextmanager
def opened(bucket: str, key: str) -> Iterator[Iterator[bytes] | None]:
    """What lies there in the store of MINIO_ENDPOINT, in pieces; None where it does not lie there any more.

    Raises:
        ConfigurationError: the store is not named, or refuses.
        TransientError: the store does not answer.
    """
    from minio.error import S3Error

    with translated(bucket):
        try:
            answer = connect(object_store()).get_object(bucket, key)
        except S3Error as error:
            if error.code not in ABSENT:
                raise
            answer = None
        if answer is None:
            yield None
            return
        try:
            yield answer.stream(_CHUNK)
        finally:
            answer.close()
            answer.release_conn()
