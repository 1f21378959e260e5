"""Conditions: what they are read into, what they say, and what is refused."""

from typing import Any

import pytest

from stockpot.compiler.conditions import (
    Comparison,
    Every,
    Literal,
    Not,
    Reference,
    Some,
    evaluate,
    parse_condition,
    references,
)
from stockpot.compiler.errors import Location, UnsupportedError

KINDS = {"s": "STRING", "t": "STRING", "i": "NUMBER_INTEGER", "d": "NUMBER_DOUBLE", "b": "BOOLEAN"}
VALUES: dict[str, Any] = {"s": "red", "t": "10", "i": 10, "d": 0.5, "b": True}
TEXTS = {"s": "red", "t": "10", "i": "10", "d": "0.5", "b": "True"}


def of(name: str) -> str:
    """KFP's way to name a parameter."""
    return f"inputs.parameter_values['{name}']"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (f"{of('s')} == 'red'", True),
        (f"{of('s')} != 'red'", False),
        (f"{of('s')} == 'it is (red) && > blue'", False),
        (f"int({of('i')}) > 9", True),
        (f"int({of('i')}) >= 10", True),
        (f"int({of('i')}) < -1", False),
        (f"{of('d')} <= 0.5", True),
        (f"double(int({of('i')})) == {of('d')}", False),
        (f"{of('b')} == true", True),
        (f"{of('b')} == false", False),
        (f"{of('t')} == '10'", True),
        (f"{of('t')} < '9'", True),
        # A text and a number are compared as texts, a truth and a text too.
        (f"{of('t')} < 9", True),
        (f"{of('t')} == 10", True),
        (f"{of('i')} == '10'", True),
        (f"{of('i')} < '9'", True),
        (f"{of('b')} != 'x'", True),
        (f"!({of('s')} == 'red')", False),
        (f"!({of('s')} == 'blue') && int({of('i')}) == 10", True),
        (f"{of('s')} == 'blue' || int({of('i')}) == 10", True),
        (f"{of('s')} == 'red' || {of('s')} == 'blue' && {of('b')} == false", True),
        (f"({of('s')} == 'red' || {of('s')} == 'blue') && {of('b')} == false", False),
        ("1 < 2", True),
        ("1.5e3 == 1500", True),
    ],
)
def test_conditions_hold_for_values_and_their_texts(text: str, holds: bool) -> None:
    """A condition says the same of a value and of the text that an engine has of it."""
    condition = parse_condition(text, KINDS, Location("p", "t"))
    assert evaluate(condition, VALUES.__getitem__) is holds
    assert evaluate(condition, TEXTS.__getitem__) is holds


def test_tree_follows_precedence() -> None:
    """`!` binds tighter than `&&`, and that tighter than `||`."""
    condition = parse_condition(f"!({of('b')} == true) && 1 < 2 || {of('s')} == 'x'", KINDS, Location("p"))
    first = Not(Comparison(Reference("b", "BOOLEAN"), "==", Literal(value=True)))
    second = Comparison(Literal(1), "<", Literal(2))
    assert condition == Some((Every((first, second)), Comparison(Reference("s", "STRING"), "==", Literal("x"))))
    assert list(references(condition)) == ["b", "s"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "true",
        f"{of('s')}",
        f"{of('s')} == ",
        f"{of('s')} = 'red'",
        f"{of('unknown')} == 'red'",
        f"{of('s')} == 'it's'",
        f"size({of('s')}) > 3",
        f"({of('s')} == 'red'",
        f"int({of('i')} == 3",
        "int('3') == 3",
        f"{of('s')} == 'red' && ",
        f"'{of('s')}' == 'red'",
        "__import__('os').system('true') == 0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """What is no comparison is not guessed at."""
    with pytest.raises(UnsupportedError, match=r"pipeline 'p', task 't': the condition"):
        parse_condition(text, KINDS, Location("p", "t"))
