"""Inputs that may go without a value, and the words of a command that depend on them."""

# ruff: noqa: UP045 - KFP knows an optional input by `Optional` alone

from typing import Optional

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case

NO_DEFAULTS = (
    "kfp/local/placeholder_utils.py puts null where a value is missing; launcher_v2.go uses the input's default"
)

NO_NULLS = (
    "kfp/local/executor_input_utils.py makes a typed value of a null, which fails; driver/resolve.go leaves it out"
)
NO_THIRD = "an optional parameter of the pipeline without default is not supported"


@dsl.container_component
def seasoned(said: dsl.OutputPath(str), text: str = "salt"):
    """Hand on a text that has a default."""
    return steps.write(said, text)


@dsl.container_component
def numbered(said: dsl.OutputPath(int), x: int = 8):
    """Hand on a number that has a default."""
    return steps.write(said, x)


@dsl.container_component
def listed(said: dsl.OutputPath(list), x: list = [1]):  # noqa: B006 - KFP reads the default and never calls this
    """Hand on a list that has a default."""
    return steps.write(said, x)


@dsl.container_component
def doubtful(said: dsl.OutputPath(str), text: Optional[str] = None):
    """Name a text where there is one."""
    return steps.join(said, "begin", dsl.IfPresentPlaceholder("text", then=["--text", text], else_=["--none"]), "end")


@dsl.container_component
def perhaps(said: dsl.OutputPath(str), text: Optional[str] = None):
    """Name a text where there is one, and say nothing where there is none."""
    return steps.join(said, "begin", dsl.IfPresentPlaceholder("text", then=["--text", text]), "end")


@dsl.container_component
def single(said: dsl.OutputPath(str), text: Optional[str] = None):
    """Take one word or another."""
    return steps.join(said, dsl.IfPresentPlaceholder("text", then=text, else_="none"))


@dsl.container_component
def joined(said: dsl.OutputPath(str), text: Optional[str] = None):
    """Join words within a condition."""
    words = dsl.IfPresentPlaceholder("text", then=[dsl.ConcatPlaceholder(["--text=", text])], else_=["--none"])
    return steps.join(said, words)


@dsl.container_component
def defaulted(said: dsl.OutputPath(str), text: str = "dill"):
    """Name a text that has a default where there is one."""
    return steps.join(said, dsl.IfPresentPlaceholder("text", then=["--text", text], else_=["--none"]))


@dsl.container_component
def counted(said: dsl.OutputPath(str), x: Optional[int] = None, yes: Optional[bool] = None):
    """Name a number and a truth where there are some."""
    number = dsl.IfPresentPlaceholder("x", then=["-n", x], else_=["no-n"])
    truth = dsl.IfPresentPlaceholder("yes", then=["-y", yes], else_=["no-y"])
    return steps.join(said, number, truth)


@case({"seasoned": ["salt"]})
def own_default():
    """An input that is given nothing has its own default."""
    seasoned()


@case({"seasoned": ["pepper"]})
def own_default_overridden():
    """What is given goes before it."""
    seasoned(text="pepper")


@case({"numbered": [8], "listed": [[1]]})
def own_default_of_other_types():
    """Numbers and lists have defaults too."""
    numbered()
    listed()


@case({"seasoned": ["salt"]}, alone=True, kfp_local=NO_DEFAULTS)
def nothing_from_the_pipeline(text: Optional[str] = None):
    """A parameter of the pipeline without value is no value for the step."""
    seasoned(text=text)


@case({"seasoned": ["salt"]}, given={"text": None}, alone=True, kfp_local=NO_DEFAULTS)
def null_is_given(text: Optional[str] = None):
    """A null is no value."""
    seasoned(text=text)


@case({"doubtful": ["begin|--none|end|"]})
def present_not():
    """Without a value the other words are taken."""
    doubtful()


@case({"doubtful": ["begin|--text|dill|end|"]})
def present():
    """With one its words are taken."""
    doubtful(text="dill")


@case({"perhaps": ["begin|end|"]})
def present_not_and_nothing_else():
    """Without other words there are none."""
    perhaps()


@case({"perhaps": ["begin|--text|a b|end|"]})
def present_with_a_space():
    """A value is one word, whatever is in it."""
    perhaps(text="a b")


