"""What loops gather: `dsl.Collected` of parameters."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_conditions import OUTPUT_ALONE
from tests.corpus.cases_parameters import PYTHON_SPELLING

NOTHING_GATHERED = (
    "kfp/local/orchestrator/enhanced_dag_orchestrator.py hands out nothing then; the driver, an empty list"
)


@case({"say-int": [1, 2], "say-list": [[1, 2]]})
def gathered():
    """What the iterations have said, in the order of the items."""
    with dsl.ParallelFor([1, 2]) as item:
        made = steps.say_int(x=item)
    steps.say_list(x=dsl.Collected(made.output))


@case({"say": ["a", "b"], "say-list": [["b", "a"]]})
def gathered_in_order():
    """Not in the order of their ends, nor of their values."""
    with dsl.ParallelFor(["b", "a"]) as item:
        made = steps.say(text=item)
    steps.say_list(x=dsl.Collected(made.output))


@case({"say-bool": [True, False], "spell-list": ["[true,false]"]}, kfp_local=PYTHON_SPELLING)
def gathered_truths():
    """Truths stay truths."""
    with dsl.ParallelFor([True, False]) as item:
        made = steps.say_bool(x=item)
    steps.spell_list(x=dsl.Collected(made.output))


@case({"say-dict": [{"a": 1}, {"a": 2}], "say-list": [[{"a": 1}, {"a": 2}]]})
def gathered_objects():
    """So do objects."""
    with dsl.ParallelFor([{"a": 1}, {"a": 2}]) as item:
        made = steps.say_dict(x=item)
    steps.say_list(x=dsl.Collected(made.output))


@case({"say-list": [[]]}, given={"items": []}, kfp_local=NOTHING_GATHERED)
def gathered_nothing(items: list):
    """Of no iteration an empty list."""
    with dsl.ParallelFor(items) as item:
        made = steps.say(text=item)
    steps.say_list(x=dsl.Collected(made.output))


@case({"pair": ["a0", "a1", "b0", "b1"], "say-list": [[["a0", "a1"], ["b0", "b1"]]]})
def gathered_twice():
    """Of nested loops a list of lists."""
    with dsl.ParallelFor(["a", "b"]) as outer, dsl.ParallelFor(["0", "1"]) as inner:
        made = steps.pair(a=outer, b=inner)
    steps.say_list(x=dsl.Collected(made.output))


@dsl.pipeline(name="doubling")
def doubling(items: list) -> list:
    """Gather within a pipeline."""
    with dsl.ParallelFor(items) as item:
        made = steps.say(text=f"{item}{item}")
    return dsl.Collected(made.output)


@case({"say": ["xx", "yy"], "say-list": [["xx", "yy"]]})
def gathered_in_a_pipeline():
    """As the output of a pipeline."""
    steps.say_list(x=doubling(items=["x", "y"]).output)


@case({"say": ["a", "b"], "say-2": ["a", "b"], "say-list": [["a", "b"]]}, kfp_local=OUTPUT_ALONE)
def over_what_is_gathered():
    """A loop over what a loop has said."""
    with dsl.ParallelFor(["a", "b"]) as item:
        made = steps.say(text=item)
    listed = steps.say_list(x=dsl.Collected(made.output))
    with dsl.ParallelFor(listed.output) as item:
        steps.say(text=item)
