"""Reading plans: what is kept, what is refused, and that nothing is passed over."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.definitions import load
from stockpot.compiler.errors import PlanError, UnsupportedError
from stockpot.compiler.reading import read_plan
from stockpot.compiler.tracing import kfp_documents

Spec = dict[str, Any]
Reader = Callable[[Callable[[Spec], object]], ir.Pipeline]


def task_of(spec: Spec) -> Spec:
    """The one task of the small pipeline."""
    return next(iter(spec["root"]["dag"]["tasks"].values()))


def executor_of(spec: Spec) -> Spec:
    """Its container's executor."""
    return next(iter(spec["deploymentSpec"]["executors"].values()))


def component_of(spec: Spec) -> Spec:
    """Its component."""
    return next(iter(spec["components"].values()))


CONSTRUCTS: dict[str, tuple[Callable[[Spec], object], str]] = {
    "importer": (
        lambda s: [
            each.pop("container") and each.update(importer={"artifactUri": {"constant": "oci://registry/model"}})
            for each in s["deploymentSpec"]["executors"].values()
        ],
        r"an import of an image \(oci://\)",
    ),
    "resolver": (lambda s: executor_of(s).update(resolver={"x": 1}), "an executor of kind resolver"),
    "custom job": (lambda s: executor_of(s).update(customJob={"x": 1}), "an executor of kind customJob"),
    "lifecycle": (
        lambda s: executor_of(s)["container"].update(lifecycle={"preCacheCheck": {"command": ["x"]}}),
        "executor.container.lifecycle",
    ),
    "image named after the run": (
        lambda s: executor_of(s)["container"].update(image="{{$.pipeline_job_name}}"),
        r"the image \{\{\$.pipeline_job_name\}\} is not supported - take it from a parameter",
    ),
    "a list of artifacts in a command": (
        lambda s: executor_of(s)["container"].update(args=["{{$.inputs.artifacts['data']}}"]),
        r"the placeholder .*data'\]\}\} is not supported",
    ),
    "loops over composed lists": (
        lambda s: task_of(s).update(
            parameterIterator={"itemInput": "text", "items": {"raw": "[\"{{$.inputs.parameters['text']}}\"]"}}
        ),
        "a loop over a list with parameters inside",
    ),
    "cache key": (lambda s: task_of(s).update(cachingOptions={"enableCache": True, "cacheKey": "k"}), "a cache key"),
    "ignored failures of several": (
        lambda s: task_of(s).update(
            triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}, dependentTasks=["one", "other"]
        ),
        r"ignore_upstream_failure\(\) of a task that waits for several",
    ),
    "strategies": (lambda s: task_of(s).update(triggerPolicy={"strategy": "ANY"}), "the strategy ANY"),
    "work of the backend": (
        lambda s: executor_of(s)["container"].update(image="argostub/suspend"),
        "the work of KFP's backend named argostub/suspend",
    ),
    "conditions of other kinds": (
        lambda s: task_of(s).update(triggerPolicy={"condition": "true"}),
        "the condition true",
    ),
    "expressions": (
        lambda s: task_of(s)["inputs"]["parameters"]["text"].update(parameterExpressionSelector="size(x)"),
        r"the expression size\(x\)",
    ),
    "parameter types": (
        lambda s: component_of(s)["inputDefinitions"]["parameters"]["text"].update(parameterType="TASK_CONFIG"),
        "a parameter of type TASK_CONFIG",
    ),
    "literals": (
        lambda s: component_of(s)["inputDefinitions"]["parameters"]["text"].update(literals=["a"]),
        "parameter 'text'.literals",
    ),
    "paths in inputs": (
        lambda s: task_of(s)["inputs"]["parameters"].update(
            text={"runtimeValue": {"constant": "{{$.inputs.artifacts['data'].path}}"}}
        ),
        "InputPath of 'data' in a task's input",
    ),
    "unresolved channels": (
        lambda s: task_of(s)["inputs"]["parameters"].update(
            text={"runtimeValue": {"constant": "{{channel:task=;name=x;}}"}}
        ),
        "a parameter that KFP left unresolved",
    ),
    "defaults from parameters": (
        lambda s: s["root"]["inputDefinitions"]["parameters"]["text"].update(
            defaultValue="{{$.inputs.parameters['other']}}"
        ),
        "a default that refers to the parameter 'other'",
    ),
    "unknown fields of a task": (lambda s: task_of(s).update(novelty={"x": 1}), "task.novelty"),
    "unknown fields of the plan": (lambda s: s.update(novelty=1), "PipelineSpec.novelty"),
    "task configs": (
        lambda s: component_of(s).update(taskConfigPassthroughs=[{"field": "ENV"}]),
        "component.taskConfigPassthroughs",
    ),
}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_unsupported_constructs_are_named(changed: Reader, construct: str) -> None:
    """The error names the pipeline and the construct, whatever it is."""
    change, message = CONSTRUCTS[construct]
    with pytest.raises(UnsupportedError, match=rf"pipeline 'small'.*{message}") as caught:
        changed(change)
    assert caught.value.exit_code == 11


