"""Pages that name tests name those that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
_NAMED = re.compile(r"(?P<path>tests/[\w/]+\.py|…)(?:::(?P<name>\w+))?")
_BEFORE = "…"


def named(text: str) -> list[tuple[str, str]]:
    """File and function of every test in the third column; a file that is not repeated is that of the line before."""
    found: list[tuple[str, str]] = []
    cells = (line.split(" | ")[2] for line in text.splitlines() if line.startswith("| ") and line.count(" | ") > 1)
    for match in (match for cell in cells for match in _NAMED.finditer(cell)):
        path = found[-1][0] if match["path"] == _BEFORE else match["path"]
        found.append((path, match["name"] or ""))
    return found


def is_there(path: str, name: str) -> bool:
    """Whether the file has the test; a file alone is enough where none is named."""
    file = ROOT / path
    return file.is_file() and (not name or f"def {name}(" in file.read_text())


def test_robustness_names_tests_that_are_there() -> None:
    """Every line of the page is guarded by a test of that very name."""
    tests = named(PAGE.read_text())
    assert [test for test in tests if not is_there(*test)] == []
    assert len(tests) > len(PAGE.read_text().splitlines()) / 2


def test_a_test_that_is_missing_is_noticed() -> None:
    """The counter-test: another name, another file, and a name behind `…`."""
    row = "| a | b | tests/test_docs.py::test_nothing |\n| a | b | …::named |\n| a | b | tests/nowhere.py |"
    assert [is_there(*test) for test in named(row)] == [False, True, False]
