"""Steps on nodes with a GPU: those that have an image for one."""

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from components.images import reference
from components.shell.counts import worded
from components.shell.errors import ConfigurationError
from stockpot.images.sources import ON_GPU, Sources

if TYPE_CHECKING:
    from stockpot.compiler.definitions import Plan

_RESOURCE = "nvidia.com/gpu"
_ONE = {"type": _RESOURCE, "count": "1", "resourceType": _RESOURCE, "resourceCount": "1"}
# Whoever runs a cluster keeps other pods off such nodes by a taint of this name.
_TOLERATION = {"key": _RESOURCE, "operator": "Exists", "effect": "NoSchedule"}


def on_gpu(plans: Sequence["Plan"]) -> list["Plan"]:
    """The plans with each step that has an image for a GPU in that one, in a pod that asks for a GPU.

    Raises:
        ConfigurationError: no step of any plan has such an image.
    """
    images = {reference(image.removesuffix(ON_GPU)): reference(image) for image in Sources().on_gpu()}
    placed = [_placed(plan, images) for plan in plans]
    if all(before is after for before, after in zip(plans, placed, strict=True)):
        names, have = ", ".join(plan.pipeline.name for plan in plans), worded(len(plans), "has", "have")
        raise ConfigurationError(f"{names} {have} no step with an image for a GPU", "leave --gpu out")
    return placed


def _placed(plan: "Plan", images: Mapping[str, str]) -> "Plan":
    """The plan with these images in place of others; the plan itself where it has none of them."""
    documents = copy.deepcopy(list(plan.documents))
    executors: dict[str, Any] = documents[0].get("deploymentSpec", {}).get("executors", {})
    containers = {name: executor.get("container", {}) for name, executor in executors.items()}
    moved = [name for name, container in containers.items() if container.get("image") in images]
    if not moved:
        return plan
    for name in moved:
        containers[name]["image"] = images[containers[name]["image"]]
        containers[name].setdefault("resources", {})["accelerator"] = dict(_ONE)
    _tolerate(documents, moved)
    return plan.written_as(documents)


def _tolerate(documents: list[dict[str, Any]], executors: Sequence[str]) -> None:
    """Let the pods of these executors onto nodes that are kept for who asks for a GPU."""
    if len(documents) == 1:
        documents.append({})
    section = documents[1]
    for key in ("platforms", "kubernetes", "deploymentSpec", "executors"):
        section = section.setdefault(key, {})
    for name in executors:
        section.setdefault(name, {}).setdefault("tolerations", []).append(dict(_TOLERATION))