CONTRADICTIONS: dict[str, tuple[Callable[[Spec], object], str]] = {
    "no component": (lambda s: s["components"].clear(), "there is no component"),
    "no executor": (lambda s: s["deploymentSpec"]["executors"].clear(), "there is no executor"),
    "no value": (lambda s: task_of(s).pop("inputs"), "its input 'text' is given no value"),
    "no such input": (
        lambda s: task_of(s)["inputs"]["parameters"].update(text={"componentInputParameter": "nowhere"}),
        "reads 'nowhere', which is no input",
    ),
    "no such sibling": (
        lambda s: task_of(s)["inputs"]["parameters"].update(
            text={"runtimeValue": {"constant": "{{$.inputs.parameters['no']}}"}}
        ),
        "its inputs refer to 'no'",
    ),
    "no such task": (lambda s: task_of(s).update(dependentTasks=["nobody"]), "it comes after 'nobody'"),
    "no such output": (
        lambda s: task_of(s)["inputs"]["parameters"].update(
            text={"taskOutputParameter": {"producerTask": "nobody", "outputParameterKey": "x"}}
        ),
        "'nobody'",
    ),
    "no image": (lambda s: executor_of(s)["container"].pop("image"), "has no image"),
    "no such input of the container": (
        lambda s: executor_of(s)["container"].update(args=["{{$.inputs.parameters['none']}}"]),
        "its container reads 'none'",
    ),
    "no such output of the container": (
        lambda s: executor_of(s)["container"].update(args=["{{$.outputs.artifacts['none'].path}}"]),
        "its container writes 'none'",
    ),
    "no duration": (
        lambda s: task_of(s).update(retryPolicy={"maxRetryCount": 1, "backoffDuration": "soon"}),
        "'soon' is no duration",
    ),
}


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
def test_contradictions_are_named(changed: Reader, contradiction: str) -> None:
    """A plan that leads nowhere is refused with the place where it does."""
    change, message = CONTRADICTIONS[contradiction]
    with pytest.raises(PlanError, match=rf"pipeline 'small'.*{message}"):
        changed(change)


def test_recursion_is_refused(small: Spec) -> None:
    """A component that contains itself cannot be laid out."""
    spec = copy.deepcopy(small)
    spec["components"]["comp-loop"] = {"dag": {"tasks": {"again": {"componentRef": {"name": "comp-loop"}}}}}
    spec["root"]["dag"]["tasks"]["again"] = {"componentRef": {"name": "comp-loop"}}
    with pytest.raises(UnsupportedError, match=r"task 'again/again': recursion"):
        read_plan([spec])


def test_tasks_that_wait_for_one_another_are_refused(small: Spec) -> None:
    """A circle of dependencies is named."""
    spec = copy.deepcopy(small)
    tasks = spec["root"]["dag"]["tasks"]
    tasks["other"] = copy.deepcopy(tasks["step"])
    tasks["other"]["dependentTasks"], tasks["step"]["dependentTasks"] = ["step"], ["other"]
    with pytest.raises(PlanError, match=r"tasks wait for one another: (other, step, other|step, other, step)"):
        read_plan([spec])


