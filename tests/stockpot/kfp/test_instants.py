"""The instant of a run on Kubeflow Pipelines, which fills in the scheduled time only where it is a task's constant."""

from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.definitions import from_component, from_definition
from stockpot.compiler.kfp import kfp_documents
from stockpot.definition import discover
from tests.stockpot.kfp.backend import Backend, Call
from tests.stockpot.kfp.driver import Run

RECURRING = Run(display_name="", scheduled="2026-01-15T03:00:00Z", created="2026-01-15T03:00:07Z")
BY_HAND = "2026-01-14T00:00:00+01:00"
TIMED = sorted(name for name, each in discover().items() if "as_of" in each.function.component_spec.inputs)


@dsl.container_component
def _say(text: str):
    return dsl.ContainerSpec(image="image", command=["say"], args=["--as-of", text])


@dsl.pipeline(name="by-default")
def _by_default(as_of: str = dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER):
    _say(text=as_of)


def _run(spec: dict[str, Any], **parameters: str) -> list[Call]:
    backend = Backend(spec, RECURRING)
    backend.start(parameters)
    assert backend.errors == []
    return backend.calls


def _flags(call: Call) -> dict[str, str]:
    words = call.command
    return {word: words[place + 1] for place, word in enumerate(words) if word in ("--as-of", "--scheduled")}


@pytest.mark.parametrize("name", TIMED)
def test_each_step_that_reads_as_of_of_a_person_reads_the_schedule_too(name: str) -> None:
    """A recurring run is about its tick, to the second, and one with an instant of its own about that."""
    spec = kfp_documents(from_definition(discover()[name]))[0]
    for given, parameters in ("", {}), (BY_HAND, {"as_of": BY_HAND}):
        asked = [flags for call in _run(spec, **parameters) if (flags := _flags(call)).get("--scheduled")]
        assert asked
        assert {(each["--as-of"], each["--scheduled"]) for each in asked} == {(given, RECURRING.scheduled)}


@pytest.mark.parametrize("name", TIMED)
def test_no_other_step_reads_what_a_person_gave(name: str) -> None:
    """Where no schedule is read, the instant is what the step that begins the run has handed on, or there is none."""
    spec = kfp_documents(from_definition(discover()[name]))[0]
    calls = (_flags(call) for call in _run(spec, as_of=BY_HAND))
    others = [flags for flags in calls if "--as-of" in flags and not flags.get("--scheduled")]
    assert {each["--as-of"] for each in others} <= {"text", ""}


def test_a_default_is_never_filled_in() -> None:
    """The counter-test: as the default of a parameter, the placeholder reaches the step as it stands."""
    (call,) = _run(kfp_documents(from_component(_by_default))[0])
    assert _flags(call)["--as-of"] == dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER
