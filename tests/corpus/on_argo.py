"""Cases as Argo's workflows: the cases of a file are one, those that have to be alone are one each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from kfp import dsl

from stockpot.compiler import argo_pods, ir
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import Plan, from_component
from stockpot.compiler.executor import KEY, URI
from stockpot.compiler.profiles import Profile
from stockpot.local.values import coerce
from tests.corpus.case import FILES, Case, Outcome, cases_of, in_order, of_outputs

# A whole corpus is some four hundred pods, which is more than a check has time for.
PARTS = 6
# What Argo cannot fill in, such as an entry that an item lacks, is an error to it.
_STATES = {"Succeeded": "succeeded", "Failed": "failed", "Error": "failed"}


@dataclass(frozen=True)
class Batch:
    """One workflow: the file of its cases, the cases, the plan and what it is given."""

    name: str
    file: str
    cases: Sequence[Case]
    plan: Plan
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Compiled:
    """What is applied to a cluster, and the task of each template that runs a pod."""

    documents: Sequence[dict[str, Any]]
    tasks: Mapping[str, ir.Task]


def batches(part: int | None = None) -> Iterator[Batch]:
    """All cases that run on Argo, or one of their PARTS: some of each file."""
    for file in FILES:
        runs = [each for each in cases_of(file) if not each.refused and not each.not_on_argo]
        runs = runs if part is None else runs[part::PARTS]
        alone = [each for each in runs if each.alone or each.state == "failed"]
        together = [each for each in runs if each not in alone]
        name = file.replace("_", "-")
        if together:
            yield Batch(name, file, together, from_component(_all_of(name, together)), {})
        yield from (Batch(f"{name}-{each.name}", file, [each], each.plan, each.given) for each in alone)


def _all_of(name: str, cases: Iterable[Case]) -> Any:
    """A pipeline of pipelines, which are traced before it."""
    parts = [(each.pipeline, each.given) for each in cases]

    @dsl.pipeline(name=name)
    def together() -> None:
        for pipeline, given in parts:
            pipeline(**given)

    return together


def compiled(plan: Plan, images: Mapping[str, str] | None = None) -> Compiled:
    """A plan as Argo takes it, with what its templates run."""
    tasks: dict[str, ir.Task] = {}
    before = argo_pods.pod_template

    def noted(name: str, task: ir.Task, *rest: Any) -> Any:
        tasks[name] = task
        return before(name, task, *rest)

    with patch.object(argo_pods, "pod_template", noted):
        documents, _ = argo_documents(plan, images, Profile.RESTRICTED)
    return Compiled(documents, tasks)


def outcomes(batch: Batch, ended: Mapping[str, Any], tasks: Mapping[str, ir.Task]) -> Mapping[str, Outcome]:
    """How the cases of a workflow that has ended have ended, by their names."""
    nodes = {str(node["id"]): node for node in ended["status"].get("nodes", {}).values()}
    if len(batch.cases) == 1 and batch.plan is batch.cases[0].plan:
        whole = Outcome(_state(ended["status"]), in_order(_said(nodes.values(), tasks)))
        return {batch.cases[0].name: whole}
    within = {str(node["displayName"]): node for node in nodes.values() if _is_below_the_root(node, nodes)}
    return {
        each.name: Outcome(
            _state(within[each.name]),
            in_order(_said((node for node in nodes.values() if _part(node, nodes) == each.name), tasks)),
        )
        for each in batch.cases
        if each.name in within
    }


def tries(ended: Mapping[str, Any], tasks: Mapping[str, ir.Task]) -> Mapping[str, int]:
    """How often each task's pod was started."""
    nodes = ended["status"].get("nodes", {}).values()
    names = [tasks[node["templateName"]].name for node in nodes if node["type"] == "Pod"]
    return {name: names.count(name) for name in names}


def _state(told: Mapping[str, Any]) -> str:
    return _STATES.get(str(told["phase"]), str(told["phase"]))


def _is_below_the_root(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> bool:
    around = nodes.get(node.get("boundaryID", ""))
    return around is not None and not around.get("boundaryID")


def _part(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """The task of the whole pipeline in which a node stands."""
    while node.get("boundaryID") and not _is_below_the_root(node, nodes):
        node = nodes[node["boundaryID"]]
    return str(node["displayName"])


def _said(nodes: Iterable[Mapping[str, Any]], tasks: Mapping[str, ir.Task]) -> Iterator[tuple[str, Any]]:
    for node in nodes:
        if node["type"] == "Pod" and node["phase"] == "Succeeded":
            task = tasks[node["templateName"]]
            texts = {each["name"]: each["value"] for each in node.get("outputs", {}).get("parameters", ())}
            # Where an artifact lies is said to Argo alone.
            handed = task.component.output_parameters
            kinds = {name: kind for name, kind in handed.items() if not name.endswith((KEY, URI))}
            yield task.name, of_outputs({name: _value(texts[name], kind) for name, kind in kinds.items()})


def _value(text: str, kind: str) -> Any:
    """The value that a step wrote, however it spelled it; KFP reads it when the step has ended."""
    return coerce(text, kind, "an output")
