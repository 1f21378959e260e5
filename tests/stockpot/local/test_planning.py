"""What a forecast says where a run would find something missing, and what tells a plan from another."""

import dataclasses
from collections.abc import Callable
from typing import Any, Optional

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.definitions import from_component
from stockpot.local.plan_hash import plan_hash
from stockpot.local.planning import PlannedTask, plan_pipeline
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs


@dsl.pipeline(name="condition")
def condition(word: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
    """A condition over a parameter that may have no value."""
    with dsl.If(word == "a"):
        probes.say(text="a")


@dsl.pipeline(name="loop")
def loop(words: Optional[list] = None):  # noqa: UP045 - as above
    """A loop over one."""
    with dsl.ParallelFor(words) as word:
        probes.say(text=word)


@dsl.pipeline(name="bare")
def bare(word: Optional[str] = None):  # noqa: UP045 - as above
    """A step that needs one."""
    probes.say(text=word)


@dsl.pipeline(name="within")
def within(number: int = 3):
    """A condition over a parameter that has a value by default."""
    with dsl.If(number > 2):
        probes.say(text="many")


@dsl.pipeline(name="around")
def around(number: Optional[int] = None):  # noqa: UP045 - as above
    """A pipeline within another, which may not be given what it has a default for."""
    within(number=number)


def _planned(runs: Runs, pipeline: Any, **given: Any) -> tuple[PlannedTask, ...]:
    return plan_pipeline(from_component(pipeline).pipeline, given, home=runs.home, project=runs.project).tasks


@pytest.mark.parametrize(("pipeline", "given"), [(condition, "a"), (loop, ["a"]), (bare, "a")])
def test_a_plan_says_what_is_missing_as_a_run_does(runs: Runs, pipeline: Callable[..., Any], given: Any) -> None:
    """With the same line and the same exit code."""
    run = runs(pipeline)
    with pytest.raises(ConfigurationError) as refused:
        _planned(runs, pipeline)
    assert "was not given - give it a default" in run.error
    assert run.error.endswith(str(refused.value))
    assert run.exit_code == refused.value.exit_code == 11
    (name,) = from_component(pipeline).pipeline.parameters
    assert {task.action for task in _planned(runs, pipeline, **{name: given})} == {"run"}


def test_a_plan_knows_the_defaults_of_a_pipeline_within(runs: Runs) -> None:
    """As a run does."""
    assert runs(around).exit_code == 0
    assert [task.action for task in _planned(runs, around)] == ["cached"]
    assert [task.action for task in _planned(runs, around, number=1)] == ["skip"]


def _with_container(pipeline: ir.Pipeline, change: Callable[[ir.Container], ir.Container]) -> ir.Pipeline:
    (task,) = pipeline.dag.tasks
    assert isinstance(task.component.body, ir.Container)
    body = change(task.component.body)
    tasks = (dataclasses.replace(task, component=dataclasses.replace(task.component, body=body)),)
    root = dataclasses.replace(pipeline.root, body=dataclasses.replace(pipeline.dag, tasks=tasks))
    return dataclasses.replace(pipeline, root=root)


def test_a_later_version_that_knows_of_more_finds_the_plan_unchanged() -> None:
    """Until the pipeline says something of what is new; falsehood is no zero."""

    def later(default: Any, said: Any) -> Callable[[ir.Container], Any]:
        known = dataclasses.make_dataclass(
            "Container", [("more", Any, dataclasses.field(default=default))], bases=(ir.Container,), frozen=True
        )
        return lambda body: known(
            **{each.name: getattr(body, each.name) for each in dataclasses.fields(body)}, more=said
        )

    pipeline = from_component(bare).pipeline
    for default in ("", 0, False, None):
        assert plan_hash(_with_container(pipeline, later(default, default))) == plan_hash(pipeline)
    for default, said in (("", "x"), (0, False), (None, "")):
        assert plan_hash(_with_container(pipeline, later(default, said))) != plan_hash(pipeline)
    changed = _with_container(pipeline, lambda body: dataclasses.replace(body, timeout_seconds=0))
    assert plan_hash(changed) != plan_hash(pipeline)
