"""Python components: types, outputs, what they are told and what they install."""

# ruff: noqa: UP045 - KFP knows an optional input by `Optional` alone

from typing import NamedTuple, Optional

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import HERE, case
from tests.corpus.cases_parameters import PYTHON_SPELLING
from tests.corpus.steps import PYTHON

PIP = "kfp/local/subprocess_task_handler.py has pip install into the environment of the tests"


@dsl.component(base_image=PYTHON)
def echo(text: str) -> str:
    """Hand on a text."""
    return text


@dsl.component(base_image=PYTHON)
def types(  # noqa: PLR0917 - one of each type
    text: str, x: int, f: float, y: bool, items: list, options: dict
) -> NamedTuple("Said", [("text", str), ("x", int), ("f", float), ("y", bool), ("items", list), ("options", dict)]):  # fmt: skip  # noqa: E501 - KFP reads it in this form
    """Hand on a value of each type, if it has it."""
    found = [type(each).__name__ for each in (text, x, f, y, items, options)]
    assert found == ["str", "int", "float", "bool", "list", "dict"], found
    return (text, x, f, y, items, options)


@dsl.component(base_image=PYTHON)
def default(text: str = "salt", x: int = 3, nothing: Optional[str] = None) -> str:
    """Hand on what it has by default."""
    return f"{text} {x} {nothing}"


@dsl.component(base_image=PYTHON)
def words(text: str) -> list:
    """Hand on the words of a text."""
    return text.split()


@dsl.component(base_image=PYTHON)
def is_more(x: int) -> bool:
    """Compare."""
    return x > 2


@dsl.component(base_image=PYTHON)
def double(x: int) -> int:
    """Double a number."""
    return 2 * x


@dsl.component(base_image=PYTHON)
def glue(words: list) -> str:
    """Make one text of many."""
    return "+".join(words)


@dsl.component(base_image=PYTHON)
def by_path(text: str, said: dsl.OutputPath(str), count: dsl.OutputPath(int)):
    """Write outputs into files."""
    from pathlib import Path  # noqa: PLC0415 - in the component's own program

    Path(said).write_text(text)
    Path(count).write_text(str(len(text)))


@dsl.component(base_image=PYTHON)
def silent(text: str):
    """Hand out nothing."""
    assert text == "soup", text


@dsl.component(base_image=PYTHON)
def odd(text: str) -> str:
    """Hand on a text that has signs of every engine in its program."""
    assert text == "{{workflow.name}} $(HOME) é\n", text
    return f"{{{{x}}}} {text}"


@dsl.component(base_image=PYTHON)
def broken():
    """Raise."""
    raise ValueError("no soup")


@dsl.component(base_image=PYTHON)
def state(status: dsl.PipelineTaskFinalStatus) -> str:
    """Hand on how the rest has ended."""
    return status.state


@dsl.component(base_image=PYTHON, packages_to_install=["six==1.17.0"])
def installed() -> str:
    """Hand on the version of what it has installed."""
    import six  # noqa: PLC0415 - in the component's own program

    return six.__version__


@dsl.component(base_image=PYTHON)
def variable() -> str:
    """Hand on a variable."""
    import os  # noqa: PLC0415 - in the component's own program

    return os.environ["DISH"]


@dsl.component(base_image=PYTHON, embedded_artifact_path=str(HERE / "larder"))
def embedded(larder: dsl.EmbeddedInput[dsl.Artifact]) -> str:
    """Hand on what came within the component."""
    from pathlib import Path  # noqa: PLC0415 - in the component's own program

    return Path(larder.path, "salt.txt").read_text()


@dsl.pipeline(name="inner")
def inner(x: int) -> int:
    """Double in a pipeline."""
    return double(x=x).output


@dsl.pipeline(name="choice")
def choice(x: int) -> str:
    """Say one of two words."""
    with dsl.If(x > 2):
        many = echo(text="many")
    with dsl.Else():
        few = echo(text="few")
    return dsl.OneOf(many.output, few.output)


@case({"types": [{"text": "a", "x": 1, "f": 2.5, "y": False, "items": [1, "b"], "options": {"c": [2.5]}}]})
def every_type():
    """Each value has its type in Python."""
    types(text="a", x=1, f=2.5, y=False, items=[1, "b"], options={"c": [2.5]})


@case({"types": [{"text": "", "x": -1, "f": 0.5, "y": True, "items": [], "options": {}}]}, given={"x": -1, "items": []})
def every_type_of_parameters(x: int, items: list, y: bool = True):
    """So do parameters of the pipeline."""
    types(text="", x=x, f=0.5, y=y, items=items, options={})


@case({"default": ["salt 3 None"], "default-2": ["dill 4 x"]})
def defaults():
    """What is not given has the function's default."""
    default()
    default(text="dill", x=4, nothing="x")


@case({"by-path": [{"said": "soup", "count": 4}], "say-int": [4]})
def output_paths():
    """A component may write its outputs into files."""
    steps.say_int(x=by_path(text="soup").outputs["count"])


@case({"silent": [None]})
def no_output():
    """Or hand out nothing."""
    silent(text="soup")


@case({"odd": ["{{x}} {{workflow.name}} $(HOME) é\n"]})
def odd_texts():
    """No engine reads a program or its values."""
    odd(text="{{workflow.name}} $(HOME) é\n")


@case({"is-more": [True], "echo": ["more"]})
def condition_on_an_output():
    """A condition on what a component has returned."""
    with dsl.If(is_more(x=3).output == True):  # noqa: E712 - KFP reads the comparison
        echo(text="more")


@case({"words": [["b", "a"]], "echo": ["a", "b"], "glue": ["b+a"]})
def loop_over_an_output():
    """A loop over what one has returned, and what it gathers."""
    with dsl.ParallelFor(words(text="b a").output) as item:
        made = echo(text=item)
    glue(words=dsl.Collected(made.output))


@case({"double": [6], "echo": ["6"]}, kfp_local=PYTHON_SPELLING)
def pipeline_of_python():
    """A result of a nested pipeline, as a text."""
    echo(text=f"{inner(x=3).output}")


@case({"echo": ["many"], "say": ["many"]})
def one_of_python():
    """What the side that ran has returned."""
    steps.say(text=choice(x=3).output)


@case({"state": ["FAILED"]}, state="failed")
def handler_of_python():
    """An exit handler hears of a failure, in its own type."""
    with dsl.ExitHandler(exit_task=state()):
        broken()


@case({}, state="failed", tries={"broken": 2})
def retries_of_python():
    """Any exception is tried again."""
    broken().set_retry(num_retries=1, backoff_duration="0s")


@case({"installed": ["1.17.0"]}, kfp_local=PIP)
def packages():
    """What a component installs is there, in its version."""
    installed()


@case({"embedded": ["a pinch\n"]})
def files_within():
    """Files that are embedded in a component."""
    embedded()


@case({"variable": ["soup"]})
def variables():
    """A variable of the task."""
    variable().set_env_variable("DISH", "soup")


@case({"say": ["a"], "echo": ["a"], "say-2": ["a"]})
def between_containers():
    """Containers and Python components read from each other."""
    steps.say(text=echo(text=steps.say(text="a").output).output)
