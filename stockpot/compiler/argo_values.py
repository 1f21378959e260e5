"""Expressions of Argo's for the text of a value, as `placeholders.text_of` writes it.

They are written without `let`: Argo takes such a name for one that is not known yet, and leaves the expression as it
is.
"""

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


def json_code(code: str, kind: str, called: str) -> str:
    """The expression of the JSON that `code` gives, written anew; to expressions it is of type `kind`.

    Expressions have no way to fail by name, so one that is not of the kind is read as a number: Argo shows the words.
    """
    value = f"fromJSON({code})"
    return f'(type({value}) == "{kind}" ? toJson({value}) : toJson(int("not a JSON {called}")))'
