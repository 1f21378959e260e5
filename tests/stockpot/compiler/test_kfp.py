"""What is compiled for Kubeflow Pipelines is what its backend carries out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stockpot.compiler.definitions import from_definition, load
from stockpot.compiler.kfp import kfp_documents
from stockpot.definition import discover

FIXTURES = Path(__file__).parent / "fixtures"
FOREIGN = [f"{FIXTURES}/{name}.py:{name}" for name in ("optional", "loops", "conditions", "artifacts", "exits")]
OURS = sorted(discover())


def spec_of(name: str) -> dict[str, Any]:
    """The IR of a registered pipeline, or of a function in a file."""
    return kfp_documents(from_definition(discover()[name]) if name in OURS else load(name))[0]


def tasks(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, task and component of every task of a container."""
    for component in (spec["root"], *spec["components"].values()):
        for name, task in component.get("dag", {}).get("tasks", {}).items():
            called = spec["components"][task["componentRef"]["name"]]
            if "executorLabel" in called:
                yield name, task, called


def unstated(spec: dict[str, Any]) -> list[tuple[str, str]]:
    """Tasks of containers with an input that has a default and is not stated: KFP 2.17.0's driver fails on them."""
    return [
        (name, parameter)
        for name, task, component in tasks(spec)
        for parameter, declared in component.get("inputDefinitions", {}).get("parameters", {}).items()
        if "defaultValue" in declared and parameter not in task.get("inputs", {}).get("parameters", {})
    ]


@pytest.mark.parametrize("name", [*OURS, *FOREIGN])
def test_every_input_with_a_default_is_stated(name: str):
    """No task leaves an input to its component's default."""
    assert unstated(spec_of(name)) == []


def test_what_kfp_compiles_leaves_inputs_out():
    """The counter-test: KFP's own text does not state them."""
    assert ("extract-postgres", "schema") in unstated(dict(load("moderation-training").documents[0]))


def test_a_left_out_default_becomes_a_constant_and_a_given_value_stays():
    """The constant is the component's own default; what the pipeline gives is left alone."""
    (task,) = (task for name, task, _ in tasks(spec_of("moderation-training")) if name == "extract-postgres")
    given = task["inputs"]["parameters"]
    assert given["schema"] == {"runtimeValue": {"constant": "public"}}
    assert given["workers"] == {"runtimeValue": {"constant": 2}}
    assert "users" in str(given["tables"])
