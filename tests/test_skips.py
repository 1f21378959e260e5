"""A skip is a failure where nothing may be missing."""

import pytest

pytest_plugins = ["pytester"]
HOOKS = "from tests.harness.skips import pytest_make_collect_report, pytest_runtest_makereport"
TESTS = """
import pytest

@pytest.fixture
def broker():
    pytest.skip("no java")

def test_of_a_fixture(broker): ...

@pytest.mark.skipif(True, reason="needs a pooler")
def test_of_a_mark(): ...

def test_of_its_own():
    pytest.skip("no docker")

@pytest.mark.xfail
def test_that_is_to_fail():
    assert False

def test_that_passes(): ...
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite that lacks everything, under our hooks."""
    pytester.makeconftest(HOOKS)
    pytester.makepyfile(test_some=TESTS, test_module="import pytest; pytest.importorskip('nowhere_to_be_found')")
    return pytester


@pytest.mark.parametrize(
    ("value", "lacking", "counted"),
    [("", "", (1, 5, 0)), ("1", "", (1, 1, 4)), ("1", "a pooler", (1, 2, 3)), ("1", "pooler", (1, 1, 4))],
)
def test_a_skip_fails_where_nothing_may_be_missing(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, value: str, lacking: str, counted: tuple[int, int, int]
) -> None:
    """By a fixture, a mark, the test itself or its module: passed, skipped, failed; an expected failure stays one."""
    monkeypatch.setenv("NO_SKIPS", value)
    monkeypatch.setenv("CANNOT_BE_HAD", lacking)
    outcomes = suite.inline_run("--continue-on-collection-errors").listoutcomes()
    assert tuple(map(len, outcomes)) == counted
