"""Names of an IR file become paths: those that are none of KFP's are refused where the file is read."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.shell.errors import ConfigurationError
from stockpot.compiler import reading
from stockpot.compiler.command import compile_targets
from stockpot.compiler.definitions import load
from stockpot.compiler.reading import read_plan
from tests.harness.odd.bombs import LONG_NUMBER

Spec = dict[str, Any]
Change = Callable[[Spec, str], object]
ODD = ("../../x", "..", "/x", "a/b", "a\x1b[2Jb", "a\nb", "a\u202eb", "", "x" * 300)


def _renamed(things: Spec, name: str) -> None:
    things[name] = things.pop(next(iter(things)))


def _task(spec: Spec, name: str) -> None:
    _renamed(spec["root"]["dag"]["tasks"], name)


def _component(spec: Spec, name: str) -> None:
    _renamed(spec["components"], name)
    next(iter(spec["root"]["dag"]["tasks"].values()))["componentRef"]["name"] = name


def _of_component(part: str, kind: str) -> Change:
    return lambda spec, name: _renamed(next(iter(spec["components"].values()))[part][kind], name)


def _variable(spec: Spec, name: str) -> None:
    next(iter(spec["deploymentSpec"]["executors"].values()))["container"]["env"] = [{"name": name, "value": "1"}]


PLACES: dict[str, Change] = {
    "pipeline": lambda spec, name: spec["pipelineInfo"].update(name=name),
    "task": _task,
    "component": _component,
    "parameter of the run": lambda spec, name: _renamed(spec["root"]["inputDefinitions"]["parameters"], name),
    "input": _of_component("inputDefinitions", "parameters"),
    "output artifact": _of_component("outputDefinitions", "artifacts"),
    "output parameter": _of_component("outputDefinitions", "parameters"),
    "variable": _variable,
}


@pytest.mark.parametrize("place", PLACES)
def test_no_name_leads_elsewhere(place: str, small: Spec) -> None:
    """Neither up the tree nor to a terminal, in whatever place of the file it stands."""
    for name in ODD:
        spec = copy.deepcopy(small)
        PLACES[place](spec, name)
        with pytest.raises(ConfigurationError, match=r"is no name of.* - give it another name|has no task"):
            read_plan([spec])


def test_a_file_is_written_below_the_folder_that_was_named(small: Spec, tmp_path: Path) -> None:
    """A pipeline called ../../x writes nothing at all."""
    _write(tmp_path / "ir.yaml", {**small, "pipelineInfo": {"name": "../../x"}})
    for target in ("kfp", "argo"):
        with pytest.raises(ConfigurationError, match="is no name of a pipeline"):
            compile_targets([str(tmp_path / "ir.yaml")], False, target, tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.rglob("*")] == ["ir.yaml"]


def test_a_pipeline_has_a_name_of_the_length_that_kfp_takes(small: Spec) -> None:
    """128 letters, and not one more."""
    spec = copy.deepcopy(small)
    spec["pipelineInfo"]["name"] = "x" * 128
    assert read_plan([spec]).name == "x" * 128
    spec["pipelineInfo"]["name"] += "x"
    with pytest.raises(ConfigurationError, match="its name has 129 letters; KFP takes 128"):
        read_plan([spec])


def test_a_display_name_may_be_anything(small: Spec, tmp_path: Path) -> None:
    """People write it, and it is no path."""
    info = {"name": "small", "displayName": "../../Größe \x1b[31m"}
    _write(tmp_path / "ir.yaml", {**small, "pipelineInfo": info})
    assert load(str(tmp_path / "ir.yaml")).pipeline.name == "small"


def test_components_that_multiply_are_refused(small: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty components that hold the next one twice stand for 2^40 tasks, in two pages of text."""
    monkeypatch.setattr(reading, "_MOST_TASKS", 1_000)
    spec = copy.deepcopy(small)
    next(iter(spec["deploymentSpec"]["executors"].values()))["container"]["args"] = []
    step = next(iter(spec["components"].values()))["executorLabel"]
    chain = {f"comp-{depth}": {"dag": {"tasks": _twice(f"comp-{depth + 1}")}} for depth in range(40)}
    spec["components"] = {**chain, "comp-40": {"executorLabel": step}}
    spec["root"] = {"dag": {"tasks": _twice("comp-0")}}
    with pytest.raises(ConfigurationError, match=r"more than 1,000 tasks"):
        read_plan([spec])


@pytest.mark.parametrize("condition", ["(" * 50_000, "!" * 50_000, f"1 == {LONG_NUMBER}"])
def test_a_condition_without_end_is_refused(condition: str, small: Spec) -> None:
    """It is read by recursion, and its numbers by Python."""
    spec = copy.deepcopy(small)
    next(iter(spec["root"]["dag"]["tasks"].values()))["triggerPolicy"] = {"condition": condition}
    with pytest.raises(ConfigurationError):
        read_plan([spec])


def _twice(component: str) -> Spec:
    return {task: {"componentRef": {"name": component}} for task in ("left", "right")}


def _write(path: Path, spec: Spec) -> None:
    path.write_text(yaml.safe_dump(spec))
