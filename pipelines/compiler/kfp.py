"""The plan as Kubeflow Pipelines takes it: the IR file, with its platform document."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.compiler.definitions import Plan
from pipelines.compiler.values import whole_numbers

Document = dict[str, Any]


def kfp_documents(plan: Plan, images: Mapping[str, str] | None = None) -> list[Document]:
    """The documents of the IR file; `images` replaces images by others, such as pinned digests."""
    documents: list[Document] = [dict(document) for document in whole_numbers(list(plan.documents))]
    executors = documents[0].get("deploymentSpec", {}).get("executors", {})
    for executor in executors.values():
        container = executor.get("container", {})
        container["image"] = (images or {}).get(container["image"], container["image"])
    _state_defaults(documents[0])
    return documents


def _state_defaults(spec: Document) -> None:
    """Write into each task of a container the defaults of the inputs that it leaves out.

    KFP 2.17.0 fills in a container's arguments before it knows the defaults of its component, and fails: `parameter "x"
    not found in executor input` (kubeflow/pipelines#14175). Nested pipelines get theirs.
    """
    components = spec.get("components", {})
    for task in _tasks(spec):
        component = components[task["componentRef"]["name"]]
        if "executorLabel" in component:
            _state(task, component.get("inputDefinitions", {}).get("parameters", {}))


def _tasks(spec: Document) -> Iterator[Document]:
    for component in (spec["root"], *spec.get("components", {}).values()):
        yield from component.get("dag", {}).get("tasks", {}).values()


def _state(task: Document, parameters: Mapping[str, Document]) -> None:
    left_out = {
        name: {"runtimeValue": {"constant": parameter["defaultValue"]}}
        for name, parameter in parameters.items()
        if parameter.get("defaultValue") is not None
    }
    if left_out:
        inputs = task.setdefault("inputs", {})
        inputs["parameters"] = {**left_out, **inputs.get("parameters", {})}
