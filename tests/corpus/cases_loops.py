"""Loops: over constants, parameters, outputs and entries, nested and bounded."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_conditions import OUTPUT_ALONE
from tests.corpus.cases_parameters import PYTHON_SPELLING

NO_ENTRIES = "kfp/local/orchestrator/enhanced_dag_orchestrator.py knows no list within an item; driver/resolve.go does"
NO_ENTRY_IN_TEXTS = "kfp/local/io.py asks the pipeline for it; driver/resolve.go, the loop"
ITEM_EVERYWHERE = "kfp/local/orchestrator/task_spec_utils.py puts the item in place of all that a text names"

ROWS = [{"word": "a", "n": 1}, {"word": "b", "n": 2}]
LEFT_OUT = "kfp/compiler/compiler_utils.py leaves it out of the groups between (kubeflow/pipelines, issue 12390)"


@case({"say": ["a", "b", "c"]})
def constants():
    """Over a list that is written down."""
    with dsl.ParallelFor(["a", "b", "c"]) as item:
        steps.say(text=item)


@case({"say-int": [1, 2, 3]})
def numbers():
    """Over numbers."""
    with dsl.ParallelFor([1, 2, 3]) as item:
        steps.say_int(x=item)


@case({"say-float": [0.5, 1.5]})
def fractions():
    """Over fractions."""
    with dsl.ParallelFor([0.5, 1.5]) as item:
        steps.say_float(x=item)


@case({"say": ["x", "y"]}, given={"items": ["x", "y"]})
def parameter(items: list):
    """Over a parameter of the pipeline."""
    with dsl.ParallelFor(items) as item:
        steps.say(text=item)


@case({"say": ["q"]})
def default(items: list = ["q"]):  # noqa: B006 - KFP reads the default and never calls this
    """Over its default."""
    with dsl.ParallelFor(items) as item:
        steps.say(text=item)


@case({"say-list": [["x", "y"]], "say": ["x", "y"]}, kfp_local=OUTPUT_ALONE)
def output():
    """Over what a step hands out."""
    with dsl.ParallelFor(steps.say_list(x=["x", "y"]).output) as item:
        steps.say(text=item)


@case({}, given={"items": []})
def nothing(items: list):
    """Over an empty list."""
    with dsl.ParallelFor(items) as item:
        steps.say(text=item)


@case({"say": ["only"]})
def once():
    """Over a single item."""
    with dsl.ParallelFor(["only"]) as item:
        steps.say(text=item)


@case({"say": ["a", "b"], "say-2": ["1", "2"]}, kfp_local=PYTHON_SPELLING)
def entries():
    """Entries of items that are written down; KFP takes each for a text."""
    with dsl.ParallelFor(ROWS) as row:
        steps.say(text=row.word)
        steps.say(text=row.n)


@case({"say": ["c"], "say-int": [3]}, given={"rows": [{"word": "c", "n": 3}]})
def entries_of_a_parameter(rows: list):
    """Entries of items that are given."""
    with dsl.ParallelFor(rows) as row:
        steps.say(text=row.word)
        steps.say_int(x=row.n)


@case({"say-dict": ROWS})
def whole_items():
    """Items that are objects, as a whole."""
    with dsl.ParallelFor(ROWS) as row:
        steps.say_dict(x=row)


@case({"say-list": [["a"], ["b", "c"]]})
def lists_as_items():
    """Items that are lists."""
    with dsl.ParallelFor([["a"], ["b", "c"]]) as item:
        steps.say_list(x=item)


@case({"pair": ["a1", "a2", "b1", "b2"]})
def nested():
    """A loop within a loop."""
    with dsl.ParallelFor(["a", "b"]) as outer, dsl.ParallelFor(["1", "2"]) as inner:
        steps.pair(a=outer, b=inner)


@case({"say": ["x", "y", "z"]}, kfp_local=NO_ENTRIES, given={"rows": [{"l": ["x", "y"]}, {"l": ["z"]}]})
def entry_of_an_item(rows: list):
    """Over a list within an item."""
    with dsl.ParallelFor(rows) as row, dsl.ParallelFor(row.l) as item:
        steps.say(text=item)


@case({"say": ["x", "y", "z"]})
def items_of_items():
    """Over items that are lists themselves."""
    with dsl.ParallelFor([["x", "y"], ["z"]]) as row, dsl.ParallelFor(row) as item:
        steps.say(text=item)


@case({"say": ["a", "b"]})
def bounded():
    """One at a time."""
    with dsl.ParallelFor(["a", "b"], parallelism=1) as item:
        steps.say(text=item)


@case({"say": ["a-k", "b-k"]})
def parameter_within(key: str = "k"):
    """A parameter of the pipeline inside of a loop."""
    with dsl.ParallelFor(["a", "b"]) as item:
        steps.say(text=f"{item}-{key}")


@case({"say": ["before"], "say-2": ["before+a", "before+b"]}, kfp_local=ITEM_EVERYWHERE)
def output_within():
    """What a step before the loop has said."""
    before = steps.say(text="before")
    with dsl.ParallelFor(["a", "b"]) as item:
        steps.say(text=f"{before.output}+{item}")


@case({"say": ["a", "b"], "say-2": ["a!", "b!"]})
def chain_within():
    """Steps of one iteration read from each other."""
    with dsl.ParallelFor(["a", "b"]) as item:
        steps.say(text=f"{steps.say(text=item).output}!")


@case({"say": ["big"], "say-2": ["small"]})
def condition_within():
    """A condition on an item."""
    with dsl.ParallelFor([1, 5]) as item:
        with dsl.If(item > 2):
            steps.say(text="big")
        with dsl.Else():
            steps.say(text="small")


@case({"say": ["a", "b"]})
def within_a_condition(yes: bool = True):
    """A loop that runs on a condition."""
    with dsl.If(yes == True), dsl.ParallelFor(["a", "b"]) as item:  # noqa: E712 - KFP reads the comparison
        steps.say(text=item)


@case({})
def within_a_condition_that_does_not_hold(yes: bool = False):
    """A loop that does not run."""
    with dsl.If(yes == True), dsl.ParallelFor(["a", "b"]) as item:  # noqa: E712 - KFP reads the comparison
        steps.say(text=item)


@case({"pair": ["one:y", "two:y"]}, given={"go": "y"}, kfp_local=NO_ENTRY_IN_TEXTS)
def objects_and_more(go: str):
    """Over objects that are written down, with something from outside."""
    with dsl.ParallelFor([{"n": "one"}, {"n": "two"}]) as item:
        steps.pair(a=f"{item.n}:", b=go)


@case({"say-list": [[1, 2], [3]], "say": ["y", "y"]}, given={"go": "y"})
def lists_and_more(go: str):
    """Over lists too, within a condition."""
    with dsl.If(go == "y"), dsl.ParallelFor([[1, 2], [3]]) as item:
        steps.say_list(x=item)
        steps.say(text=go)


@case({"say": ["007p", "1.50p"], "say-int": [1, 2]}, kfp_local=LEFT_OUT)
def entries_of_several_types():
    """Each entry keeps its own, though KFP gives all the type of the first; in a text within an inner group too."""
    with dsl.ParallelFor([{"i": 1, "n": "007"}, {"i": 2, "n": "1.50"}]) as item:
        steps.say_int(x=item.i)
        with dsl.ParallelFor(["p"]) as inner:
            steps.say(text=f"{item.n}{inner}")


@case({"say": ["1x0!", "1y0!", "2x0!", "2y0!"]}, given={"rows": ["x", "y"]}, kfp_local=LEFT_OUT)
def outer_items_in_a_text(rows: list, mark: str = "!"):
    """A text of the innermost of three loops names an item of each around it, and a parameter."""
    with dsl.ParallelFor(["1", "2"]) as first, dsl.ParallelFor(rows) as second, dsl.ParallelFor(["0"]) as third:
        steps.say(text=f"{first}{second}{third}{mark}")


@case({"say": ["13", "14", "23", "24"]}, kfp_local=LEFT_OUT)
def outer_item_beyond_a_condition(flag: str = "on"):
    """Between the two loops stands a condition."""
    with dsl.ParallelFor(["1", "2"]) as first, dsl.If(flag == "on"), dsl.ParallelFor(["3", "4"]) as second:
        steps.say(text=f"{first}{second}")


@case({"say": ["18"], "say-2": ["else 2!"]}, kfp_local=LEFT_OUT)
def outer_item_on_another_branch(mark: str = "!"):
    """What one branch alone names."""
    with dsl.ParallelFor(["1", "2"]) as first:
        with dsl.If(first == "1"), dsl.ParallelFor(["8"]) as second:
            steps.say(text=f"{first}{second}")
        with dsl.Else():
            steps.say(text=f"else {first}{mark}")


@case({"say": ["1x!", "1y!", "2z!"]}, kfp_local=LEFT_OUT)
def entries_beyond_a_condition(
    rows: list = [{"l": ["x", "y"], "n": "1"}, {"l": ["z"], "n": "2"}],  # noqa: B006 - KFP reads the default alone
    mark: str = "!",
):
    """An entry of an item, and the items of a loop over another one, a condition further in."""
    with dsl.ParallelFor(rows) as row, dsl.ParallelFor(row.l) as word, dsl.If(mark == "!"):
        steps.say(text=f"{row.n}{word}{mark}")
