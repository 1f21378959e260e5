"""What KFP's compiler leaves out of the groups around a task, and what is not its to find."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from kfp import dsl

from stockpot.compiler.command import compiled
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.left_out import handed_on
from stockpot.compiler.reading import read_plan
from stockpot.yaml_text import yaml_text
from tests.corpus.case import all_cases
from tests.corpus.cases_loops import LEFT_OUT

CASES = [each for each in all_cases().values() if each.kfp_local == LEFT_OUT]


def _written(pipeline: Any) -> list[dict[str, Any]]:
    """What KFP's compiler itself writes."""
    return [MessageToDict(pipeline.pipeline_spec)]


def _lost(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each parameter that a task asks of a scope which does not have it, as KFP's driver finds in a run."""
    for name, component in {"root": spec["root"], **spec["components"]}.items():
        declared = component.get("inputDefinitions", {}).get("parameters", {})
        for task in component.get("dag", {}).get("tasks", {}).values():
            for value in task.get("inputs", {}).get("parameters", {}).values():
                source = value.get("componentInputParameter")
                if source and source not in declared:
                    yield name, source


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_scope_has_what_its_tasks_ask_for(case: Any) -> None:
    """For Kubeflow Pipelines too, in which such a pipeline fails as KFP's compiler writes it."""
    assert list(_lost(_written(case.pipeline)[0]))
    assert list(_lost(dict(case.plan.documents[0]))) == []
    assert list(compiled(case.plan, "kfp"))


def test_a_file_that_the_kfp_compiler_wrote_is_read_alike(tmp_path: Path) -> None:
    """With what it left out."""
    for case in CASES:
        file = tmp_path / f"{case.name}.yaml"
        file.write_text(yaml_text(_written(case.pipeline)))
        assert load(str(file)).pipeline == case.plan.pipeline


@dsl.container_component
def _show(text: str):
    return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=[text])


@dsl.pipeline(name="inner")
def _inner(items: list, word: str):
    with dsl.ParallelFor(items) as first, dsl.ParallelFor(["1"]) as second:
        _show(text=f"{first}{second}{word}")


def test_a_pipeline_within_is_not_left() -> None:
    """What its groups lack is its own parameter, and not one of that name around it."""

    def outer(word: str = "outer", items: list = ["x"]):  # noqa: B006 - KFP reads the default alone
        with dsl.ParallelFor(items) as item:
            _inner(items=["a"], word=item)

    spec = handed_on(_written(dsl.pipeline(name="outer")(outer)))[0]
    assert list(_lost(spec)) == []
    (loop,) = (task["componentRef"]["name"] for task in spec["root"]["dag"]["tasks"].values())
    takes = {name: set(spec["components"][name]["inputDefinitions"]["parameters"]) for name in (loop, "comp-inner")}
    assert takes == {
        loop: {"pipelinechannel--items", "pipelinechannel--items-loop-item"},
        "comp-inner": {"items", "word"},
    }


def test_what_is_whole_stays_as_it_is() -> None:
    """A pipeline of which nothing was left out, and what is no pipeline."""
    whole = [each for each in all_cases().values() if each.state != "refused" and each not in CASES][::20]
    for case in whole:
        written = _written(case.pipeline)
        assert handed_on(written) == written
    for odd in (
        {"root": 1},
        {"root": {"dag": {"tasks": {"a": {}}}}},
        {"root": {"dag": {"tasks": [1]}}},
        {"platforms": {}},
    ):
        assert handed_on([odd]) == [odd]


def test_what_nobody_around_has_is_refused() -> None:
    """A parameter that is in no scope is not made up."""
    (case,) = (each for each in CASES if each.name == "loop-in-a-guarded-part")
    spec = _written(case.pipeline)[0]
    del spec["root"]["inputDefinitions"]["parameters"]["items"]
    with pytest.raises(
        UnsupportedError, match=r"'items', which the KFP compiler left out .* - put the inner group into a @dsl"
    ):
        read_plan(handed_on([spec]))


