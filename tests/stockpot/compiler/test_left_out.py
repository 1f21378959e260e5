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
