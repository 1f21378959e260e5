"""Parameters of every type: literals, defaults of the pipeline, and values that are given."""

from tests.corpus import steps
from tests.corpus.case import case

PYTHON_SPELLING = "kfp/local/placeholder_utils.py writes json.dumps of a value; the driver writes protobuf's JSON"


@case({"say": ["soup"]})
def literal_text():
    """A text arrives as it is written."""
    steps.say(text="soup")


@case({"say-int": [3]})
def literal_int():
    """So does a whole number."""
    steps.say_int(x=3)


@case({"say-int": [-12]})
def literal_negative():
    """A sign stays."""
    steps.say_int(x=-12)


@case({"say-float": [0.25]})
def literal_float():
    """So does a fraction."""
    steps.say_float(x=0.25)


@case({"say-bool": [True], "say-bool-2": [False]})
def literal_bool():
    """So do truths."""
    steps.say_bool(x=True)
    steps.say_bool(x=False)


@case({"say-list": [["a", 1, [True]]]})
def literal_list():
    """A list keeps the types of its items."""
    steps.say_list(x=["a", 1, [True]])


@case({"say-dict": [{"a": {"b": [1, 2.5]}, "c": "d"}]})
def literal_dict():
    """So does an object."""
    steps.say_dict(x={"a": {"b": [1, 2.5]}, "c": "d"})


@case({"say-list": [[]], "say-dict": [{}], "say": [""]})
def literal_empty():
    """What is empty arrives empty."""
    steps.say_list(x=[])
    steps.say_dict(x={})
    steps.say(text="")


@case({"spell-int": ["3"], "spell-float": ["0.5"]})
def spelled_numbers():
    """A command sees numbers without ado."""
    steps.spell_int(x=3)
    steps.spell_float(x=0.5)


@case({"spell-float": ["3"]}, kfp_local=PYTHON_SPELLING)
def spelled_whole_float():
    """A whole number has no point, whatever its type."""
    steps.spell_float(x=3.0)


@case({"spell-bool": ["true"], "spell-bool-2": ["false"]})
def spelled_truths():
    """A command sees truths in small letters."""
    steps.spell_bool(x=True)
    steps.spell_bool(x=False)


@case({"spell-list": ['["a",1,true]']}, kfp_local=PYTHON_SPELLING)
def spelled_list():
    """A command sees a list as JSON without spaces."""
    steps.spell_list(x=["a", 1, True])


@case({"spell-dict": ['{"a":[1],"b":"é"}']}, kfp_local=PYTHON_SPELLING)
def spelled_dict():
    """An object's keys are in order, and letters beyond ASCII stay letters."""
    steps.spell_dict(x={"b": "é", "a": [1]})


@case({"say": ["salt"]})
def default_text(text: str = "salt"):
    """The pipeline's default is used where nothing is given."""
    steps.say(text=text)


@case({"say-int": [7], "say-float": [1.5], "say-bool": [False]})
def default_scalars(number: int = 7, share: float = 1.5, yes: bool = False):
    """Defaults have the types of their parameters."""
    steps.say_int(x=number)
    steps.say_float(x=share)
    steps.say_bool(x=yes)


@case({"say-list": [[1, "a"]], "say-dict": [{"k": [2]}]})
def default_collections(items: list = [1, "a"], options: dict = {"k": [2]}):  # noqa: B006 - KFP reads the defaults and never calls this
    """Defaults may be lists and objects."""
    steps.say_list(x=items)
    steps.say_dict(x=options)


@case({"say": ["pepper"]}, given={"text": "pepper"})
def given_text(text: str = "salt"):
    """What is given goes before the default."""
    steps.say(text=text)


@case({"say": ["basil"]}, given={"text": "basil"})
def given_needed(text: str):
    """A parameter without default is given."""
    steps.say(text=text)


@case({"say-int": [-1], "say-float": [2.5], "say-bool": [True]}, given={"number": -1, "share": 2.5, "yes": True})
def given_scalars(number: int, share: float, yes: bool):
    """Numbers and truths are given in their types."""
    steps.say_int(x=number)
    steps.say_float(x=share)
    steps.say_bool(x=yes)


