"""The plan as Kubeflow Pipelines takes it: the IR file, with its platform document."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stockpot.compiler.definitions import Plan
from stockpot.compiler.errors import Location
from stockpot.compiler.fields import Fields
from stockpot.compiler.importers import is_composed
from stockpot.compiler.policies import read_policy, whole_factor
from stockpot.compiler.sizes import refuse_large, refuse_long_texts
from stockpot.compiler.values import whole_numbers

Document = dict[str, Any]
# No run lives so long, so that the window holds all tries of a step, whatever each of them takes.
_WINDOW = "604800s"
_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\['[^']+'\]\}\}")
_WHOLE = re.compile(r"\{\{\$\.pipeline_[a-z_]+\}\}")


def kfp_documents(plan: Plan, images: Mapping[str, str] | None = None) -> list[Document]:
    """The documents of the IR file; `images` replaces images by others, such as pinned digests.

    Raises:
        UnsupportedError: the plan holds something that Kubeflow Pipelines cannot do as it is meant.
        ConfigurationError: it, or a text that a step is given, is too large.
    """
    refuse_long_texts(plan.pipeline)
    documents: list[Document] = [dict(document) for document in whole_numbers(list(plan.documents))]
    executors = documents[0].get("deploymentSpec", {}).get("executors", {})
    for executor in executors.values():
        if container := executor.get("container"):
            container["image"] = (images or {}).get(container["image"], container["image"])
    _refuse_artifacts(documents[0], Location(plan.pipeline.name))
    _refuse_composed_addresses(documents[0], Location(plan.pipeline.name))
    _refuse_composed_images(documents[0], Location(plan.pipeline.name))
    _refuse_what_stays_text(documents[0], Location(plan.pipeline.name))
    _state_defaults(documents[0])
    _join_texts(documents[0])
    _decide_artifacts(documents[0], Location(plan.pipeline.name))
    _state_retries(documents[0], Location(plan.pipeline.name))
    refuse_large(documents[0], Location(plan.pipeline.name))
    return documents


def _refuse_artifacts(spec: Document, location: Location) -> None:
    """Refuse artifacts that the pipeline takes: KFP's backend lets a run give parameters alone.

    Raises:
        UnsupportedError: it needs one.
    """
    for name, each in spec["root"].get("inputDefinitions", {}).get("artifacts", {}).items():
        if not each.get("isOptional"):
            location.unsupported(
                f"an artifact as a parameter of the pipeline ('{name}')", "import it by an address: dsl.importer"
            )


def _refuse_composed_addresses(spec: Document, location: Location) -> None:
    """Refuse importers whose address holds parameters, which KFP 2.17.0's compiler leaves in it as they stand.

    Raises:
        UnsupportedError: there is one.
    """
    for label, executor in spec.get("deploymentSpec", {}).get("executors", {}).items():
        if is_composed(str(executor.get("importer", {}).get("artifactUri", {}).get("constant", ""))):
            location.at(label.removeprefix("exec-")).unsupported(
                "an import from an address with parameters inside", "put the address together in a step"
            )


def _refuse_composed_images(spec: Document, location: Location) -> None:
    """Refuse images of which a parameter says a part: KFP 2.17.0's driver fills in an image that is one parameter.

    Raises:
        UnsupportedError: there is one.
    """
    for label, executor in spec.get("deploymentSpec", {}).get("executors", {}).items():
        image = str(executor.get("container", {}).get("image", ""))
        if "{{$" in image and not _PARAMETER.fullmatch(image):
            location.at(label.removeprefix("exec-")).unsupported(
                "an image of which a parameter says a part", "have the parameter say all of it"
            )


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


def _named_tasks(spec: Document) -> Iterator[tuple[str, Document]]:
    for component in (spec["root"], *spec.get("components", {}).values()):
        yield from component.get("dag", {}).get("tasks", {}).items()


def _tasks(spec: Document) -> Iterator[Document]:
    return (task for _, task in _named_tasks(spec))


def _refuse_what_stays_text(spec: Document, location: Location) -> None:
    """Refuse placeholders that KFP 2.17.0 hands on as they stand, as a value that is silently wrong.

    Its driver fills in a property of the run where that is the whole value, and parameters only for a container.

    Raises:
        UnsupportedError: a task is given such a value.
    """
    for name, task in _named_tasks(spec):
        nested = "dag" in spec["components"][task["componentRef"]["name"]]
        for given in task.get("inputs", {}).get("parameters", {}).values():
            value = given.get("runtimeValue", {}).get("constant")
            text = json.dumps(value)
            if "{{$.pipeline_" in text and not _WHOLE.fullmatch(str(value)):
                location.at(name).unsupported("a property of the run within a text", "give it a parameter of its own")
            if nested and "{{$.inputs." in text:
                location.at(name).unsupported(
                    "a text with parameters inside, given to a nested pipeline", "put it together in the step"
                )


def _join_texts(spec: Document) -> None:
    """Write what a `Concat` of plain texts gives, which not every version of KFP puts together."""
    for executor in spec.get("deploymentSpec", {}).get("executors", {}).values():
        container = executor.get("container", {})
        for part in ("command", "args"):
            if part in container:
                container[part] = [_joined(word) for word in container[part]]


def _joined(word: str) -> str:
    items: list[Any] = json.loads(word)["Concat"] if word.startswith('{"Concat":') else []
    return "".join(items) if items and all(isinstance(item, str) for item in items) else word


def _state_retries(spec: Document, location: Location) -> None:
    """Write into each task how often it is tried again, in a window that its own work cannot use up.

    The backend counts the window from the start of the first try (`maxDuration` of Argo), so that a step which took
    longer would never be tried again. A window that is left out it hands over as 0.

    Raises:
        UnsupportedError: waits grow by a fraction, at which Argo stops the run.
    """
    for name, task in _named_tasks(spec):
        policy = task.pop("retryPolicy", None)
        retry = read_policy(Fields(policy, "retryPolicy", location.at(name))) if policy else None
        if retry:
            task["retryPolicy"] = {
                "maxRetryCount": retry.attempts,
                "backoffDuration": f"{retry.delay:g}s",
                "backoffFactor": whole_factor(retry, location.at(name)),
                "backoffMaxDuration": _WINDOW,
            }


def _decide_artifacts(spec: Document, location: Location) -> None:
    """Replace what asks for an optional artifact by what holds: KFP 2.17.0's driver takes every artifact for absent.

    Raises:
        UnsupportedError: one task of the component gives the artifact and another does not.
    """
    for name, component in spec.get("components", {}).items():
        optional = [
            key
            for key, each in component.get("inputDefinitions", {}).get("artifacts", {}).items()
            if each.get("isOptional")
        ]
        if optional and "executorLabel" in component:
            tasks = [task for task in _tasks(spec) if task["componentRef"]["name"] == name]
            given = {key: _given(tasks, key, location.at(name)) for key in optional}
            container = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
            for part in ("command", "args"):
                container[part] = [text for word in container.get(part, []) for text in _decided(word, given)]


def _given(tasks: list[Document], name: str, location: Location) -> bool:
    presence = {name in task.get("inputs", {}).get("artifacts", {}) for task in tasks}
    if len(presence) > 1:
        location.unsupported(
            f"an optional artifact '{name}' that some of its tasks give", "give it in all of them, or in none"
        )
    return presence == {True}


def _decided(word: str, given: Mapping[str, bool]) -> list[str]:
    asked = json.loads(word)["IfPresent"] if word.startswith('{"IfPresent":') else {}
    if asked.get("InputName") not in given:
        return [word]
    chosen = asked.get("Then" if given[asked["InputName"]] else "Else") or []
    return [chosen] if isinstance(chosen, str) else list(chosen)


def _state(task: Document, parameters: Mapping[str, Document]) -> None:
    left_out = {
        name: {"runtimeValue": {"constant": parameter["defaultValue"]}}
        for name, parameter in parameters.items()
        if parameter.get("defaultValue") is not None
    }
    if left_out:
        inputs = task.setdefault("inputs", {})
        inputs["parameters"] = {**left_out, **inputs.get("parameters", {})}
