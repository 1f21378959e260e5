"""Artifacts of other programs on Argo that may be left unwritten, as KFP lets them."""

from pathlib import Path
from typing import Any

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import load

_FIXTURES = Path(__file__).parent / "fixtures"


def _artifacts(template: Any) -> list[Any]:
    sides = [*(template.get(side, {}).get("artifacts") or [] for side in ("inputs", "outputs"))]
    tasks = template.get("dag", {}).get("tasks", [])
    handed = [*(task.get("arguments", {}) for task in tasks)]
    handed += [hook.get("arguments", {}) for task in tasks for hook in task.get("hooks", {}).values()]
    return [each for side in (*sides, *(one.get("artifacts") or [] for one in handed)) for each in side]


def test_nobody_counts_on_what_a_container_may_leave_out() -> None:
    """From the pod that makes it to the pod that reads it, through groups."""
    for name in ("nested", "artifacts", "conditions"):
        ((document, *_), _) = argo_documents(load(f"{_FIXTURES}/{name}.py:{name}"))
        found = [each for template in document["spec"]["templates"] for each in _artifacts(template)]
        assert found
        assert all(each["optional"] for each in found)


def test_our_own_steps_need_theirs() -> None:
    """They say by their exit code what is wrong, and write all that they declare."""
    ((document, *_), _) = argo_documents(load("moderation-training"))
    found = [each for template in document["spec"]["templates"] for each in _artifacts(template)]
    assert found
    assert not any("optional" in each for each in found)
