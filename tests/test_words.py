"""Names say what a thing is: words of our own, which fit everything, name nothing in the sources."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_tree import ROOT, SOURCES, tree_of

# Each with what an engineer would search for instead.
WORDS = {
    "found": "what was found: rows, paths, matches",
    "told": "what was said: text, message, details",
    "place": "path, directory, position, index",
    "judge": "validate",
    "settle": "resolve",
    "happenings": "events",
    "spine": "exit handler",
}


def bound(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something, with its line: variables, parameters, functions, imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name, node.lineno


def ours(name: str) -> bool:
    """Whether a name is one of the words, or made of one that never says more: `_told`, `told_of`."""
    return name.strip("_").lower() in WORDS or "told" in name.lower().split("_")


def test_names_say_what_a_thing_is() -> None:
    """The words and what to write instead stand above."""
    names = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in SOURCES
        for name, line in bound(tree_of(path))
        if ours(name)
    ]
    names += [str(path.relative_to(ROOT)) for path in SOURCES if ours(path.stem)]
    assert names == []


@pytest.mark.parametrize(
    "text",
    [
        "found = 1", "def f(told): ...", "def _told(): ...", "for place in a: ...", "class Place: ...",
        "import json as told", "with a as told_of: ...", "class A:\n    found: int", "lambda told: 1", "(found := 1)",
        "found: int = 1", "[0 for found in a]", "try: ...\nexcept E as told: ...",
        "match a:\n    case [found]: ...",
    ],
)  # fmt: skip
def test_a_word_is_noticed(text: str) -> None:
    """Wherever Python lets a name be given."""
    assert any(ours(name) for name, _ in bound(ast.parse(text)))


@pytest.mark.parametrize("text", ["not_found = 1", "a.found", "f(place=1)", "placeholder = foundation = 1"])
def test_other_names_are_left_alone(text: str) -> None:
    """And those of others, which are only used."""
    assert not any(ours(name) for name, _ in bound(ast.parse(text)))