@case({"single": ["none|"], "single-2": ["dill|"]})
def present_one_word():
    """One word may stand in place of a list of words."""
    single()
    single(text="dill")


@case({"joined": ["--none|"], "joined-2": ["--text=dill|"]})
def present_joined():
    """What is joined may depend on a value."""
    joined()
    joined(text="dill")


@case({"counted": ["no-n|no-y|"], "counted-2": ["-n|0|-y|false|"]}, kfp_local=NO_NULLS)
def present_though_falsy():
    """Zero and false are values."""
    counted()
    counted(x=0, yes=False)


@case({"doubtful": ["begin|--none|end|"]}, kfp_local=NO_NULLS, refused=NO_THIRD)
def present_not_in_the_pipeline(text: Optional[str] = None):
    """What the pipeline was not given is not there."""
    doubtful(text=text)


@case({"doubtful": ["begin|--text|dill|end|"]}, given={"text": "dill"}, refused=NO_THIRD)
def present_in_the_pipeline(text: Optional[str] = None):
    """What it was given is."""
    doubtful(text=text)


@case({"say": ["dill"], "doubtful": ["begin|--text|dill|end|"]})
def present_from_a_task():
    """What another step hands out is there."""
    doubtful(text=steps.say(text="dill").output)


@dsl.pipeline(name="seasoning")
def seasoning(text: Optional[str] = None):
    """Hand on a text that may be absent."""
    seasoned(text=text)


@dsl.pipeline(name="seasoning-within")
def seasoning_within(text: Optional[str] = None):
    """Hand it on to a pipeline, in a loop."""
    with dsl.ParallelFor(["a"]):
        seasoning(text=text)


@case({"seasoned": ["salt", "salt"]}, alone=True, kfp_local=NO_NULLS)
def nothing_through_a_loop(text: Optional[str] = None):
    """No value goes through a loop as no value."""
    with dsl.ParallelFor(["a", "b"]):
        seasoned(text=text)


@case({"seasoned": ["salt"]}, alone=True, kfp_local=NO_NULLS)
def nothing_through_a_condition(text: Optional[str] = None, number: int = 3):
    """And through a condition on something else."""
    with dsl.If(number == 3):
        seasoned(text=text)


@case({"seasoned": ["salt"]}, given={"text": None}, alone=True, kfp_local=NO_NULLS)
def null_through_a_pipeline(text: Optional[str] = None):
    """A null that is given goes through a nested pipeline."""
    seasoning(text=text)


@case({"seasoned": ["salt"]}, alone=True, kfp_local=NO_NULLS)
def nothing_two_deep(text: Optional[str] = None):
    """No value, through two pipelines and a loop."""
    seasoning_within(text=text)


@case({"seasoned": ["dill"]}, given={"text": "dill"}, alone=True)
def something_two_deep(text: Optional[str] = None):
    """A value, on the same way."""
    seasoning_within(text=text)


@case({"seasoned": ["salt"]}, kfp_local=NO_NULLS)
def pipeline_is_given_nothing():
    """A nested pipeline is given nothing to hand on."""
    seasoning()


@case({"seasoned": ["salt"], "say": ["bye"]}, alone=True, kfp_local=NO_NULLS)
def nothing_behind_a_handler(text: Optional[str] = None):
    """No value goes into what an exit handler guards."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        seasoned(text=text)


@dsl.pipeline(name="seasoning-guarded")
def seasoning_guarded(text: Optional[str] = None):
    """Hand on what may be absent to what an exit handler guards."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        seasoned(text=text)
        defaulted(text=text)


@case(
    {"seasoned": ["salt"], "defaulted": ["--text|dill|"], "say": ["bye"]},
    alone=True,
    kfp_local=NO_NULLS,
)
def guarded_pipeline_is_given_nothing():
    """A pipeline that is nothing but a handler and what it guards is given nothing: its steps have their defaults."""
    seasoning_guarded()


@case({"say": ["soup"], "numbered": [8, 8]}, alone=True, kfp_local=NO_NULLS)
def nothing_of_a_number(x: Optional[int] = None):
    """A number that is absent, in a loop beside a value that is there."""
    word = steps.say(text="soup")
    with dsl.ParallelFor([1, 2]):
        numbered(x=x).after(word)
