"""Artifacts that a step may go without."""

# ruff: noqa: PLC0415, UP045 - imported in the program of the component; KFP knows no other writing

from functools import partial
from typing import Optional

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_artifacts import CONTAINER_ARTIFACTS
from tests.corpus.steps import PYTHON

NO_ABSENT = "kfp/local/io.py knows no input of a pipeline that was not given; driver/resolve.go leaves it out"
of_containers = partial(case, kfp_local=CONTAINER_ARTIFACTS)
through = partial(case, kfp_local=NO_ABSENT)


@dsl.component(base_image=PYTHON)
def maybe(data: Optional[dsl.Input[dsl.Dataset]] = None) -> str:
    """Hand on what an artifact holds, where there is one."""
    from pathlib import Path

    return Path(data.path).read_text() if data else "nothing"


@dsl.pipeline(name="doubting")
def doubting(data: Optional[dsl.Input[dsl.Dataset]] = None):
    """Hand on an artifact that may be absent."""
    maybe(data=data)


@dsl.pipeline(name="doubting-twice")
def doubting_twice(data: Optional[dsl.Input[dsl.Dataset]] = None):
    """Hand it on to a pipeline, in a loop."""
    with dsl.ParallelFor(["x"]):
        doubting(data=data)


@case({"maybe": ["nothing"]})
def absent():
    """A step is given none."""
    maybe()


@of_containers({"make": [None], "maybe": ["soup"]})
def present():
    """A step is given one."""
    maybe(data=steps.make(text="soup").output)


@of_containers({"make": [None], "maybe": ["soup", "soup"], "maybe-2": ["nothing", "nothing"]})
def in_a_loop():
    """Each iteration is given one, or none."""
    made = steps.make(text="soup")
    with dsl.ParallelFor(["x", "y"]):
        maybe(data=made.output)
        maybe()


@of_containers({"make": [None], "maybe": ["soup"]})
def on_a_condition(number: int = 3):
    """A conditional step is given one."""
    made = steps.make(text="soup")
    with dsl.If(number == 3):
        maybe(data=made.output)


@through({"maybe": ["nothing"]})
def absent_from_a_pipeline():
    """A nested pipeline is given none."""
    doubting()


@through({"make": [None], "maybe": ["soup"]})
def present_in_a_pipeline():
    """A nested pipeline is given one."""
    doubting(data=steps.make(text="soup").output)


@through({"maybe": ["nothing"]})
def absent_two_deep():
    """None, through two pipelines and a loop."""
    doubting_twice()


@through({"make": [None], "maybe": ["soup"]})
def present_two_deep():
    """One, through two pipelines and a loop."""
    doubting_twice(data=steps.make(text="soup").output)
