"""The backend, as modelled, and the local runner start the same steps with the same arguments."""

from collections.abc import Mapping
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.definitions import Plan, from_component, load
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.kfp import kfp_documents
from stockpot.definition import discover
from stockpot.local.records import State
from tests.stockpot.kfp.backend import Backend, Call, StepFailedError, nothing
from tests.stockpot.kfp.local import Local
from tests.stockpot.kfp.table import RUN, TICK, table

FACTS = {"number": 5, "word": "five", "words": ["five", "six"], "truth": True}
FOREIGN = ["conditions.py:conditions", "optional.py:optional", "artifacts.py:artifacts", "exits.py:exits"]
# What KFP's driver would hand on as text, each with the words of the refusal.
STAYS_TEXT = {
    "nested.py:nested": "a text with parameters inside, given to a nested pipeline",
    "parameters.py:parameters": "a property of the run within a text",
}


@dsl.container_component
def _write(text: str, said: dsl.OutputPath(str), data: dsl.Output[dsl.Dataset]):
    return dsl.ContainerSpec(image="image", command=["run"], args=[f"--text={text}", said, data.path])


@dsl.container_component
def _join(items: list, options: dict, said: dsl.OutputPath(str), mark: str = "!"):
    return dsl.ContainerSpec(image="image", command=["run"], args=[items, options, mark, said])


@dsl.pipeline(name="round")
def _round(text: str, mark: str = "?"):
    _join(items=[text, 1], options={"text": text, "deep": {"a": [True, 1.5]}}, mark=mark)
    with dsl.If(text == "yy"):
        _write(text="it is")
    with dsl.ParallelFor(items=[1, 2]) as number:
        _write(text=f"{text}-{number}")


@dsl.pipeline(name="rounds")
def _rounds(words: list = ["a", "b & <c>"], none: list = [], text: str = "soup"):  # noqa: B006 - KFP reads the default and never calls this
    with dsl.ParallelFor(items=["x", "yy"], parallelism=1) as fixed:
        written = _write(text=f"{fixed} of {text}")
        _round(text=fixed)
    _join(items=dsl.Collected(written.outputs["said"]), options={})
    with dsl.ParallelFor(items=words) as word:
        _write(text=f"{word}-{text}")
    with dsl.ParallelFor(items=none) as nothing:
        _write(text=nothing)


def act(call: Call, kinds: Mapping[str, str]) -> Mapping[str, Any]:
    """What a step hands out, by its command alone, so that no engine can tell another story."""
    letters = {"letters": len(call.command[-3])} if "letters" in kinds else {}
    return {name: (FACTS | letters).get(name, value) for name, value in nothing(call, kinds).items()}


def unresolved(plan: Plan) -> dict[str, str]:
    """Values for the parameters whose default holds a placeholder, which the backend hands on as text."""
    parameters = plan.documents[0]["root"].get("inputDefinitions", {}).get("parameters", {})
    return {name: TICK for name, each in parameters.items() if "{{$" in str(each.get("defaultValue"))}


def agree(plan: Plan, monkeypatch: pytest.MonkeyPatch, acted: Any = act) -> Backend:
    """The run on the model, after the local runner has started the same."""
    backend, local = Backend(kfp_documents(plan)[0], RUN, acted), Local(plan.pipeline, RUN, acted)
    ended = local.start(unresolved(plan), monkeypatch)
    root = backend.start(unresolved(plan))
    assert table(backend.calls) == table(local.calls)
    assert (root.state == "COMPLETE") == (ended.state is State.SUCCEEDED), backend.errors
    return backend


@pytest.mark.parametrize("name", sorted(discover()))
def test_our_pipelines_mean_the_same(plans: dict[str, Plan], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Every step of every pipeline of ours, as a recurring run starts it."""
    backend = agree(plans[name], monkeypatch)
    assert backend.errors == []
    assert backend.calls


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_pipelines_mean_the_same(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Conditions, loops, nested pipelines, optional inputs and exit handlers of others."""
    assert agree(load(f"tests/stockpot/compiler/fixtures/{name}"), monkeypatch).calls


def test_loops_and_nested_pipelines_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over what is written down, over a parameter and over nothing; nested, collected, with a condition within."""
    backend = agree(from_component(_rounds), monkeypatch)
    assert backend.errors == []
    assert len(backend.calls) == 2 * (2 + 2) + 1 + 1 + 2


@pytest.mark.parametrize("name", STAYS_TEXT)
def test_what_would_stay_text_is_refused(name: str) -> None:
    """As KFP writes it, the driver would give a step the placeholder itself, and nobody would notice."""
    plan = load(f"tests/stockpot/compiler/fixtures/{name}")
    backend = Backend(plan.documents[0], RUN, act)
    backend.start()
    assert any("{{$." in word for call in backend.calls for word in call.command)
    with pytest.raises(UnsupportedError, match=STAYS_TEXT[name]):
        kfp_documents(plan)


@pytest.mark.parametrize("name", sorted(discover()))
def test_a_failure_of_any_step_is_told_the_same(
    plans: dict[str, Plan], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whichever step fails, both run the same exit handlers with the same verdict, and nothing that came after it."""
    backend = Backend(kfp_documents(plans[name])[0], RUN, act)
    backend.start(unresolved(plans[name]))
    for step in sorted({call.path[-1] for call in backend.calls}):

        def failing(call: Call, kinds: Mapping[str, str], step: str = step) -> Mapping[str, Any]:
            if step in {call.path[-1], call.path[-1].rpartition("/")[2]}:
                raise StepFailedError(f"{step} fails")
            return act(call, kinds)

        failed = Backend(kfp_documents(plans[name])[0], RUN, failing)
        assert failed.start(unresolved(plans[name])).state == "FAILED"
        local = Local(plans[name].pipeline, RUN, failing)
        assert local.start(unresolved(plans[name]), monkeypatch).state is State.FAILED
        told = [row for row in table(failed.calls) if any("status " in word for word in row[2])]
        assert told == [row for row in table(local.calls) if any("status " in word for word in row[2])]
        assert {row[0] for row in table(failed.calls)} >= {row[0] for row in table(local.calls)}


def test_a_difference_is_noticed(plans: dict[str, Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    """The counter-test: one argument of one step that is another on one side."""
    plan = plans["moderation-training"]
    local = Local(plan.pipeline, RUN, act)
    local.start(unresolved(plan), monkeypatch)
    backend = Backend(kfp_documents(plan)[0], RUN, act)
    executors = backend.spec["deploymentSpec"]["executors"]
    executors["exec-begin-interval"]["container"]["args"].append("--more")
    backend.start(unresolved(plan))
    assert [row[0].rpartition("/")[2] for row in table(backend.calls) if row not in table(local.calls)] == [
        "begin-interval"
    ]