@pytest.mark.parametrize("documents", [[], [{}], [{"a": 1}], [{"root": {"dag": {}}}, {"root": {"dag": {}}}]])
def test_other_documents_are_refused(documents: list[Spec]) -> None:
    """What is no compiled pipeline is said to be none."""
    with pytest.raises(PlanError, match="this is no compiled KFP pipeline"):
        read_plan(documents)


@pytest.mark.parametrize("construct", ["podAffinity", "enabledSharedMemory"])
def test_unsupported_kubernetes_settings_are_named(small: Spec, construct: str) -> None:
    """Nothing that KFP would do to a pod is left out in silence."""
    executors = {next(iter(small["deploymentSpec"]["executors"])): {construct: [{"size": "1Gi"}]}}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    with pytest.raises(UnsupportedError, match=rf"pipeline 'small', task 'step': kubernetes.{construct}"):
        read_plan([small, platform])


def test_retry_of_a_nested_pipeline_is_refused() -> None:
    """Retries belong to containers."""

    @dsl.container_component
    def step():
        return dsl.ContainerSpec(image="image", command=["run"])

    @dsl.pipeline(name="inner")
    def inner():
        step()

    @dsl.pipeline(name="outer")
    def outer():
        inner().set_retry(num_retries=2)

    with pytest.raises(UnsupportedError, match=r"pipeline 'outer', task 'inner': set_retry\(\) on a nested pipeline"):
        read_plan(kfp_documents(outer))


def test_constants_lose_kfps_floating_point(fixtures: Path) -> None:
    """Whole numbers are whole again, also deep within structs."""
    pipeline = load(f"{fixtures}/parameters.py:parameters").pipeline
    assert pipeline.parameters["number"].default == ir.Constant(3)
    assert pipeline.parameters["options"].default == ir.Constant({"a": {"b": 1.5, "c": 2}})


def test_inputs_that_nothing_reads_are_left_out(fixtures: Path) -> None:
    """Of what KFP hands into groups only that remains which is read."""
    tasks = {"/".join(path): task for path, task in ir.walk(load(f"{fixtures}/loops.py:loops").pipeline.dag)}
    outer, inner = tasks["for-loop-3"], tasks["for-loop-3/for-loop-5"]
    assert list(outer.parameters) == ["pipelinechannel--pairs"]
    assert inner.parameters == {
        "pipelinechannel--pairs-loop-item-subvar-title": ir.ComponentInput("pipelinechannel--pairs-loop-item", "title")
    }


def test_exit_handlers_hang_on_what_they_guard(fixtures: Path) -> None:
    """An exit task is no task of its own but belongs to the group it guards."""
    dag = load(f"{fixtures}/exits.py:exits").pipeline.dag
    (guarded,) = dag.tasks
    assert guarded.on_exit is not None
    assert guarded.on_exit.after == ()
    assert guarded.on_exit.parameters["status"] == ir.FinalStatus("exit-handler-1")


def test_defaults_are_bound(fixtures: Path) -> None:
    """An input with a default is given it, one without is absent."""
    tasks = {"/".join(path): task for path, task in ir.walk(load(f"{fixtures}/optional.py:optional").pipeline.dag)}
    assert tasks["say"].parameters == {"mark": ir.Constant("!"), "word": ir.Constant("hot")}
    assert tasks["say-2"].parameters == {"mark": ir.Constant("?")}
    assert tasks["saying-2"].parameters == {}


@pytest.mark.parametrize(
    "told", [{"type": "gpu", "count": "2"}, {"resourceType": "gpu", "resourceCount": "2"}, {"type": "", "count": 0}]
)
def test_accelerators_are_read_in_old_and_new_writing(changed: Reader, told: Spec) -> None:
    """KFP has two names for each part; either counts, and nothing is nothing."""

    def change(spec: Spec) -> None:
        executor_of(spec)["container"]["resources"] = {"accelerator": dict(told)}

    (task,) = changed(change).dag.tasks
    found = task.component.body.resources
    asked = tuple(text.parts for text in (found.accelerator, found.accelerator_count))
    assert asked == ((("gpu",), ("2",)) if "gpu" in told.values() else ((), ()))
