"""A model of how Argo Workflows tries a step again, and of what Kubeflow Pipelines 2.17.0 makes of a task's policy.

It follows `processNodeRetries` of Argo's `workflow/controller/operator.go`, and `getTaskRetryParametersWithValues` of
`backend/src/v2/compiler/argocompiler/container.go`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True)
class Strategy:
    """Argo's `retryStrategy`, as text; a time without a unit is one in seconds, an empty one is none."""

    limit: str
    duration: str
    factor: str
    max_duration: str = ""
    cap: str = ""


def of_kfp(task: Mapping[str, Json]) -> Strategy | None:
    """What the backend compiles the policy of a container task to; parts that are left out are 0."""
    policy = task.get("retryPolicy")
    if not policy:
        return None

    def seconds(name: str) -> str:
        return str(int(float(policy.get(name, "0s").removesuffix("s"))))

    limit, factor = policy.get("maxRetryCount", 0), policy.get("backoffFactor", 0)
    return Strategy(str(limit), seconds("backoffDuration"), f"{factor:g}", seconds("backoffMaxDuration"))


def of_argo(template: Mapping[str, Json]) -> Strategy:
    """The strategy of a compiled template."""
    strategy = template["retryStrategy"]
    backoff = strategy.get("backoff", {"duration": "0", "factor": 1})
    more = backoff.get("maxDuration", ""), backoff.get("cap", "")
    return Strategy(str(strategy["limit"]), backoff["duration"], str(backoff["factor"]), *more)


def starts(strategy: Strategy, work: float) -> list[float]:
    """When the tries of a step begin, in seconds after the first, if each fails after `work` seconds."""
    window = _seconds(strategy.max_duration) if strategy.max_duration else float("inf")
    cap = _seconds(strategy.cap) if strategy.cap else float("inf")
    tries = [0.0]
    while len(tries) <= int(strategy.limit):
        # Another try than the first is ended when the window is over.
        ended = tries[-1] + work if len(tries) == 1 else min(tries[-1] + work, window)
        grown = int(strategy.factor) ** (len(tries) - 1) if int(strategy.factor) > 0 else 1
        begins = ended + min(_seconds(strategy.duration) * grown, cap)
        if max(ended, begins) > window:
            break
        tries.append(begins)
    return tries


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))
