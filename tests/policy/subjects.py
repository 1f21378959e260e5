"""What the rules look at: parts of manifests, of compiled pipelines and of Dockerfiles, each with where it stands."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Where the pods of a kind are described.
_PODS = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
}
# What the pods of a workflow take from its spec, and a template may say otherwise.
_SHARED = ("securityContext", "serviceAccountName", "automountServiceAccountToken", "volumes", "hostNetwork")


@dataclass(frozen=True)
class Subject:
    """Something that rules are about: `kind` is Kubernetes' own, or one of those named below."""

    kind: str
    where: str
    body: Any


def at(body: Any, *path: str | int, default: Any = None) -> Any:
    """What lies at a path; the default where there is no such path."""
    for part in path:
        try:
            body = body[part]
        except (KeyError, IndexError, TypeError):
            return default
    return body


def parts(where: str, documents: Sequence[Mapping[str, Any]]) -> Iterator[Subject]:
    """The documents themselves, what they hold that rules are about, and as `Overlay` and `IR` all of them together."""
    yield Subject("Overlay" if "kind" in documents[0] else "IR", where, documents)
    for document in documents:
        if "deploymentSpec" in document:
            yield from _of_ir(where, document)
        elif "kind" in document:
            yield from _of_object(f"{where} {document['kind']}/{at(document, 'metadata', 'name')}", document)


def _of_object(where: str, document: Mapping[str, Any]) -> Iterator[Subject]:
    kind = document["kind"]
    yield Subject("Manifest", where, document)
    yield Subject(kind, where, document)
    if kind in _PODS:
        yield from _of_pod(where, at(document, *_PODS[kind]))
    if kind == "WorkflowTemplate":
        yield from _of_workflow(where, document["spec"])
    if kind == "CronWorkflow":
        yield from _parameters(where, document["spec"]["workflowSpec"])


def _of_pod(where: str, spec: Mapping[str, Any]) -> Iterator[Subject]:
    yield Subject("Pods", where, spec)
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        yield Subject("Container", f"{where} {container['name']}", container)
        yield Subject("Confinement", f"{where} {container['name']}", container)


def _of_workflow(where: str, spec: Mapping[str, Any]) -> Iterator[Subject]:
    yield from _parameters(where, spec)
    for template in spec["templates"]:
        place = f"{where} {template['name']}"
        yield Subject("Template", place, template)
        yield from _parameters(place, {"arguments": template.get("inputs", {})})
        for task in at(template, "dag", "tasks", default=()):
            yield from _parameters(f"{place} {task['name']}", task)
        if "container" in template:
            shared = {name: source[name] for source in (spec, template) for name in _SHARED if name in source}
            yield from _of_pod(where, {**shared, "containers": [{"name": template["name"], **template["container"]}]})


def _parameters(where: str, holder: Mapping[str, Any]) -> Iterator[Subject]:
    for parameter in at(holder, "arguments", "parameters", default=()):
        value = str(parameter.get("value", parameter.get("default", "")))
        yield Subject("Parameter", f"{where} {parameter['name']}", (parameter["name"], value))


def _of_ir(where: str, document: Mapping[str, Any]) -> Iterator[Subject]:
    for name, executor in document["deploymentSpec"]["executors"].items():
        yield Subject("Container", f"{where} {name}", {"name": name, **executor["container"]})
    for name, component in {**document["components"], "root": document["root"]}.items():
        for task in at(component, "dag", "tasks", default={}).values():
            for parameter, given in at(task, "inputs", "parameters", default={}).items():
                value = json.dumps(at(given, "runtimeValue", "constant", default=""))
                yield Subject("Parameter", f"{where} {name} {parameter}", (parameter, value))


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with what they are given, on one line each."""
    whole = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    lines = (line.strip().partition(" ") for line in whole.splitlines() if line.strip())
    return [(name.upper(), rest.strip()) for name, _, rest in lines]


def dockerfile(path: str, text: str) -> Subject:
    """A Dockerfile: its instructions."""
    return Subject("Dockerfile", path, instructions(text))


def of_kind(documents: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    """The documents of one kind."""
    return [document for document in documents if document.get("kind") == kind]
