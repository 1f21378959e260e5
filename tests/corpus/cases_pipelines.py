"""Pipelines within pipelines: parameters, defaults, outputs and artifacts across their borders."""

from typing import NamedTuple

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_artifacts import CONTAINER_ARTIFACTS
from tests.corpus.cases_parameters import PYTHON_SPELLING


@dsl.pipeline(name="inner")
def inner(text: str = "salt") -> str:
    """Hand on a text."""
    return steps.say(text=text).output


@dsl.pipeline(name="double")
def double(text: str) -> str:
    """Hand on a text twice."""
    return steps.say(text=f"{text}{inner(text=text).output}").output


class Said(NamedTuple):
    """A text and a number."""

    text: str
    x: int


@dsl.pipeline(name="several")
def several(text: str, x: int) -> Said:
    """Hand on a text and a number."""
    return Said(text=steps.say(text=text).output, x=steps.say_int(x=x).output)


@dsl.pipeline(name="typed")
def typed(x: int, f: float, y: bool, items: list, options: dict):
    """Take all types."""
    steps.say_int(x=x)
    steps.say_float(x=f)
    steps.say_bool(x=y)
    steps.say_list(x=items)
    steps.say_dict(x=options)


@dsl.pipeline(name="making")
def making(text: str) -> dsl.Dataset:
    """Hand out an artifact."""
    return steps.make(text=text).output


@dsl.pipeline(name="reading")
def reading(data: dsl.Input[dsl.Dataset]) -> str:
    """Take an artifact."""
    return steps.read(data=data).output


@dsl.pipeline(name="looping")
def looping(items: list):
    """Loop over what is given."""
    with dsl.ParallelFor(items) as item:
        steps.say(text=item)


@dsl.pipeline(name="deciding")
def deciding(number: int):
    """Decide by what is given."""
    with dsl.If(number > 2):
        steps.say(text=f"more: {number}")


@dsl.pipeline(name="silent")
def silent():
    """Take and give nothing."""
    steps.say(text="quiet")


@case({"say": ["pepper"]})
def constant():
    """A constant for the inner pipeline."""
    inner(text="pepper")


@case({"say": ["salt"]})
def default():
    """Its own default."""
    inner()


@case({"say": ["dill"]}, given={"name": "dill"})
def parameter(name: str):
    """A parameter handed through."""
    inner(text=name)


@case({"say": ["a", "a"]})
def output():
    """What a step without has said, and what it says itself."""
    inner(text=steps.say(text="a").output)


@case({"say": ["pepper", "<pepper>"]})
def result():
    """What it hands out is read without."""
    steps.say(text=f"<{inner(text='pepper').output}>")


@case({"say": ["y", "yy", "yy"]})
def three_deep():
    """A result from three pipelines down."""
    steps.say(text=double(text="y").output)


@case({"say": ["a", "a"], "say-int": [2, 2]})
def several_results():
    """Several results by name."""
    task = several(text="a", x=2)
    steps.say(text=task.outputs["text"])
    steps.say_int(x=task.outputs["x"])


@case({"say-int": [1], "say-float": [0.5], "say-bool": [False], "say-list": [["a"]], "say-dict": [{"k": 1}]})
def types_of_constants():
    """Constants of all types."""
    typed(x=1, f=0.5, y=False, items=["a"], options={"k": 1})


@case({"say-int": [2], "say-float": [1.5], "say-bool": [True], "say-list": [[1]], "say-dict": [{}]})
def types_of_parameters(x: int = 2, f: float = 1.5, y: bool = True, items: list = [1], options: dict = {}):  # noqa: B006 - KFP reads the defaults and never calls this
    """Parameters of all types."""
    typed(x=x, f=f, y=y, items=items, options=options)


@case({"say": ["a", "b"]})
def twice():
    """One pipeline used twice."""
    inner(text="a")
    inner(text="b")


@case({"say": ["a", "b"]})
def in_a_loop():
    """Once for each item."""
    with dsl.ParallelFor(["a", "b"]) as item:
        inner(text=item)


@case({"say": ["a", "b"], "say-list": [["a", "b"]]})
def in_a_loop_and_gathered():
    """What each has handed out."""
    with dsl.ParallelFor(["a", "b"]) as item:
        task = inner(text=item)
    steps.say_list(x=dsl.Collected(task.output))


@case({"say": ["yes"]})
def in_a_condition(number: int = 3):
    """On a condition."""
    with dsl.If(number == 3):
        inner(text="yes")
    with dsl.Else():
        inner(text="no")


@case({"say": ["x", "y"]})
def loop_within():
    """With a loop over what it is given."""
    looping(items=["x", "y"])


@case({"say-list": [["p", "q"]], "say": ["p", "q"]})
def loop_within_over_an_output():
    """With a loop over what a step without hands out."""
    looping(items=steps.say_list(x=["p", "q"]).output)


@case({"say": ["more: 3"]}, kfp_local=PYTHON_SPELLING)
def condition_within():
    """With a condition on what it is given."""
    deciding(number=3)
    deciding(number=2)


@case({"say": ["a", "quiet"]})
def after():
    """It waits for a step, though it reads nothing."""
    silent().after(steps.say(text="a"))


@case({"say": ["quiet", "b"]})
def waited_for():
    """A step waits for it."""
    steps.say(text="b").after(silent())


@case({"make": [None], "read": ["soup"]}, kfp_local=CONTAINER_ARTIFACTS)
def artifact_out():
    """An artifact comes out."""
    steps.read(data=making(text="soup").output)


@case({"make": [None], "read": ["soup"], "say": ["soup!"]}, kfp_local=CONTAINER_ARTIFACTS)
def artifact_in():
    """An artifact goes in."""
    steps.say(text=f"{reading(data=steps.make(text='soup').output).output}!")


@case({"make": [None], "read": ["soup"]}, kfp_local=CONTAINER_ARTIFACTS)
def artifact_through():
    """Out of one and into another."""
    reading(data=making(text="soup").output)