@case({"say-list": [["x"]], "say-dict": [{"y": 1}]}, given={"items": ["x"], "options": {"y": 1}})
def given_collections(items: list, options: dict):
    """So are lists and objects."""
    steps.say_list(x=items)
    steps.say_dict(x=options)


@case(
    {"say": [""]},
    given={"text": ""},
    not_on_argo="an empty text counts as no value there (docs/decisions/2026-11-28-foreign-steps.md)",
)
def given_empty(text: str = "salt"):
    """An empty text is a value."""
    steps.say(text=text)


@case({"say": ["tomaté 番茄 🍅"]})
def letters():
    """Letters of all languages arrive."""
    steps.say(text="tomaté 番茄 🍅")


@case({"say": [" two  spaces\n\tand a tab"]})
def spaces():
    """So do spaces, tabs and lines within."""
    steps.say(text=" two  spaces\n\tand a tab")


@case({"say": ['"it\'s" \\ `x` $HOME ${HOME} * ; & | <b>']})
def quotes():
    """No shell reads a value."""
    steps.say(text='"it\'s" \\ `x` $HOME ${HOME} * ; & | <b>')


@case({"say": ["{{workflow.name}} {{=1+1}} {{inputs.parameters.text}}"]})
def braces():
    """Nor does Argo."""
    steps.say(text="{{workflow.name}} {{=1+1}} {{inputs.parameters.text}}")


@case({"say": ["$(HOME) $$(HOME) $$"]}, given={"text": "$(HOME) $$(HOME) $$"})
def dollars(text: str):
    """Nor does Kubernetes."""
    steps.say(text=text)


@case({"say-int": [9007199254740991]})
def large_int():
    """Whole numbers are exact as far as a double holds them."""
    steps.say_int(x=9007199254740991)


@case({"say": ["0123"], "say-2": ["true"], "say-3": ["null"], "say-4": ["[1]"]})
def texts_like_values():
    """A text that looks like another type is a text."""
    for text in ("0123", "true", "null", "[1]"):
        steps.say(text=text)


@case({"say-int": [4], "say-int-2": [4]})
def handed_int():
    """A number goes from step to step."""
    steps.say_int(x=steps.say_int(x=4).output)


@case({"say-float": [0.1], "say-float-2": [0.1]})
def handed_float():
    """So does a fraction."""
    steps.say_float(x=steps.say_float(x=0.1).output)


@case({"say-bool": [True], "say-bool-2": [True]})
def handed_bool():
    """So does a truth."""
    steps.say_bool(x=steps.say_bool(x=True).output)


@case({"say-list": [[1, {"a": "é"}]], "say-list-2": [[1, {"a": "é"}]]})
def handed_list():
    """So does a list."""
    steps.say_list(x=steps.say_list(x=[1, {"a": "é"}]).output)


@case({"say-dict": [{"a": [1, {"b": "<&>"}]}], "say-dict-2": [{"a": [1, {"b": "<&>"}]}]})
def handed_dict():
    """So does an object, with signs that Go writes otherwise."""
    steps.say_dict(x=steps.say_dict(x={"a": [1, {"b": "<&>"}]}).output)


@case({"say": ["a\nb"], "say-2": ["a\nb"]})
def handed_lines():
    """A text keeps its lines."""
    steps.say(text=steps.say(text="a\nb").output)


@case(
    {"say-list": [[1, None]]},
    given={"items": [1, None]},
    alone=True,
    kfp_local="kfp/dsl/pipeline_task.py takes no null in a call; the API does",
)
def given_null_within(items: list):
    """A list may hold nulls."""
    steps.say_list(x=items)


@case({"say": ["1"], "say-2": ["2"], "say-3": ["3"]})
def many_tasks():
    """Tasks of one component that differ by name alone."""
    for number in range(1, 4):
        steps.say(text=str(number)).set_display_name(f"Say {number}")
