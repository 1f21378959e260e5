"""The plan as Kubeflow Pipelines takes it: the IR file, with its platform document."""

from collections.abc import Mapping
from typing import Any

from pipelines.compiler.definitions import Plan
from pipelines.compiler.values import whole_numbers


def kfp_documents(plan: Plan, images: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The documents of the IR file; `images` replaces images by others, such as pinned digests."""
    documents: list[dict[str, Any]] = [dict(document) for document in whole_numbers(list(plan.documents))]
    executors = documents[0].get("deploymentSpec", {}).get("executors", {})
    for executor in executors.values():
        container = executor.get("container", {})
        container["image"] = (images or {}).get(container["image"], container["image"])
    return documents
