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


@case(
    {"told-bool": [True, True, False, False], "spell-bool": ["true", "true", "false", "false"], "say": ["yes", "yes"]},
    kfp_local=PYTHON_SPELLING,
)
def truths_handed_on():
    """A truth is what Go takes for one."""
    with dsl.ParallelFor(["1", " True", "f", "FALSE"]) as word:
        told = steps.told_bool(x=word)
        steps.spell_bool(x=told.output)
        with dsl.If(told.output == True):  # noqa: E712 - KFP reads the comparison
            steps.say(text="yes")


@case(
    {"told-int": [7, 8], "spell-list": ["[7,8]"], "spell-list-2": ["[3,0.5]"], "told-float": [3, 0.5]},
    kfp_local=PYTHON_SPELLING,
)
def gathered_numbers():
    """Numbers that a loop gathers may have blanks around them too."""
    with dsl.ParallelFor([" 7 ", "8\r"]) as text:
        whole = steps.told_int(x=text)
    with dsl.ParallelFor([" 3.0", "0.5\t"]) as text:
        fraction = steps.told_float(x=text)
    steps.spell_list(x=dsl.Collected(whole.output))
    steps.spell_list(x=dsl.Collected(fraction.output))


@case(
    {
        "say": ['{"b": 1.0,  "a": 9007199254740993}', "[1.0, 2]"],
        "spell-list": [r'["{\"b\": 1.0,  \"a\": 9007199254740993}","[1.0, 2]"]'],
    },
    kfp_local=PYTHON_SPELLING,
)
def gathered_texts():
    """Texts that a loop gathers stay as they are, also where each of them looks like JSON."""
    with dsl.ParallelFor(['{"b": 1.0,  "a": 9007199254740993}', "[1.0, 2]"]) as text:
        said = steps.say(text=text)
    steps.spell_list(x=dsl.Collected(said.output))


@case(
    {
        "told-list": [[1e20]],
        "say-list": [[1e20]],
        "spell-list": ["[100000000000000000000]"],
        "told-float": [72057594037927940],
        "spell-float": ["72057594037927940"],
        "spell-float-2": ["72057594037927940"],
    },
    kfp_local=PYTHON_SPELLING,
)
def large_doubles():
    """Within a list a whole number is a double however large; of a double those digits are written that tell it."""
    steps.spell_list(x=steps.say_list(x=steps.told_list(x="[1e20]").output).output)
    steps.spell_float(x=steps.told_float(x="72057594037927940").output)
    steps.spell_float(x=2.0**56)


@case({"say": ["more"]})
def large_numbers_compared(x: float = 2e22):
    """A condition may name a number beyond 64 bits."""
    with dsl.If(x > 1e22):
        steps.say(text="more")


@case({"say": ["a"]}, state="failed", kfp_local=NO_ENTRIES, alone=True)
def missing_entry():
    """An entry that an item lacks fails the run; it is no text."""
    with dsl.ParallelFor([{"a": "a"}, {"b": "b"}], parallelism=1) as item:
        steps.say(text=item.a)
