"""YAML that somebody else has written, read within bounds: short texts can stand for more than any memory holds.

What a text stands for is counted by a look at its events, before anything is made of it: how deep it is nested, and how
much it is once each alias is replaced by what it means.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from components.shell.errors import ConfigurationError

MOST_BYTES = 8 << 20
_DEEPEST = 100
_MOST_NODES = 1_000_000
_LONGEST_NUMBER = 128
_NUMBER = re.compile(r"[-+]?[.0-9][0-9a-fA-F_.:xoXO+-]*")
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# What PyYAML's constructors raise for a date without such a month, or a number that is none.
_UNSOUND = (ArithmeticError, AttributeError, IndexError, TypeError, ValueError)


def yaml_documents(content: bytes, what: str) -> list[Any]:
    """The documents in a YAML text, called `what` in errors, in types of Python.

    Raises:
        ConfigurationError: it is no YAML, longer than 8 MiB, nested too deep, grows by aliases, or has a number of more
            than 128 letters.
    """
    try:
        _refuse_more(_sizes(content), what, len(content))
        return list(yaml.load_all(content, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, *_UNSOUND) as error:
        raise ConfigurationError(f"{what} is no YAML: {' '.join(str(error).split())[:200]}") from None


def _refuse_more(sizes: Iterator[int], what: str, length: int) -> None:
    if length > MOST_BYTES or any(size > _MOST_NODES for size in sizes):
        raise ConfigurationError(
            f"{what} is too large: more than {MOST_BYTES >> 20} MiB, or {_MOST_NODES:,} values with its aliases",
            "cut it",
        )


def _sizes(content: bytes) -> Iterator[int]:
    """How many values were met so far in what is open, with those that aliases stand for."""
    known: dict[str, int] = {}
    open_ones: list[tuple[str, int]] = [("", 0)]
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        match event:
            case yaml.DocumentStartEvent():
                known.clear()
            case yaml.CollectionStartEvent():
                open_ones.append((event.anchor or "", 1))
                _refuse(len(open_ones) > _DEEPEST, f"nested more than {_DEEPEST} deep")
            case yaml.CollectionEndEvent():
                _add(open_ones, known, *open_ones.pop())
            case yaml.AliasEvent():
                _refuse(event.anchor in dict(open_ones), f"the alias *{event.anchor} stands in itself")
                _add(open_ones, known, "", known.get(event.anchor or "", 1))
            case yaml.ScalarEvent():
                _refuse(_is_long_number(event), f"a number of more than {_LONGEST_NUMBER} letters")
                _add(open_ones, known, event.anchor or "", 1)
        yield open_ones[-1][1]


def _add(open_ones: list[tuple[str, int]], known: dict[str, int], anchor: str, size: int) -> None:
    """Count `size` values to what is open, and keep them for the aliases of their anchor."""
    name, so_far = open_ones.pop()
    open_ones.append((name, so_far + size))
    if anchor:
        known[anchor] = size


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)


def _is_long_number(event: yaml.ScalarEvent) -> bool:
    if len(event.value) <= _LONGEST_NUMBER:
        return False
    return event.tag in _NUMBER_TAGS or (event.implicit[0] and _NUMBER.fullmatch(event.value) is not None)
