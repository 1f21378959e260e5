"""Conditions: `If`, `Elif`, `Else`, what they compare, and `OneOf`."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case

OUTPUT_ALONE = "kfp/local/orchestrator/enhanced_dag_orchestrator.py finds no output of a task but the one named Output"


@case({"say": ["yes"]})
def if_holds(number: int = 3):
    """A condition that holds."""
    with dsl.If(number > 2):
        steps.say(text="yes")


@case({})
def if_does_not_hold(number: int = 2):
    """One that does not: the run has ended well."""
    with dsl.If(number > 2):
        steps.say(text="yes")


@case({"say-2": ["no"]})
def otherwise(number: int = 2):
    """The other side."""
    with dsl.If(number > 2):
        steps.say(text="yes")
    with dsl.Else():
        steps.say(text="no")


@case({"say-2": ["two"]})
def else_if(number: int = 2):
    """The first side that holds."""
    with dsl.If(number == 1):
        steps.say(text="one")
    with dsl.Elif(number == 2):
        steps.say(text="two")
    with dsl.Elif(number > 1):
        steps.say(text="more")
    with dsl.Else():
        steps.say(text="none")


@case({"say-3": ["none"]})
def else_after_elif(number: int = 9):
    """None of the sides before."""
    with dsl.If(number == 1):
        steps.say(text="one")
    with dsl.Elif(number == 2):
        steps.say(text="two")
    with dsl.Else():
        steps.say(text="none")


@case({"say": ["eq"], "say-2": ["ne"], "say-3": ["ge"], "say-4": ["le"], "say-5": ["lt"]})
def every_sign(number: int = 5):
    """All signs of comparison."""
    with dsl.If(number == 5):
        steps.say(text="eq")
    with dsl.If(number != 4):
        steps.say(text="ne")
    with dsl.If(number >= 5):
        steps.say(text="ge")
    with dsl.If(number <= 5):
        steps.say(text="le")
    with dsl.If(number < 6):
        steps.say(text="lt")


@case({"say": ["text"], "say-3": ["float"], "say-4": ["bool"]})
def every_type(text: str = "a b", share: float = 0.5, yes: bool = True):
    """Texts, fractions and truths are compared as such."""
    with dsl.If(text == "a b"):
        steps.say(text="text")
    with dsl.If(text == "a"):
        steps.say(text="another")
    with dsl.If(share < 0.75):
        steps.say(text="float")
    with dsl.If(yes == True):  # noqa: E712 - KFP reads the comparison
        steps.say(text="bool")


@case({"say-int": [10], "say": ["more"]}, kfp_local=OUTPUT_ALONE)
def numbers_as_numbers():
    """Ten is more than nine, though its text is less."""
    with dsl.If(steps.say_int(x=10).output > 9):
        steps.say(text="more")


@case({"say": ["a"], "say-2": ["b"], "say-3": ["differ"]}, kfp_local=OUTPUT_ALONE)
def two_outputs_compared():
    """Outputs of two tasks."""
    one, other = steps.say(text="a"), steps.say(text="b")
    with dsl.If(one.output != other.output):
        steps.say(text="differ")


@case({"say-bool": [False], "say-2": ["no"]}, kfp_local=OUTPUT_ALONE)
def truth_of_a_task():
    """A truth that a step hands out."""
    made = steps.say_bool(x=False)
    with dsl.If(made.output == True):  # noqa: E712 - KFP reads the comparison
        steps.say(text="yes")
    with dsl.Else():
        steps.say(text="no")


@case({"say": ["outer"], "say-2": ["inner"]})
def nested(number: int = 5):
    """A condition within another one."""
    with dsl.If(number > 2):
        steps.say(text="outer")
        with dsl.If(number < 6):
            steps.say(text="inner")


@case({"say": ["outer"]})
def nested_does_not_hold(number: int = 7):
    """The inner one does not hold."""
    with dsl.If(number > 2):
        steps.say(text="outer")
        with dsl.If(number < 6):
            steps.say(text="inner")


@case({"say": ["a"], "say-2": ["in a"]}, kfp_local=OUTPUT_ALONE)
def reads_from_without():
    """A task within reads what a task before has said."""
    first = steps.say(text="a")
    with dsl.If(first.output == "a"):
        steps.say(text=f"in {first.output}")


@case({"say": ["a"], "say-2": ["a!"], "say-3": ["a!!"]}, kfp_local=OUTPUT_ALONE)
def chain_within():
    """Tasks within a condition wait for each other."""
    with dsl.If(steps.say(text="a").output == "a"):
        inner = steps.say(text="a!")
        steps.say(text=f"{inner.output}!")


@dsl.pipeline(name="chosen")
def chosen(number: int) -> str:
    """Say one of two words."""
    with dsl.If(number > 2):
        many = steps.say(text="many")
    with dsl.Else():
        few = steps.say(text="few")
    return dsl.OneOf(many.output, few.output)


@case({"say": ["many"], "say-3": ["many"]})
def one_of_here(number: int = 3):
    """What the side that ran has said."""
    with dsl.If(number > 2):
        many = steps.say(text="many")
    with dsl.Else():
        few = steps.say(text="few")
    steps.say(text=dsl.OneOf(many.output, few.output))


@case({"say": ["took few"], "say-2": ["few"]})
def one_of_a_pipeline():
    """As the output of a pipeline."""
    steps.say(text=f"took {chosen(number=1).output}")


@case({"say-int-3": [30], "say-int-4": [30]})
def one_of_three(number: int = 7):
    """Of more than two sides."""
    with dsl.If(number == 1):
        a = steps.say_int(x=10)
    with dsl.Elif(number == 2):
        b = steps.say_int(x=20)
    with dsl.Else():
        c = steps.say_int(x=30)
    steps.say_int(x=dsl.OneOf(a.output, b.output, c.output))


@case({"say": ["soup"], "say-2": ["soup"]})
def empty_is_not_null(text: str = ""):
    """An empty text is equal to an empty text."""
    first = steps.say(text="soup")
    with dsl.If(text == ""):
        steps.say(text=first.output)
