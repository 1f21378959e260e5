"""How a workflow stands, step by step, read from what Argo keeps of its nodes."""

import base64
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.shell.errors import ContractError, TransientError
from stockpot.cluster.access import Document
from stockpot.cluster.artifacts import LOG, key_of
from stockpot.compiler.policies import is_step_of_ours

ENDED = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
_BAD = ("Failed", "Error")
_EXIT = "onExit."
# How the program around a Python component is begun.
_AROUND = ["python3", "-I", "-c"]
# Argo's own words before the line that the step left.
_WRAPPING = re.compile(r"^\w+: Error \(exit code \d+\)(?:: )?")
# The name of a step, and which of its tries a pod is.
_NUMBERED = re.compile(r"(.*)\(\d+\)", re.DOTALL)


@dataclass(frozen=True)
class Attempt:
    """One pod of a step: the id of its node, and the key of the log that Argo has kept, if it has."""

    phase: str
    message: str
    started: str
    ended: str
    exit_code: int | None
    progress: tuple[int, int]
    node: str
    log_key: str


@dataclass(frozen=True)
class Step:
    """A container task, its pods and the id of its node. `exits` marks what runs after the rest, however that ended."""

    name: str
    phase: str
    message: str
    started: str
    ended: str
    attempts: tuple[Attempt, ...]
    exits: bool
    node: str

    @property
    def failed(self) -> bool:
        """Whether it ended badly."""
        return self.phase in _BAD

    @property
    def exit_code(self) -> int:
        """That of its last pod; of one that was lost, the code that says to try again."""
        code = self.attempts[-1].exit_code if self.attempts else None
        if code is not None and code > 0:
            return code
        return TransientError.exit_code if self.phase == "Error" or code == -1 else 1

    @property
    def error(self) -> str:
        """The line that its last pod left, or Argo's own."""
        last = self.attempts[-1].message if self.attempts else ""
        return last or self.message or f"exit code {self.exit_code}"


def _line(node: Mapping[str, Any]) -> str:
    """What Argo says of a node, without its own words; of the end of a log, which it may be, the last line."""
    lines = _WRAPPING.sub("", (node.get("message") or "").strip()).splitlines()
    return lines[-1].strip() if lines else ""


def steps_of(workflow: Document) -> dict[str, Step]:
    """The steps by name, in the order of their start; a step that waits for others is not among them yet."""
    nodes = sorted(nodes_of(workflow).values(), key=lambda node: (node.get("startedAt") or "", node["name"]))
    tries = _tries(nodes)
    steps = (_step(node, tries) for node in nodes if _is_step(node))
    return {step.name: step for step in steps}


def nodes_of(workflow: Document) -> Mapping[str, Any]:
    """The nodes of the workflow by their ids; of a large one Argo keeps them packed."""
    status = workflow.get("status", {})
    packed = status.get("compressedNodes")
    if packed:
        return dict(json.loads(gzip.decompress(base64.b64decode(packed))))
    return dict(status.get("nodes") or {})


def _is_step(node: Mapping[str, Any]) -> bool:
    if (node.get("nodeFlag") or {}).get("retried"):
        return False
    return node["type"] in {"Retry", "Pod", "Skipped"}


def _tries(nodes: Iterable[Mapping[str, Any]]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The pods by the names of the steps that they are tries of, each in its order."""
    tries: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for node in nodes:
        if numbered := _NUMBERED.fullmatch(node["name"]):
            tries[numbered[1]].append(node)
    return tries


def _step(node: Mapping[str, Any], tries: Mapping[str, Sequence[Mapping[str, Any]]]) -> Step:
    path = node["name"].partition(".")[2] or node["displayName"]
    pods = tries.get(node["name"], ()) if node["type"] == "Retry" else [node]
    return Step(
        name=path.removeprefix(_EXIT),
        phase=node.get("phase") or "Pending",
        message=_line(node),
        started=node.get("startedAt") or "",
        ended=node.get("finishedAt") or "",
        attempts=tuple(_attempt(pod) for pod in pods if pod["type"] != "Skipped"),
        exits=path.startswith(_EXIT),
        node=node["id"],
    )


def _attempt(pod: Mapping[str, Any]) -> Attempt:
    done, _, total = (pod.get("progress") or "0/0").partition("/")
    code = (pod.get("outputs") or {}).get("exitCode")
    return Attempt(
        phase=pod.get("phase") or "Pending",
        message=_line(pod),
        started=pod.get("startedAt") or "",
        ended=pod.get("finishedAt") or "",
        exit_code=None if code is None else int(code),
        progress=(int(done), int(total)),
        node=pod["id"],
        log_key=key_of(pod, LOG),
    )


def ended(workflow: Document) -> bool:
    """Whether the workflow, with its exit handlers, is over."""
    return bool(workflow.get("status", {}).get("finishedAt"))


def is_over(workflow: Document, name: str) -> bool:
    """Whether that step says nothing more."""
    step = steps_of(workflow).get(name)
    return ended(workflow) or (step is not None and step.phase in ENDED)


def verdict(workflow: Document) -> tuple[int, str]:
    """The exit code of a workflow that has ended, and the line that says why; 0 and nothing where it succeeded."""
    status = workflow["status"]
    if status["phase"] == "Succeeded":
        return 0, ""
    first = first_failed(workflow)
    if first is None:
        return 1, f"{status['phase'].lower()}: {status.get('message') or 'Argo does not say why'}"
    return 1 if _says_nothing(workflow, first) else first.exit_code, f"{first.name}: {first.error}"


def first_failed(workflow: Document) -> Step | None:
    """The step that failed first, before any of an exit handler; None where no step did."""
    failed = sorted((step for step in steps_of(workflow).values() if step.failed), key=lambda step: step.ended)
    return next((step for step in failed if not step.exits), failed[0] if failed else None)


def _says_nothing(workflow: Document, step: Step) -> bool:
    """Whether the step failed by the exit code of a program of others, where 12 is a number like any other.

    What runs around a Python component has a code of its own, for outputs that are not as declared.
    """
    code = step.attempts[-1].exit_code if step.attempts else None
    command = _commands(workflow).get(nodes_of(workflow)[step.node].get("templateName") or "")
    if code is None or code < 0 or command is None or is_step_of_ours(command):
        return False
    return not (code == ContractError.exit_code and command[:3] == _AROUND)


def _commands(workflow: Document) -> Mapping[str, Sequence[str]]:
    """The commands of the workflow's containers by the names of their templates, as far as Argo has them."""
    containers = {each["name"]: each["container"] for each in templates_of(workflow) if "container" in each}
    return {name: each["command"] for name, each in containers.items() if each.get("command")}


def templates_of(workflow: Document) -> Sequence[Mapping[str, Any]]:
    """The templates that the workflow is made of: its own, and what Argo keeps of the one that it names."""
    stored = workflow.get("status", {}).get("storedWorkflowTemplateSpec") or {}
    return [*(workflow.get("spec") or {}).get("templates", ()), *stored.get("templates", ())]
