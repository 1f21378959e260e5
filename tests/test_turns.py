"""Cases that take turns: none is forgotten, and no day goes without."""

import pytest

from tests.harness import turns

pytest_plugins = ["pytester"]
TESTS = """
import pytest

@pytest.mark.turns
@pytest.mark.parametrize("case", range(7))
def test_many(case): ...

@pytest.mark.turns(first=1)
def test_one(): ...

def test_that_is_always_taken(): ...
"""


@pytest.mark.parametrize("today", [0, 20_786])
def test_days_in_a_row_take_each_case_once(today: int) -> None:
    """And each of them takes of each function what is its share, give or take one."""
    functions = [(f"test_{number}", 7 * number) for number in range(9) for _ in range(number)]
    days = [list(turns.taken(functions, today + day)) for day in range(turns.DAYS)]
    assert [sum(case) for case in zip(*days, strict=True)] == [1] * len(functions)
    for function in set(functions):
        shares = [sum(took for took, each in zip(day, functions, strict=True) if each == function) for day in days]
        assert max(shares) - min(shares) <= 1


def test_the_first_case_is_taken_on_the_day_that_is_asked_for() -> None:
    """Which is how dear ones of several functions are kept from falling on one day."""
    cases = [("test_a", 1), ("test_b", 2), ("test_a", 1)]
    assert [list(turns.taken(cases, turn)) for turn in (5, 6, 7)] == [
        [False, False, False], [True, False, False], [False, True, True],
    ]  # fmt: skip


def test_a_suite_leaves_out_what_is_not_due(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where a day is set, and what has no turn always runs."""
    pytester.makeconftest("from tests.harness.turns import pytest_collection_modifyitems")
    pytester.makeini("[pytest]\nmarkers = turns: takes turns")
    pytester.makepyfile(TESTS)
    monkeypatch.delenv("TURN", raising=False)
    pytester.runpytest_inprocess().assert_outcomes(passed=9)
    passed = []
    for turn in map(str, range(turns.DAYS)):
        monkeypatch.setenv("TURN", turn)
        passed.append(pytester.runpytest_inprocess().parseoutcomes()["passed"])
    assert sum(passed) == 8 + turns.DAYS
    assert min(passed) >= 2