@pytest.mark.parametrize("name", ["condition", "for-loop", "exit-handler-1"])
def test_a_pipeline_of_a_groups_name_is_a_pipeline(name: str) -> None:
    """What its groups lack is its own, used once or twice."""

    def named(items: list, flag: str = "on"):
        with dsl.If(flag == "on"), dsl.ParallelFor(items) as item:
            _show(text=f"{item}")

    inner = dsl.pipeline(name=name)(named)

    def outer(items: list = ["outer"]):  # noqa: B006 - KFP reads the default alone
        inner(items=["a"])
        inner(items=items)

    plan = from_component(dsl.pipeline(name="outer")(outer))
    assert list(_lost(dict(plan.documents[0]))) == []
    pipelines = [task.component for task in plan.pipeline.dag.tasks]
    assert [set(each.parameters) for each in pipelines] == [{"items", "flag"}] * 2


def test_which_of_two_loops_is_meant_is_not_guessed() -> None:
    """Over one list both items have one name in KFP's plan; the advice tells them apart."""

    def nested(items: list):
        with dsl.ParallelFor(items) as first, dsl.ParallelFor(items) as second:
            _show(text=f"{first}{second}")

    def further(items: list):
        with dsl.ParallelFor(items) as first, dsl.ParallelFor(["1"]) as other, dsl.ParallelFor(items) as second:
            _show(text=f"{first}{other}{second}")

    for same in (nested, further):
        with pytest.raises(UnsupportedError, match=r"a loop over what a loop around it .* into a @dsl\.pipeline"):
            from_component(dsl.pipeline(name="same")(same))

    def advised(items: list):
        with dsl.ParallelFor(items) as item:
            _inner(items=items, word=item)

    assert list(_lost(dict(from_component(dsl.pipeline(name="advised")(advised)).documents[0]))) == []


def test_a_crafted_file_is_not_handed_on() -> None:
    """Deep, with many names; and one in which an alias makes two things of one."""
    deep, wide = 60, 400
    asked = {f"pipelinechannel--p{n}": {"componentInputParameter": f"pipelinechannel--p{n}"} for n in range(wide)}
    components: dict[str, Any] = {"comp-say": {"executorLabel": "exec"}}
    for number in range(deep):
        last = number == deep - 1
        ref = "comp-say" if last else f"comp-condition-{number + 1}"
        task = {"componentRef": {"name": ref}, "inputs": {"parameters": asked if last else {}}}
        components[f"comp-condition-{number}"] = {"dag": {"tasks": {"t": task}}}
    takes = {f"p{n}": {"parameterType": "STRING"} for n in range(wide)}
    tasks = {"t": {"componentRef": {"name": "comp-condition-0"}}}
    root = {"dag": {"tasks": tasks}, "inputDefinitions": {"parameters": takes}}
    spec = {"root": root, "components": components}
    assert handed_on([spec]) == [spec]
    inputs = {"parameters": {"p": {"componentInputParameter": "pipelinechannel--q"}}}
    twice: dict[str, Any] = {"a": {"componentRef": {"name": "comp-say"}, "inputs": inputs}}
    within = {"comp-condition-1": {"dag": {"tasks": twice}}, "comp-say": {"executorLabel": "exec"}}
    alias = {"c": {"componentRef": {"name": "comp-condition-1"}, "inputs": {"parameters": twice}}}
    q = {"parameters": {"q": {"parameterType": "STRING"}}}
    spec = {"root": {"dag": {"tasks": alias}, "inputDefinitions": q}, "components": within}
    assert handed_on([spec]) == [spec]


def test_shared_components_are_looked_at_once() -> None:
    """However often they stand in each other: thirty that stand twice in the one before would be a billion."""
    components: dict[str, Any] = {"comp-30": {"executorLabel": "exec"}}
    for number in range(30):
        within = {"componentRef": {"name": f"comp-{number + 1}"}}
        components[f"comp-{number}"] = {"dag": {"tasks": {"a": within, "b": within}}}
    spec = {"root": components["comp-0"], "components": components}
    assert handed_on([spec]) == [spec]


def test_a_plan_is_read_from_what_was_handed_on() -> None:
    """The plan of a function has it."""
    for case in CASES:
        assert from_component(case.pipeline).pipeline == read_plan(handed_on(_written(case.pipeline)))
