"""What is read from a workflow that has ended, without a cluster."""

from typing import Any

from tests.corpus import on_argo
from tests.corpus.case import Outcome, cases_of


def _node(name: str, around: str, kind: str = "DAG", **more: Any) -> dict[str, Any]:
    return {"id": name, "displayName": name, "boundaryID": around, "type": kind, "phase": "Succeeded", **more}


def _pod(name: str, around: str, template: str, **values: str) -> dict[str, Any]:
    parameters = [{"name": key, "value": value} for key, value in values.items()]
    return _node(name, around, "Pod", templateName=template, outputs={"parameters": parameters})


def test_values_are_read_case_by_case() -> None:
    """By the part of the whole in which a pod stands, however deep, as the task of its template, in its type."""
    batch = next(each for each in on_argo.batches() if each.name == "cases-gathered")
    tasks = on_argo.compiled(batch.plan).tasks
    template = {task.name: name for name, task in tasks.items()}
    nodes = [
        _node("root", ""),
        _node("gathered", "root"),
        _node("for-loop-1", "gathered"),
        _pod("say-int(1)", "for-loop-1", template["say-int"], said="2"),
        _pod("say-int(0)", "for-loop-1", template["say-int"], said="1"),
        _pod("say-list", "gathered", template["say-list"], said="[1,2]"),
        _node("gathered-nothing", "root"),
        _node("gathered-twice", "root", phase="Failed"),
        _pod("lost", "gathered-twice", template["say"]) | {"phase": "Error"},
    ]
    ended = {"status": {"phase": "Failed", "nodes": {each["id"]: each for each in nodes}}}
    assert on_argo.outcomes(batch, ended, tasks) == {
        "gathered": next(each.expected for each in batch.cases if each.name == "gathered"),
        "gathered-nothing": Outcome("succeeded", {}),
        "gathered-twice": Outcome("failed", {}),
    }


def test_tries_are_counted_for_a_case_alone() -> None:
    """Each pod is one; the whole workflow is the case."""
    batch = next(each for each in on_argo.batches() if each.name == "cases-exits-retries")
    (case,) = batch.cases
    tasks = on_argo.compiled(batch.plan).tasks
    (template,) = tasks
    pods = [_pod(f"fail({number})", "root", template) | {"phase": "Failed"} for number in range(3)]
    ended = {"status": {"phase": "Failed", "nodes": {each["id"]: each for each in pods}}}
    assert on_argo.outcomes(batch, ended, tasks) == {case.name: case.expected}
    assert on_argo.tries(ended, tasks) == case.tries


def test_keys_are_said_to_argo_alone() -> None:
    """Where a gathered artifact lies is no value that a step hands out."""
    (case,) = (each for each in cases_of("cases_lists") if each.name == "gathered")
    batch = on_argo.Batch(case.name, "cases_lists", [case], case.plan, {})
    tasks = on_argo.compiled(batch.plan).tasks
    made, told = ({task.name: name for name, task in tasks.items()}[name] for name in ("make", "tell"))
    pods = [_pod(f"make({number})", "root", made, **{"data--key": "runs/1"}) for number in range(3)]
    pods.append(_pod("tell", "root", told, Output='["c","a","b"]'))
    ended = {"status": {"phase": "Succeeded", "nodes": {each["id"]: each for each in pods}}}
    assert on_argo.outcomes(batch, ended, tasks) == {case.name: case.expected}
