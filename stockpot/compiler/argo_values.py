"""Expressions of Argo's for the text of a value, as `placeholders.text_of` writes it.

Expressions have no way to fail by name: what is wrong is read as a number, and Argo shows the words. They are written
without `let`: Argo takes such a name for one that is not known yet, and leaves the expression as it is.
"""

import json

from stockpot.compiler.argo_carrying import quoted, without_tags
from stockpot.compiler.go_json import BOOLEANS

_TRUE, _FALSE = (json.dumps(BOOLEANS[truth]) for truth in (True, False))
# Of a number `#` as JSON writes it: what stands before its exponent, and the exponent.
_DIGITS = 'replace(replace(split(#, "e")[0], ".", ""), "-", "")'
_EXPONENT = 'int(split(#, "e")[1])'
_SPELLED = (
    'not (# contains "e") ? # : (# startsWith "-" ? "-" : "") + '
    f'(# contains "e-" ? "0." + repeat("0", -{_EXPONENT} - 1) + {_DIGITS} '
    f': {_DIGITS} + repeat("0", {_EXPONENT} - len({_DIGITS}) + 1))'
)


def decimal_code(code: str) -> str:
    """The expression of a number's text: all of its digits, and no exponent."""
    return f"map([toJson({code})], {_SPELLED})[0]"


ITEM_TEXT = f'type(#) == "string" ? # : type(#) == "float" ? {decimal_code("#")} : toJson(#)'
"""The expression of the text of any value `#`."""


def text_code(code: str) -> str:
    """The expression of the text of the value that `code` gives."""
    return f"map([{code}], {ITEM_TEXT})[0]"


def boolean_code(code: str) -> str:
    """The expression of a truth's text, of what Go's `ParseBool` takes for one."""
    no = 'toJson(int("neither true nor false"))'
    return f'map([trim({code})], # in {_TRUE} ? "true" : # in {_FALSE} ? "false" : {no})[0]'


def entry_code(code: str, key: str) -> str:
    """The expression of the text of an entry of the object that `code` gives as JSON."""
    text, missing = text_code(f"#[{quoted(key)}]"), f"toJson(int({quoted(f'no entry {key}')}))"
    return f"map([fromJSON({code})], {quoted(key)} in # ? {text} : {missing})[0]"


def json_code(code: str, kind: str, called: str) -> str:
    """The expression of the JSON that `code` gives, written anew; to expressions it is of type `kind`."""
    value = f"fromJSON({code})"
    return f'(type({value}) == "{kind}" ? toJson({value}) : toJson(int("not a JSON {called}")))'


def items_code(code: str) -> str:
    """The expression of the list of a loop over the JSON list that `code` gives: its items are not carried yet.

    Of an item that is a struct Argo's own expressions know the entries and no longer the whole, null is no item for it,
    and a number keeps its exponent: they become texts. Any other list stays as it is written, for Argo keeps all digits
    of a number; and what is no list is refused by Argo itself.
    """
    listed = f"fromJSON({code})"
    texts = f"toJson(map({listed}, {ITEM_TEXT}))"
    exponent = 'type(#) == "float" && toJson(#) contains "e"'
    odd = f'type({listed}) == "array" && any({listed}, type(#) in ["map", "nil"] || {exponent})'
    return without_tags(f"({odd} ? {texts} : {code})")
