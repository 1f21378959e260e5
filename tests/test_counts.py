"""What people read says one of something as one, whoever says it: steps, commands and pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.shell.counts import counted, worded

ROOT = Path(__file__).parents[1]
SOURCES = [path for part in ("components", "pipelines", "stockpot") for path in sorted((ROOT / part).rglob("*.py"))]
# At most two words between a number and its noun, none of which makes a name of what looks like a number.
_NO = r"already|and|are|as|at|by|has|hold|holds|in|is|keeps|lacks|lost|must|needs|of|to"
_BEFORE = rf"(?:(?!(?:{_NO}) )[a-z-]+ ){{0,2}}?"
# A constant is known to be more than one; a name is no number.
_OTHER = re.compile(r"_?[A-Z][A-Z_]+|.*(?:name|home)\)?")


def _said(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def nouns(trees: list[ast.Module]) -> set[str]:
    """The plurals of all that is counted somewhere, as the sources themselves name it."""
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 2]
    named = [call for call in calls if ast.unparse(call.func).split(".")[-1] in {"counted", "worded"}]
    return {f"{_said(call.args[1]).split()[-1]}s" for call in named if _said(call.args[1])} | {"rows", "files", "bytes"}


def _is_count(value: ast.FormattedValue) -> bool:
    """Whether it cannot be anything but a number: a length, a sum, or written with a comma at thousands."""
    call = ast.unparse(value.value.func) if isinstance(value.value, ast.Call) else ""
    spec = ast.unparse(value.format_spec) if value.format_spec else ""
    return call in {"len", "sum"} or "," in spec


def plurals(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """What says a plural beside a value, whatever number that is."""
    named = "|".join(sorted(known))
    for node in ast.walk(tree):
        for value, after in zip(node.values, node.values[1:], strict=False) if isinstance(node, ast.JoinedStr) else ():
            if isinstance(value, ast.FormattedValue) and not _OTHER.fullmatch(ast.unparse(value.value)):
                wanted = "[a-z]{2,}(?<!s)s" if _is_count(value) else named
                if found := re.match(rf" {_BEFORE}(?:{wanted})\b", _said(after)):
                    yield f"{node.lineno}: {{{ast.unparse(value.value)}}}{found[0]}"
        if found := re.search(rf"(?:%[ds]|\{{count\}}) {_BEFORE}(?:{named})\b", _said(node)):
            yield f"{node.lineno}: {found[0]}"


def test_no_source_says_one_rows() -> None:
    """Where a count is said, its word goes with it."""
    trees = {path: ast.parse(path.read_text()) for path in SOURCES}
    known = nouns(list(trees.values()))
    assert len(known) > 30
    found = [f"{path.relative_to(ROOT)}:{line}" for path, tree in trees.items() for line in plurals(tree, known)]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'f"{rows} rows of {name}"',
        'f"{found.rows} small files"',
        'f"{len(orders)} orders"',
        'f"{orders:,} late orders"',
        'log.info("%d rows", rows)',
        'log.info("%s: %s new rows", name, rows)',
        '"{count} rows".format(count=1)',
    ],
)
def test_a_plural_beside_any_count_is_found(source: str) -> None:
    """In texts with values in them, lines of the log and templates."""
    assert len(list(plurals(ast.parse(source), {"rows", "files"}))) == 1


@pytest.mark.parametrize(
    "source",
    [
        """f"{counted(rows, 'row')} of {name}" """,
        'f"more than {_MOST_ROWS} rows"',
        'f"{name} of rows"',
        'f"{name} holds 3 rows"',
        'f"{points:+.1f} points"',
    ],
)
def test_what_is_no_count_is_let_be(source: str) -> None:
    """A word that goes with its number, a bound that is more than one, and texts."""
    assert list(plurals(ast.parse(source), {"rows"})) == []


def test_a_count_has_its_word() -> None:
    """None and many are plural; thousands have a comma."""
    assert [counted(number, "row") for number in (0, 1, 2, 1234)] == ["0 rows", "1 row", "2 rows", "1,234 rows"]
    assert counted(1, "table was", "tables were") == "1 table was"
    assert counted(2, "table was", "tables were") == "2 tables were"
    assert [worded(number, "hour") for number in (1.0, 1.5, None)] == ["hour", "hours", "hours"]
