"""What compiled workflows say, part by part: golden files show no more than that something has changed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.argo_outputs import argo_name
from stockpot.compiler.command import images_of
from stockpot.compiler.definitions import Plan, from_component, load
from tests.stockpot.compiler.test_golden import FIXTURES, GOLDENS

Spec = dict[str, Any]
_INPUT = re.compile(r"inputs\.(parameters|artifacts)(?:\.([\w-]+)|\[\"([\w-]+)\"\])")
_OUTPUT = re.compile(
    r"tasks(?:\.([\w-]+)|\[\"([\w-]+)\"\])\.outputs\.(parameters|artifacts)(?:\.([\w-]+)|\[\"([\w-]+)\"\])"
)


@pytest.fixture(scope="module")
def plans(fixtures: Path) -> dict[str, Plan]:
    """All fixtures, and the pipelines themselves."""
    found = {name: load(f"{fixtures / FIXTURES[name]}") for name, target in GOLDENS if target == "argo"}
    return found | {name: load(name) for name in ("event-aggregation", "feed-ranking", "moderation-training")}


def templates(plan: Plan) -> dict[str, Spec]:
    """The templates of the workflow by name."""
    return {each["name"]: each for each in argo_documents(plan)[0][0]["spec"]["templates"]}


def names(template: Spec, side: str, kind: str) -> set[str]:
    """The inputs or outputs of a template."""
    return {each["name"] for each in template.get(side, {}).get(kind, [])}


def fetched(template: Spec) -> set[str]:
    """The inputs that a pod fetches by a key, which nobody hands to it."""
    return {each["name"] for each in template.get("inputs", {}).get("artifacts", []) if "s3" in each}


def unresolved(plan: Plan) -> Iterator[str]:
    """What a template reads that nobody gives it, and what it gives that nobody takes."""
    known = templates(plan)
    for template in known.values():
        tasks = {each["name"]: each for each in template.get("dag", {}).get("tasks", [])}
        text = json.dumps(template).replace('\\"', '"')
        for kind, plain, quoted in _INPUT.findall(text):
            if (plain or quoted) not in names(template, "inputs", kind):
                yield f"{template['name']} reads {kind} {plain or quoted}"
        for task, quoted_task, kind, plain, quoted in _OUTPUT.findall(text):
            made_by = tasks.get(task or quoted_task, {}).get("template", "")
            if (plain or quoted) not in names(known.get(made_by, {}), "outputs", kind):
                yield f"{template['name']} reads {kind} {plain or quoted} of {task or quoted_task}"
        for task in tasks.values():
            for kind in ("parameters", "artifacts"):
                called = known.get(task["template"], {})
                given, taken = names(task, "arguments", kind), names(called, "inputs", kind) - fetched(called)
                if task["template"] not in known or given != taken:
                    yield f"{task['name']} of {template['name']} is given {sorted(given)} and takes {sorted(taken)}"


def test_all_that_is_read_is_there(plans: dict[str, Plan]) -> None:
    """Each template that is called exists, is given what it takes, and reads what is given or has been made."""
    assert {name: found for name, plan in plans.items() if (found := list(unresolved(plan)))} == {}


def test_what_surrounds_a_container(plans: dict[str, Plan]) -> None:
    """Where the pod runs, what it may use, how long and how often, as the definition says."""
    leave, expect = (templates(plans["placement"])[name] for name in ("leave", "expect"))
    assert leave["nodeSelector"] == {"disk": "fast"}
    assert leave["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "etl", "effect": "NoSchedule"}]
    profile = {"stockpot/profile": "compatible"}
    assert leave["metadata"] == {
        "labels": {"team": "kitchen"},
        "annotations": {"owner": "kitchen@example.org", **profile},
    }
    assert expect["metadata"] == {"annotations": profile}
    assert (leave["activeDeadlineSeconds"], leave["container"]["imagePullPolicy"]) == (600, "IfNotPresent")
    asked = leave["container"]["resources"]
    assert asked == {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}
    assert expect["container"]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert not {"nodeSelector", "tolerations", "activeDeadlineSeconds", "retryStrategy"} & expect.keys()
    given = {each["name"]: each.get("value", each.get("valueFrom")) for each in leave["container"]["env"]}
    assert given["LEVEL"] == "debug"
    assert given["ACCESS_KEY"] == {"secretKeyRef": {"name": "store", "key": "access"}}
    assert given["CHANNEL_URL"] == {"secretKeyRef": {"name": "channel", "key": "url", "optional": True}}
    assert given["REGION"] == {"configMapKeyRef": {"name": "settings", "key": "region"}}
    workflow = argo_documents(plans["placement"])[0][0]["spec"]
    assert workflow["imagePullSecrets"] == [{"name": "registry"}]


@dsl.container_component
def _write(data: dsl.Output[dsl.Dataset], said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="image", command=["run"], args=[data.path, said])


@dsl.container_component
def _read(data: dsl.Input[dsl.Dataset], text: str):
    return dsl.ContainerSpec(image="other", command=["run"], args=[data.path, text])


@dsl.pipeline(name="either")
def _either(number: int) -> dsl.Dataset:
    with dsl.If(number > 2):
        many = _write()
    with dsl.Elif(number == 2):
        two = _write()
    with dsl.Else():
        few = _write()
    return dsl.OneOf(many.outputs["data"], two.outputs["data"], few.outputs["data"])


@dsl.pipeline(name="reading")
def _reading(number: int = 1):
    _read(data=_either(number=number).output, text="x")


def test_of_branches_the_one_that_succeeded_hands_on() -> None:
    """Each branch is asked in turn whether it succeeded, and the last one is what is left."""
    found = templates(from_component(_reading))
    code = json.dumps([each["outputs"] for each in found.values() if "fromExpression" in json.dumps(each)])
    asked = re.findall(r'tasks\[\\+"([\w-]+)\\+"\]\.status', code)
    assert len(asked) == len(set(asked)) == 2
    assert len(set(re.findall(r'tasks\[\\+"([\w-]+)\\+"\]\.outputs', code))) == 3


def test_the_images_of_a_plan_are_those_of_its_steps() -> None:
    """However deep they stand, each once."""
    assert images_of([from_component(_reading), from_component(_either)]) == ["image", "other"]


def test_a_short_name_is_taken_only_where_it_is_free() -> None:
    """KFP marks what it hands into groups; without the mark, two inputs must not become one."""
    assert argo_name("pipelinechannel--text", ()) == "text"
    assert argo_name("pipelinechannel--text", ["text"]) == "pipelinechannel--text"
    assert argo_name("text", ["text"]) == "text"
