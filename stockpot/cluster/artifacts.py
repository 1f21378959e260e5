"""What the pods of a workflow have left in the bucket of Argo's artifacts."""

from collections.abc import Mapping
from typing import Any

from stockpot.cluster.access import Document

# What Argo calls the log of a pod, where it keeps logs.
LOG = "main-logs"


def bucket_of(workflow: Document) -> str:
    """Where Argo has kept the run's artifacts; empty where it does not say."""
    kept = workflow.get("status", {}).get("artifactRepositoryRef", {}).get("artifactRepository", {})
    return str(kept.get("s3", {}).get("bucket", ""))


def key_of(node: Mapping[str, Any], artifact: str) -> str:
    """The key of what the pod of a node has left under this name; empty where it has left no such thing."""
    left = (node.get("outputs") or {}).get("artifacts") or ()
    keys = (str(each.get("s3", {}).get("key", "")) for each in left if each["name"] == artifact)
    return next((key for key in keys if key), "")
