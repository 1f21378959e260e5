"""What is too large for Linux, Kubernetes or Argo is refused in one line before anything is sent."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from stockpot.cluster.submission import workflow_of
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import Plan
from stockpot.compiler.kfp import kfp_documents
from stockpot.compiler.reading import read_plan
from stockpot.compiler.sizes import ARGUMENT, OBJECT
from stockpot.kubeflow.runs import values_of

LONGEST = "x" * ARGUMENT
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(name="planned")
def _planned(small: dict[str, Any]) -> Callable[[Change], Plan]:
    """The small pipeline's plan after a change to its spec."""

    def plan(change: Change) -> Plan:
        spec = copy.deepcopy(small)
        change(spec)
        return Plan([spec], read_plan([spec]))

    return plan


def says(text: str) -> Change:
    """The step's command gets a text."""
    return lambda spec: container(spec)["args"].append(text)


def gets(text: str) -> Change:
    """The step is given a constant."""
    return lambda spec: task(spec)["inputs"]["parameters"].update({"text": {"runtimeValue": {"constant": text}}})


def many(count: int) -> Change:
    """The pipeline has so many large steps."""

    def change(spec: dict[str, Any]) -> None:
        for number in range(count):
            label, name = f"exec-step-{number}", f"comp-step-{number}"
            executors, executor = spec["deploymentSpec"]["executors"], container(spec)
            executors[label] = {"container": {**executor, "args": [*executor["args"], "x" * (ARGUMENT // 2)]}}
            spec["components"][name] = {**spec["components"]["comp-step"], "executorLabel": label}
            tasks = spec["root"]["dag"]["tasks"]
            tasks[f"step-{number}"] = {
                **task(spec), "componentRef": {"name": name}, "taskInfo": {"name": f"step-{number}"},
            }  # fmt: skip

    return change


def container(spec: dict[str, Any]) -> dict[str, Any]:
    """The step's container."""
    return spec["deploymentSpec"]["executors"]["exec-step"]["container"]


def task(spec: dict[str, Any]) -> dict[str, Any]:
    """The step's task."""
    return spec["root"]["dag"]["tasks"]["step"]


@pytest.mark.parametrize("compiled", [argo_documents, kfp_documents])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (says(LONGEST + "y"), "task 'step': a text of its command has 131,072 bytes"),
        (gets("é" * 65_536), "task 'step': its input 'text' has 131,072 bytes"),
        (many(15), r"bytes; Kubernetes and Argo take 917,504"),
    ],
)
def test_what_is_too_large_is_refused_when_it_is_compiled(planned, compiled, change, said) -> None:
    """An argument, a constant, or the whole: one line with where it is and what to do, exit 11, on both engines."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        compiled(planned(change))
    assert refused.value.exit_code == 11
    assert "hand" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("compiled", [argo_documents, kfp_documents])
@pytest.mark.parametrize("change", [says(LONGEST), gets(LONGEST), many(12)])
def test_what_is_not_is_compiled(planned, compiled, change) -> None:
    """The counter-test: one byte less is the longest argument there is."""
    assert compiled(planned(change))


@pytest.mark.parametrize(("submitted", "extra"), [(workflow_of, 0), (values_of, len('{"text":""}'))])
def test_a_parameter_that_no_step_can_be_given_is_refused(planned, submitted, extra) -> None:
    """Before anything is sent; Kubeflow Pipelines hands all of them to its driver together."""
    plan = planned(lambda spec: None)
    longest = "x" * (ARGUMENT - extra)
    assert submitted(plan, {"text": longest}, None)
    with pytest.raises(ConfigurationError, match=r"has 131,072 bytes; a step can be given 131,071"):
        submitted(plan, {"text": longest + "x"}, None)


def test_parameters_that_are_too_large_together_are_refused(planned) -> None:
    """Argo keeps them in the workflow itself."""

    def change(spec: dict[str, Any]) -> None:
        declared = spec["root"]["inputDefinitions"]["parameters"]
        declared.update({f"text{number}": declared["text"] for number in range(OBJECT // ARGUMENT + 1)})

    plan = planned(change)
    given = dict.fromkeys(plan.pipeline.parameters, LONGEST)
    with pytest.raises(ConfigurationError, match="its Workflow has"):
        workflow_of(plan, given, None)
    assert workflow_of(plan, {**given, "text": "", "text0": "", "text1": ""}, None)
