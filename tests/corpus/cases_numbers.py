"""One text for one value: numbers, lists and objects as Go writes them, whoever wrote them, whichever way they came."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_loops import NO_ENTRIES
from tests.corpus.cases_parameters import PYTHON_SPELLING

# What a program may write of a number, and the number's text.
WRITTEN = {"1e-7": "0.0000001", "-1.25E-9": "-0.00000000125", " 3.0": "3", "1e22": f"1{'0' * 22}", "-0.0": "-0"}
# The same of a list and of an object.
ITEMS, LISTED = '[1, 2.0,  1e-7, 1E22, "a<b>&é", true]', r'[1,2,1e-7,1e+22,"a\u003cb\u003e\u0026é",true]'
ENTRIES, STRUCT = '{"b": 1, "a": {"x": 1.0, "A": [1e-7]}}', '{"a":{"A":[1e-7],"x":1},"b":1}'
A_LIST = [1, 2.0, 1e-7, 1e22, "a<b>&é", True]
AN_OBJECT = {"b": 1, "a": {"x": 1.0, "A": [1e-7]}}


@case(
    {"spell-float": [WRITTEN["1e-7"]], "spell-float-2": [WRITTEN["1e22"]], "spell-float-3": ["10000000000000000"]},
    kfp_local=PYTHON_SPELLING,
)
def fractions_written_down():
    """A fraction has all its digits and no exponent, a whole one no point."""
    for number in (1e-7, 1e22, 1e16):
        steps.spell_float(x=number)


@case(
    {"told-float": [-0.00000000125, -0.0, 1e-7, 3, 1e22], "spell-float": [*WRITTEN.values()]}, kfp_local=PYTHON_SPELLING
)
def fractions_handed_on():
    """So has one that a step hands out, however it wrote it."""
    with dsl.ParallelFor(list(WRITTEN)) as text:
        steps.spell_float(x=steps.told_float(x=text).output)


@case({"say": ["lr=0.0000001"], "say-2": ["lr=0.0000001"], "told-float": [1e-7]}, kfp_local=PYTHON_SPELLING)
def fractions_within_a_text(rate: float = 1e-7):
    """And so within a text."""
    steps.say(text=f"lr={rate}")
    steps.say(text=f"lr={steps.told_float(x='1e-7').output}")


@case({"spell-list": [LISTED], "spell-dict": [STRUCT]}, kfp_local=PYTHON_SPELLING)
def lists_written_down():
    """A list or an object is JSON as Go writes it."""
    steps.spell_list(x=A_LIST)
    steps.spell_dict(x=AN_OBJECT)


@case({"spell-list": [LISTED], "spell-dict": [STRUCT]}, kfp_local=PYTHON_SPELLING)
def lists_as_defaults(items: list = A_LIST, options: dict = AN_OBJECT):
    """So it is as a parameter of the run."""
    steps.spell_list(x=items)
    steps.spell_dict(x=options)


@case(
    {"told-list": [A_LIST], "told-dict": [AN_OBJECT], "spell-list": [LISTED], "say": [LISTED], "spell-dict": [STRUCT]},
    kfp_local=PYTHON_SPELLING,
)
def lists_handed_on():
    """So it is from a step, whole or within a text."""
    listed, struct = steps.told_list(x=ITEMS).output, steps.told_dict(x=ENTRIES).output
    steps.spell_list(x=listed)
    steps.say(text=f"{listed}")
    steps.spell_dict(x=struct)


@case(
    {
        "spell-float": ["0.0000001", "2", "0.5"],
        "told-list": [[{"rate": 1e-7}, {"rate": 2.5}]],
        "spell-float-2": ["0.0000001", "2.5"],
    },
    kfp_local=NO_ENTRIES,
)
def items_and_entries(rates: list = [1e-7, 2.0, 0.5]):  # noqa: B006 - KFP reads the default and never calls this
    """A loop's items, and their entries, are texts as any other."""
    with dsl.ParallelFor(rates) as rate:
        steps.spell_float(x=rate)
    with dsl.ParallelFor(steps.told_list(x='[{"rate": 1e-7}, {"rate": 2.50}]').output) as row:
        steps.spell_float(x=row.rate)


@case(
    {
        "told-dict": [{"a": 1, "b": "<"}, {"a": 1e-7, "b": "<"}],
        "spell-list": [r'[{"a":1,"b":"\u003c"},{"a":1e-7,"b":"\u003c"}]'],
    },
    kfp_local=PYTHON_SPELLING,
)
def gathered_objects():
    """What a loop gathers is a list as any other."""
    with dsl.ParallelFor(['{"b": "<", "a": 1.0}', '{"b": "<", "a": 1e-7}']) as text:
        told = steps.told_dict(x=text)
    steps.spell_list(x=dsl.Collected(told.output))
