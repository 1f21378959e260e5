"""Tasks under an exit handler, in terms of the run's parameters."""

from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.definitions import from_component
from stockpot.compiler.spine import unwrap


@dsl.container_component
def _say(word: str = None, mark: str = None):  # noqa: RUF013 - KFP's way of writing it
    return dsl.ContainerSpec(image="image", command=["say"], args=[dsl.IfPresentPlaceholder("word", [word]), mark])


@dsl.container_component
def _leave():
    return dsl.ContainerSpec(image="image", command=["leave"])


@dsl.pipeline(name="said")
def _said(word: str = None, mark: str = None):  # noqa: RUF013
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
