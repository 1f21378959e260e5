"""What holds of every load mode, whatever happens to its commits."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.shell.errors import SupersededError, TransientError
from tests.components.load_iceberg.crowd import Crowd, crowd
from tests.components.load_iceberg.modes import Case, cases
from tests.components.load_iceberg.proxies import Wire
from tests.components.load_iceberg.scene import append_naively, table_now
from tests.components.load_iceberg.test_kills import kill_everywhere

CASES = cases()
TWINS, ROUNDS = 4, 2

pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("modes"), pytest.mark.timeout(1200)]


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest, catalog_env: dict[str, str], tmp_path: Path) -> Case:
    """A mode's table with what is there before."""
    request.param.fill(tmp_path)
    return request.param


@pytest.fixture
def rows(case: Case, tmp_path: Path) -> Path:
    """The rows of the load that is tried."""
    return case.load.write(tmp_path / "rows")


@pytest.fixture
def clone(case: Case) -> Callable[[int], str]:
    """A function that gives a table of its own with the same before, under a new name."""
    catalog, location = open_catalog(), table_now(case.load.name).metadata_location

    def cloned(number: int) -> str:
        catalog.register_table(f"{case.load.name}_{number}", location)
        return f"{case.load.name}_{number}"

    return cloned


@pytest.fixture(scope="module")
def twins() -> Iterator[Crowd]:
    """Processes that begin at once."""
    with crowd(TWINS) as processes:
        yield processes


def load(one: Any, rows: Path) -> str:
    """Load as a step does."""
    return "already" if one.load(rows).already else "loaded"


def append(one: Any, _rows: Path) -> None:
    """Load as the original does."""
    append_naively(one)


def interrupt(monkeypatch: pytest.MonkeyPatch, action: Callable[[], Any]) -> None:
    """Have `action` happen once, when the next commit has staged all it brings."""
    original = commits.commit

    def late(*given: Any) -> Any:
        monkeypatch.setattr(commits, "commit", original)
        action()
        return original(*given)

    monkeypatch.setattr(commits, "commit", late)


def test_a_repeated_load_changes_nothing(case: Case, rows: Path) -> None:
    """Once it has come, the load finds itself done, and the table stays as it is to the byte."""
    assert load(case.load, rows) == "loaded"
    place = table_now(case.load.name).metadata_location
    assert load(case.load, rows) == "already"
    assert table_now(case.load.name).metadata_location == place
    assert case.wrong(case.load) == []


def test_twins_leave_the_rows_of_one(case: Case, clone, twins: Crowd, catalog_env, rows: Path) -> None:
    """Of loads that run at once one commits and the others find it done."""
    for number in range(ROUNDS):
        one = replace(case.load, name=clone(number))
        answers = Counter(twins.all_at_once(load, one, rows, catalog_env))
        assert answers == {"loaded": 1, "already": TWINS - 1}
        assert case.wrong(one) == []


def test_a_hung_writer_that_wakes_is_fenced(case: Case, monkeypatch, rows: Path, tmp_path: Path) -> None:
    """A load that slept over its staged files while a newer one came changes nothing, then or when it is repeated."""
    interrupt(monkeypatch, lambda: case.newer.load(case.newer.write(tmp_path / "newer")))
    for _ in range(2):
        with pytest.raises(SupersededError):
            case.load.load(rows)
        assert case.wrong_since(case.newer) == []


def test_a_twin_in_the_middle_is_found(case: Case, monkeypatch, rows: Path) -> None:
    """A twin that commits between staging and commit has done the work."""
    interrupt(monkeypatch, lambda: load(case.load, rows))
    assert load(case.load, rows) == "already"
    assert case.wrong(case.load) == []


def test_a_lost_answer_is_found_out(case: Case, wire: Callable[[str], Wire], rows: Path) -> None:
    """Where the server has committed and the client never heard, the load finds its receipt."""
    lossy = wire("lose answer")
    assert load(case.load, rows) == "loaded"
    assert (lossy.lost, load(case.load, rows)) == (1, "already")
    assert case.wrong(case.load) == []


def test_a_lost_commit_is_found_out(case: Case, wire: Callable[[str], Wire], rows: Path) -> None:
    """Where the server never heard of the commit, nothing has happened, and the next run does the work."""
    wire("lose commit")
    with pytest.raises(TransientError, match="nothing was committed"):
        case.load.load(rows)
    assert case.wrong(case.load) != []
    assert load(case.load, rows) == "loaded"
    assert case.wrong(case.load) == []


def test_a_kill_at_any_call_costs_nothing(case: Case, clone, catalog_env: dict[str, str], rows: Path) -> None:
    """Whatever call the load dies at, one more run leaves each row once and every snapshot readable."""
    names, wrong = kill_everywhere(load, case.load, rows, clone, environ=catalog_env, judge=case.wrong)
    assert wrong == {}
    assert names.count("do_commit") == 1
    assert set(names) == {"open", "read", "create", "close", "change", "do_commit"}


def test_the_naive_writer_fails_in_every_mode(case: Case, rows: Path) -> None:
    """Appended, and appended again after a failure, rows are there twice: the harness can tell."""
    append(case.load, rows)
    append(case.load, rows)
    assert any("too many" in line for line in case.wrong(case.load))
