"""How often a commit is tried, what is found out of one whose answer was lost, and what it hands on."""

import contextlib
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from sqlalchemy.exc import DBAPIError

from components.begin_run.migrate import migrate
from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.iceberg.commits import Outcome, Work
from components.shell.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    StepError,
    SupersededError,
    TransientError,
)
from tests.components.load_iceberg.scene import DEFINITION, EPOCH, NAME, T0, Job

RECEIPT = Job(EPOCH, T0, ()).receipt
LOST = DBAPIError("COMMIT", {}, Exception("the connection is closed"))


@pytest.fixture(autouse=True)
def pauses(catalog_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made, none of which is waited for; the table is there."""
    migrate([DEFINITION])
    found: list[float] = []
    monkeypatch.setattr(commits, "time", SimpleNamespace(sleep=found.append))
    return found


def failing(error: Exception, tries: list[Table]) -> Callable[[Table], Any]:
    """A try that fails, and says that it was made."""

    def attempt(table: Table) -> Any:
        tries.append(table)
        raise error

    return attempt


def test_a_commit_is_tried_twenty_times(pauses: list[float]) -> None:
    """With pauses that grow tenfold and no further, and its work is looked for before each try."""
    looks: list[Table] = []
    tries: list[Table] = []
    work = Work(NAME, "k", done=looks.append, attempt=failing(CommitFailedException("faster"), tries))
    with pytest.raises(TransientError, match="during 20 tries"):
        commits.commit(open_catalog(), work)
    assert (len(looks), len(tries), len(pauses)) == (20, 20, 20)
    assert all(0.02 * min(n, 10) <= pause <= 0.1 * min(n, 10) for n, pause in enumerate(pauses, start=1))


@pytest.mark.parametrize("held", [None, "the outcome"])
def test_what_became_of_a_commit_is_asked_of_the_catalog(held: str | None) -> None:
    """Over a new connection: done, or not done and worth another try."""
    answers = iter([None, held])
    work = Work(NAME, "k", done=lambda _table: next(answers), attempt=failing(LOST, []))
    if held:
        assert commits.commit(open_catalog(), work) == held
    else:
        with pytest.raises(TransientError, match="nothing was committed"):
            commits.commit(open_catalog(), work)


def test_a_commit_that_another_connection_holds_is_not_waited_for_without_end(
    database_url: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    """While the server may still commit it, nothing is claimed; each look ends after its time."""
    monkeypatch.setattr(commits, "_LOCK_SECONDS", 0.2)
    with closing(psycopg2.connect(database_url)) as other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM iceberg_tables FOR UPDATE")
        cursor.execute("SET LOCAL statement_timeout = 0")
        work = Work(NAME, "k", done=lambda _table: None, attempt=failing(LOST, []))
        with pytest.raises(OutcomeUnknownError, match="while k was committed"):
            commits.commit(open_catalog(), work)
    assert len(pauses) == len(commits._LOOKS)


def test_an_outcome_is_handed_on(tmp_path: Path) -> None:
    """The snapshot's number, and what its summary says; of one that has expired what the receipt says."""
    table = open_catalog().load_table(NAME)
    expired = commits.outcome(table, RECEIPT, already=True)
    assert expired == Outcome(RECEIPT, {**RECEIPT.properties(), "snapshot-id": "0"}, already=True)
    commits.hand_on(expired, tmp_path / "snapshot", tmp_path / "receipt")
    assert (tmp_path / "snapshot").read_text() == "0"
    assert json.loads((tmp_path / "receipt").read_text()) == expired.summary


def _taken_back(done: Callable[[Table], Any], attempt: Callable[[Table], Any]) -> list[str]:
    """What is taken back of a commit, however it ends."""
    taken: list[str] = []
    work = Work(NAME, "k", done, attempt, take_back=lambda: taken.append("files"))
    with contextlib.suppress(StepError):
        commits.commit(open_catalog(), work)
    return taken


def _answering(*answers: Any) -> Callable[[Table], Any]:
    """Looks at a table that find these, one after the other; an error is raised."""
    left = iter(answers)

    def look(_table: Table) -> Any:
        found = next(left)
        if isinstance(found, StepError):
            raise found
        return found

    return look


@pytest.mark.parametrize(
    ("looks", "error"),
    [
        (["done by a twin"], None),
        ([SupersededError("overtaken")], None),
        ([None, "done by a twin"], CommitFailedException("faster")),
        ([None, SupersededError("overtaken")], CommitFailedException("faster")),
        ([None], TransientError("the store does not answer")),
    ],
    ids=str,
)
def test_what_was_stored_is_taken_back_where_nothing_was_committed(looks: list[Any], error: Exception | None) -> None:
    """A twin or a newer run was faster, or the store failed: nobody needs the files."""
    assert _taken_back(_answering(*looks), failing(error or AssertionError("tried"), [])) == ["files"]


@pytest.mark.parametrize(
    "found", ["mine", None, SupersededError("overtaken"), ConfigurationError("another schema by now")], ids=str
)
def test_nothing_is_taken_back_once_an_answer_was_lost(found: Any) -> None:
    """Whatever the table says by then: a snapshot that others have replaced may still name the files."""
    looks = _answering(None, *[found] * len(commits._LOOKS))
    assert _taken_back(looks, failing(LOST, [])) == []


def test_what_was_stored_for_a_step_that_fails_is_taken_back() -> None:
    """The error goes on."""
    taken: list[str] = []
    with pytest.raises(TransientError), commits.taken_back(lambda: taken.append("files")):
        raise TransientError("lost", "try again")
    assert taken == ["files"]
