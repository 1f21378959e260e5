"""What every task gets, and what it costs to give it."""

import inspect

import pytest
from kfp import dsl

from stockpot.compiler.tracing import kfp_documents
from stockpot.defaults import limits


@dsl.container_component
def _step():
    return dsl.ContainerSpec(image="image", command=["run"])


def test_resources_are_set_without_a_look_at_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """KFP's own setters read the source of each caller, every time; of commands that took three seconds of four."""

    def looked(*_: object) -> None:
        raise AssertionError("the stack was looked at")

    monkeypatch.setattr(inspect, "stack", looked)

    @dsl.pipeline(name="modest")
    def modest() -> None:
        limits(_step(), cpu="2", memory="3Gi")

    (executor,) = kfp_documents(modest)[0]["deploymentSpec"]["executors"].values()
    told = {"resourceCpuRequest": "100m", "resourceCpuLimit": "2"}
    told |= {"resourceMemoryRequest": "3Gi", "resourceMemoryLimit": "3Gi"}
    assert told.items() <= executor["container"]["resources"].items()


def test_resources_set_by_hand_are_those_of_the_setters() -> None:
    """KFP's own setters give the same documents: a KFP that keeps resources elsewhere is noticed."""

    @dsl.pipeline(name="twice")
    def ours() -> None:
        limits(_step(), cpu="2", memory="3Gi", minutes=5)

    @dsl.pipeline(name="twice")
    def theirs() -> None:
        task = limits(_step(), minutes=5)
        task.container_spec.resources = None
        task.set_cpu_request("100m").set_cpu_limit("2").set_memory_request("3Gi").set_memory_limit("3Gi")

    assert kfp_documents(ours) == kfp_documents(theirs)
