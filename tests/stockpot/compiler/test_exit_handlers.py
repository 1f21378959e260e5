"""Tasks under an exit handler, in terms of the run's parameters."""

import pytest
from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import from_component
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.exit_handlers import unwrap
from stockpot.compiler.profiles import Profile


@dsl.container_component
def _say(word: str = None, mark: str = None):  # noqa: RUF013 - KFP's way of writing it
    return dsl.ContainerSpec(image="image", command=["say"], args=[dsl.IfPresentPlaceholder("word", [word]), mark])


@dsl.container_component
def _leave():
    return dsl.ContainerSpec(image="image", command=["leave"])


@dsl.container_component
def _season(word: str = "salt", pinches: int = 2):
    return dsl.ContainerSpec(image="image", command=["say"], args=[word, pinches])


@dsl.pipeline(name="said")
def _said(word: str = None, mark: str = None):  # noqa: RUF013 - KFP takes None for "given nothing"
    with dsl.ExitHandler(_leave()):
        _say(word=word, mark=mark)


@dsl.pipeline(name="guarded")
def _guarded():
    with dsl.ExitHandler(_leave()):
        _said(mark="!")


def test_an_input_that_is_given_nothing_is_absent_for_the_task_too() -> None:
    """It would take an empty text for a value, and ask the engine for an input without a name."""
    (task,) = unwrap(from_component(_guarded).pipeline).tasks
    assert task.parameters == {"mark": ir.Constant("!")}


@dsl.pipeline(name="seasoned")
def _seasoned(word: str = None, pinches: int = None):  # noqa: RUF013 - as above
    with dsl.ExitHandler(_leave()):
        _season(word=word, pinches=pinches)


@dsl.pipeline(name="seasoned-by-a-pipeline")
def _seasoned_by_a_pipeline():
    _seasoned(pinches=3)


def test_an_input_that_is_given_nothing_has_its_own_default() -> None:
    """As where no handler is taken out of the way: without one the engine would hand the default on."""
    (task,) = unwrap(from_component(_seasoned_by_a_pipeline).pipeline).tasks
    assert task.parameters == {"word": ir.Constant("salt"), "pinches": ir.Constant(3)}


@dsl.pipeline(name="chosen")
def _chosen(word: str = None):  # noqa: RUF013 - as above
    with dsl.ExitHandler(_leave()), dsl.If(word == "salt"):
        _season(word="yes")


@dsl.pipeline(name="chosen-by-a-pipeline")
def _chosen_by_a_pipeline():
    _chosen()


def test_a_condition_on_nothing_is_refused_by_name() -> None:
    """It cannot be told from one on an empty text."""
    plan = from_component(_chosen_by_a_pipeline)
    with pytest.raises(UnsupportedError, match="a condition on 'word', which may have no value"):
        argo_documents(plan, None, Profile.RESTRICTED)
