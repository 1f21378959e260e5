"""Workflows as Argo keeps them, with what is left out that nobody reads here."""

from typing import Any

NAME = "exits-7x2lq"


def pod(path: str, phase: str = "Succeeded", **more: Any) -> dict[str, Any]:
    """The node of a pod at a path below the workflow; what is not given is as in a pod that took five seconds."""
    return {
        "id": f"{NAME}-{path}",
        "name": f"{NAME}.{path}" if path else NAME,
        "displayName": path.rpartition(".")[2],
        "type": "Pod",
        "phase": phase,
        "startedAt": "2026-01-15T00:00:00Z",
        "finishedAt": "2026-01-15T00:00:05Z" if phase not in {"Pending", "Running"} else None,
        **more,
    }


def attempt(path: str, number: int, phase: str = "Succeeded", **more: Any) -> dict[str, Any]:
    """The node of the n-th pod of a step that may be tried again."""
    return pod(f"{path}({number})", phase, nodeFlag={"retried": True}, **more)


def retry(path: str, phase: str = "Succeeded", **more: Any) -> dict[str, Any]:
    """The node that holds a step's attempts together."""
    return pod(path, phase, type="Retry", **more)


def workflow(*nodes: dict[str, Any], phase: str = "Running", message: str = "") -> dict[str, Any]:
    """A workflow with these nodes; it has ended unless it runs."""
    status: dict[str, Any] = {"phase": phase, "message": message, "nodes": {node["id"]: node for node in nodes}}
    if phase not in {"Pending", "Running"}:
        status["finishedAt"] = "2026-01-15T00:01:00Z"
    return {"metadata": {"name": NAME}, "status": status}


def exit_code(code: int) -> dict[str, Any]:
    """The outputs of a pod that left with a code."""
    return {"exitCode": str(code)}
