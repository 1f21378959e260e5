"""Words of a command: placeholders, texts with parameters inside, and what is joined."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_parameters import PYTHON_SPELLING
from tests.corpus.cases_runs import KUBERNETES

NOT_WITHIN = "kfp/local/placeholder_utils.py leaves placeholders within lists and objects; launcher_v2.go fills them in"


@dsl.container_component
def concat(a: str, b: int, said: dsl.OutputPath(str)):
    """Join constants and inputs."""
    return steps.join(said, dsl.ConcatPlaceholder([a, "-", b, "-", "end"]))


@dsl.container_component
def concat_deep(a: str, said: dsl.OutputPath(str)):
    """Join what is joined."""
    return steps.join(said, dsl.ConcatPlaceholder(["<", dsl.ConcatPlaceholder([a, "+", a]), ">"]))


@dsl.container_component
def within(a: str, b: str, said: dsl.OutputPath(str)):
    """Inputs within a word."""
    return steps.join(said, f"--a={a}", f"{b}{a}{b}")


@dsl.container_component
def every_type(a: str, n: int, f: float, y: bool, said: dsl.OutputPath(str)):
    """Inputs of all types within one word."""
    return steps.join(said, f"{a}:{n}:{f}:{y}")


@dsl.container_component
def twice(said: dsl.OutputPath(str), count: dsl.OutputPath(int)):
    """Hand out two outputs."""
    script = 'mkdir -p "${0%/*}" "${1%/*}"; printf two > "$0"; printf 2 > "$1"'
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", script], args=[said, count])


@dsl.container_component
def program(text: str, said: dsl.OutputPath(str)):
    """Take an input in the command itself."""
    return dsl.ContainerSpec(
        image=steps.IMAGE, command=["sh", "-ec", 'mkdir -p "${1%/*}"; printf %s "$0" > "$1"', text, said]
    )


@dsl.container_component
def silent(text: str):
    """Hand out nothing."""
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", 'test "$0" = soup'], args=[text])


@dsl.container_component
def dollar(said: dsl.OutputPath(str)):
    """Write what Kubernetes would read as a variable."""
    return steps.join(said, "$(NOBODY)", "$$(A)", "$", "%s", "{{x}}")


@case({"concat": ["salt-3-end|"]})
def joined_words():
    """One word of several parts."""
    concat(a="salt", b=3)


@case({"concat-deep": ["<a b+a b>|"]})
def joined_deep():
    """Parts may be joined themselves."""
    concat_deep(a="a b")


@case({"within": ["--a=x|yxy|"]})
def inputs_within_a_word():
    """An input may stand anywhere in a word."""
    within(a="x", b="y")


@case({"every-type": ["a:1:0.5:true|"]})
def every_type_within_a_word():
    """Each type is spelled there as by itself."""
    every_type(a="a", n=1, f=0.5, y=True)


@case({"twice": [{"count": 2, "said": "two"}], "say": ["two"], "say-int": [2]})
def two_outputs():
    """Each output goes its own way."""
    task = twice()
    steps.say(text=task.outputs["said"])
    steps.say_int(x=task.outputs["count"])


@case({"program": ["soup"]})
def input_in_the_command():
    """Command and arguments are one line."""
    program(text="soup")


@case({"silent": [None]})
def no_output():
    """A step need not hand out anything."""
    silent(text="soup")


@case({"dollar": ["$(NOBODY)|$(A)|$|%s|{{x}}|"]}, kfp_local=KUBERNETES)
def dollars_in_a_command():
    """Kubernetes' own signs, of which there is no such variable."""
    dollar()


@case({"say": ["to salt, 3"]}, given={"name": "salt"}, kfp_local=PYTHON_SPELLING)
def text_with_parameters(name: str, number: int = 3):
    """A parameter within a text of the pipeline."""
    steps.say(text=f"to {name}, {number}")


@case({"say": ["salt"], "say-2": ["<salt|salt>"]})
def text_with_outputs():
    """A task's output within a text."""
    task = steps.say(text="salt")
    steps.say(text=f"<{task.output}|{task.output}>")


@case({"say": ["a"], "say-2": ["b"], "say-3": ["a+b+c"]})
def text_of_several():
    """Outputs of two tasks and a constant in one text."""
    steps.say(text=f"{steps.say(text='a').output}+{steps.say(text='b').output}+c")


@case({"say-dict": [{"a": {"b": "salt"}, "n": ["7"]}]}, kfp_local=NOT_WITHIN)
def object_with_parameters(name: str = "salt", number: int = 7):
    """Parameters within an object are texts there, as the launcher fills them in."""
    steps.say_dict(x={"a": {"b": name}, "n": [number]})


@case({"say-list": [["salt", "x"]]}, kfp_local=NOT_WITHIN)
def list_with_parameters(name: str = "salt"):
    """Parameters within a list."""
    steps.say_list(x=[name, "x"])


@case({"say": ["a"], "say-2": ["b"]})
def after(order: str = "b"):
    """One task waits for another without reading from it."""
    first = steps.say(text="a")
    steps.say(text=order).after(first).set_display_name("second")
