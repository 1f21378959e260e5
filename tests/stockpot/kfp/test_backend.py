"""Our pipelines, as compiled for Kubeflow Pipelines, on the model of its backend."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.shell.status import RunEnd, run_end
from stockpot.compiler.definitions import Plan, load
from stockpot.compiler.kfp import kfp_documents
from stockpot.definition import discover
from tests.stockpot.kfp.backend import Backend, Call, StepFailedError, nothing
from tests.stockpot.kfp.driver import Run

PIPELINES = sorted(discover())
RECURRING = Run(display_name="", resource_name="moderation-training-x7k2p", scheduled="2026-01-15T03:00:00Z")
FIXTURES = "tests/stockpot/compiler/fixtures"
FOREIGN = ["conditions", "optional", "artifacts"]
TICK = {"as_of": "2026-01-15T03:00:00Z"}


def flag(call: Call, name: str) -> str:
    """The value behind a flag of the step's command line."""
    return call.command[call.command.index(name) + 1]


def calls_of(backend: Backend, step: str) -> list[Call]:
    """The calls of a step."""
    return [call for call in backend.calls if call.path[-1] == step]


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pipeline_runs_to_its_end(plans: dict[str, Plan], name: str) -> None:
    """The driver finds every input of every step, and fills in every placeholder."""
    backend = Backend(kfp_documents(plans[name])[0], RECURRING)
    assert (backend.start(TICK).state, backend.errors) == ("COMPLETE", [])
    assert backend.calls
    assert [call for call in backend.calls if any("{{" in word for word in call.command)] == []


def test_what_kfp_compiles_fails_in_the_driver(plans: dict[str, Plan]) -> None:
    """The counter-test: with an input left to its default, the driver's pod fails."""
    backend = Backend(plans["moderation-training"].documents[0], RECURRING)
    assert backend.start(TICK).state == "FAILED"
    assert any("not found in executor input" in error for error in backend.errors)


def test_a_recurring_run_is_recorded_under_the_name_that_no_other_has(plans: dict[str, Plan]) -> None:
    """The display name is empty in recurring runs, and not unique elsewhere; two such runs would share a row."""
    backend = Backend(kfp_documents(plans["moderation-training"])[0], RECURRING)
    backend.start(TICK)
    recorded = [call for call in backend.calls if "--run-id" in call.command]
    assert {flag(call, "--run-id") for call in recorded} == {RECURRING.resource_name}
    assert len(recorded) >= len(("begin-interval", "load-iceberg", "end-run"))


def test_an_optional_artifact_that_is_given_reaches_its_step(plans: dict[str, Plan]) -> None:
    """The driver takes every artifact for absent, so what is compiled does not ask it. KFP's own text does."""
    backend = Backend(kfp_documents(plans["moderation-training"])[0], RECURRING)
    backend.start(TICK)
    (load,) = calls_of(backend, "load-iceberg")
    assert flag(load, "--touched").endswith("/moderation-features/touched")
    assert flag(load, "--past").endswith("/begin-interval/past")
    asking = [word for word in arguments_of(plans["moderation-training"].documents[0]) if "IfPresent" in word]
    assert asking
    assert [word for word in arguments_of(kfp_documents(plans["moderation-training"])[0]) if "IfPresent" in word] == []


def arguments_of(spec: Mapping[str, Any]) -> list[str]:
    """The arguments of the step that loads."""
    found: list[str] = spec["deploymentSpec"]["executors"]["exec-load-iceberg"]["container"]["args"]
    return found


def test_a_success_is_told_as_one(plans: dict[str, Plan]) -> None:
    """The exit handler reads the backend's COMPLETE as a success."""
    backend = Backend(kfp_documents(plans["moderation-training"])[0], RECURRING)
    backend.start(TICK)
    assert [status_of(call)["state"] for call in exits(backend)] == ["COMPLETE"]
    assert [run_end(status_of(call)) for call in exits(backend)] == [RunEnd("succeeded")]


def test_a_failure_is_told_by_the_handler(plans: dict[str, Plan]) -> None:
    """Whatever fails within, the handler runs and says so; later steps do not."""

    def act(call: Call, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        if call.path[-1] == "check-quality":
            raise StepFailedError("exit code 10")
        return nothing(call, parameters)

    backend = Backend(kfp_documents(plans["moderation-training"])[0], RECURRING, act)
    assert backend.start(TICK).state == "FAILED"
    assert [call.path[-1] for call in exits(backend)] == ["end-run"]
    assert {run_end(status_of(call)).state for call in exits(backend)} == {"failed"}
    assert calls_of(backend, "load-iceberg") == []


def exits(backend: Backend) -> list[Call]:
    """The calls that are told how a run ended."""
    return [call for call in backend.calls if "--status" in call.command]


def status_of(call: Call) -> Mapping[str, Any]:
    """What such a call is told."""
    found: Mapping[str, Any] = json.loads(flag(call, "--status"))
    return found


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_pipeline_runs_to_its_end(name: str) -> None:
    """What we compile of others' pipelines gets through the driver as well."""
    documents = kfp_documents(load(f"{FIXTURES}/{name}.py:{name}"))
    backend = Backend(documents[0])
    backend.start()
    assert backend.errors == []


def test_no_handler_runs_where_the_driver_of_what_it_guards_failed(plans: dict[str, Plan]) -> None:
    """The handler is a hook of the graph, and there is none: only the state of the run tells."""
    documents = kfp_documents(plans["moderation-training"])
    backend = Backend(documents[0], RECURRING)
    (guarded,) = [task for name, task in documents[0]["root"]["dag"]["tasks"].items() if name.startswith("exit-")]
    guarded["inputs"]["parameters"]["lost"] = {"componentInputParameter": "nowhere"}
    assert backend.start(TICK).state == "FAILED"
    assert exits(backend) == []


def test_nothing_of_ours_hits_the_cache_behind_what_is_read_anew(plans: dict[str, Plan]) -> None:
    """An artifact that is made anew has another id, so that `pure` steps behind it run; without one they hit."""
    spec, cache = kfp_documents(plans["moderation-training"])[0], {}
    first, second = (Backend(spec, RECURRING, cache=cache, store=f"/run-{number}") for number in (1, 2))
    first.start(TICK)
    second.start(TICK)
    assert (first.hits, second.hits) == ([], [])
    assert len(second.calls) == len(first.calls)
    for component in (spec["root"], *spec["components"].values()):
        for task in component.get("dag", {}).get("tasks", {}).values():
            task["cachingOptions"] = {"enableCache": True}
    once, again = (Backend(spec, RECURRING, cache=cache, store=f"/run-{number}") for number in (3, 4))
    once.start(TICK)
    again.start(TICK)
    assert again.calls == []
    assert len(again.hits) == len(first.calls)
