"""The search for mutants that live: what it plants, that it draws the same again, and that it can tell."""

import sys
import textwrap
from pathlib import Path

import pytest

from tests.mutants import __main__ as harness
from tests.mutants import scope, trial
from tests.mutants.operators import mutants_of

ROOT = Path(__file__).parents[2]
SOURCE = '''
"""A docstring: 1 < 2."""
LIMIT: int = 3


def small(numbers: "list[int]") -> list[int]:
    """Those below the limit."""
    if not numbers:
        raise ValueError(f"{1 < 2} and {len(numbers) > 3}")
    log.info("x", 4)
    found = [one for one in sorted(numbers) if one < LIMIT and one != 0]
    found.clear()
    return found


QUERY = "SELECT a FROM t WHERE a >= 1 FOR UPDATE"
'''


def test_each_place_that_works_can_be_changed() -> None:
    """Constants, guards, comparisons, filters, calls and words of SQL; no docstrings, types, messages or logs."""
    found = mutants_of("x.py", SOURCE.encode())
    changes = [(mutant.line, mutant.now) for mutant in found]
    chosen = "found = [one for one in {}(numbers) if {}]"
    assert changes == [
        (3, "LIMIT: int = 4"),
        (8, "if False:"),
        (8, "if numbers:"),
        (11, chosen.format("list", "one < LIMIT and one != 0")),
        (11, chosen.format("sorted", "True")),
        (11, chosen.format("sorted", "one <= LIMIT and one != 0")),
        (11, chosen.format("sorted", "one < LIMIT or one != 0")),
        (11, chosen.format("sorted", "one < LIMIT and one == 0")),
        (11, chosen.format("sorted", "one < LIMIT and one != 1")),
        (12, "pass"),
        (16, 'QUERY = "SELECT a FROM t WHERE a > 1 FOR UPDATE"'),
        (16, 'QUERY = "SELECT a FROM t WHERE a >= 1"'),
    ]
    planted = found[5].planted(SOURCE.encode()).decode()
    assert planted == SOURCE.replace("one < LIMIT", "one <= LIMIT")


def test_the_same_errors_are_drawn_again() -> None:
    """For a text and a seed; another seed draws others."""
    file = "components/iceberg/receipts.py"
    first = scope.drawn(ROOT, file, 16, 6)
    assert len(first) == 6
    assert scope.drawn(ROOT, file, 16, 6) == first != scope.drawn(ROOT, file, 17, 6)


def test_every_area_has_files_and_tests() -> None:
    """No file is in two areas, and none has tests that are not there."""
    areas = [scope.files(ROOT, area) for area in scope.AREAS]
    assert all(areas)
    assert len([file for files in areas for file in files]) == len({file for files in areas for file in files})
    assert [path for area in scope.AREAS for path in area.tests if not (ROOT / path).exists()] == []


def test_what_is_known_to_change_nothing_is_still_there() -> None:
    """An entry whose line has been changed says nothing any more, and one without a reason never did."""
    known = harness.equivalent()
    there = {(one.file, one.was, one.now) for file in {file for file, _, _ in known} for one in all_of(file)}
    assert [key for key in known if key not in there] == []
    assert [key for key, reason in known.items() if len(reason.split()) < 4] == []


def all_of(file: str) -> list:
    """All errors that can be planted in a file of the project."""
    return mutants_of(file, (ROOT / file).read_bytes())


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A tree of one module and its tests."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "counting_toy.py").write_text(
        textwrap.dedent("""
            def below(numbers, limit):
                return [one for one in numbers if one < limit]

            def first(limit):
                at = 0
                while at < limit:
                    at += 1
                return at
        """)
    )
    (root / "test_counting_toy.py").write_text(
        textwrap.dedent("""
            from counting_toy import below, first

            def test_below(tmp_path, scratch):
                assert scratch == "served"
                assert below([1, 9], 5) == [1]

            def test_first():
                assert first(3) == 3
        """)
    )
    return root


def test_an_error_is_found_or_not(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests notice, what they do not, and what hangs; services are served; the tree is as it was afterwards."""
    monkeypatch.syspath_prepend(toy)
    (toy / "conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef scratch(): return 'made'\n")
    given, served = ["test_counting_toy.py"], {"scratch": "served"}
    monkeypatch.chdir(toy)
    sound = trial.run(toy, given, served, 60, learn=True)
    assert sound.passed
    below, hanging = (f"test_counting_toy.py::test_{name}" for name in ("below", "first"))
    assert sound.known.through[below] >= {("counting_toy.py", 2)}
    assert ("counting_toy.py", 2) not in sound.known.through[hanging]
    before = (toy / "counting_toy.py").read_bytes()
    found = {one.now: one for one in mutants_of("counting_toy.py", before)}
    outcomes = {
        now: harness.plant(harness.Bench(toy, given, served, sound), found[now], limit)
        for now, limit in (
            ("return [one for one in numbers if True]", 60),
            ("return [one for one in numbers if one <= limit]", 60),
            ("pass", 2),
        )
    }
    assert [(one.found, one.late) for one in outcomes.values()] == [(True, False), (False, False), (True, True)]
    assert (toy / "counting_toy.py").read_bytes() == before
    assert "one <= limit" in harness.table(list(outcomes.values()))


def test_tests_meet_the_copy_and_no_package_that_is_there_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harness has imported a part of the project itself; a trial takes all of it from the copy."""
    assert "components" in sys.modules
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "__init__.py").touch()
    (tmp_path / "components" / "counting_toy.py").write_text("PLANTED = True\n")
    (tmp_path / "test_toy.py").write_text(
        "from components.counting_toy import PLANTED\n\ndef test_planted():\n    assert PLANTED\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert trial.run(tmp_path, ["test_toy.py"], {}, 60).passed
