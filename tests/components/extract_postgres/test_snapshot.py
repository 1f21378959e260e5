"""All tables and workers see the same instant, whatever is written meanwhile."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow.compute as pc
import pytest

from components.extract_postgres import extract as work
from components.extract_postgres.extract import extract
from components.shell.errors import TransientError
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.waiting import wait_for

ACCOUNTS = ("cash", "bank", "stocks", "bonds", "gold")
EACH, ROWS = 1_000, 400
ROUNDS = 6


@pytest.fixture
def accounts(sql: Callable[..., None]) -> None:
    """Five tables that hold the same total for ever, wherever the amounts are."""
    for name in ACCOUNTS:
        sql(f"CREATE TABLE {name} (id int PRIMARY KEY, amount bigint NOT NULL)")
        sql(f"INSERT INTO {name} SELECT i, {EACH} FROM generate_series(1, {ROWS}) i")


@contextmanager
def moving(url: str) -> Iterator[None]:
    """A writer that moves amounts between random tables, in one transaction each, until the end."""
    stop = threading.Event()

    def write() -> None:
        connection = psycopg2.connect(url)
        chance = random.Random(5)
        while not stop.is_set():
            source, target = chance.sample(ACCOUNTS, 2)
            amount, row = chance.randint(1, 500), chance.randint(1, ROWS)
            with connection, connection.cursor() as cursor:
                cursor.execute(f"UPDATE {source} SET amount = amount - %s WHERE id = %s", (amount, row))
                cursor.execute(f"UPDATE {target} SET amount = amount + %s WHERE id = %s", (amount, row))
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def naive(url: str, directory: Path) -> None:
    """What is easily written instead: one extract per table, each in a transaction of its own."""
    for name in ACCOUNTS:
        extract(url, whole(name), places(directory))


def consistent(url: str, directory: Path) -> None:
    """The extract under test."""
    extract(url, whole(*ACCOUNTS, workers=3), places(directory))


def totals(copy: Callable[[str, Path], None], url: str, directory: Path) -> set[int]:
    """The totals that `copy` finds over several rounds while amounts are moved."""
    found = set()
    with moving(url):
        for _ in range(ROUNDS):
            copy(url, directory)
            found.add(sum(pc.sum(read(directory / name).column("amount")).as_py() for name in ACCOUNTS))
    return found


def extract_behind(other: "psycopg2.extensions.connection", database_url: str, directory: Path) -> None:
    """Extract `gold` while `other` changes it: the extract waits until that commits."""
    runner = threading.Thread(target=extract, args=(database_url, whole("gold"), places(directory)))
    runner.start()
    runner.join(1.0)
    assert runner.is_alive()
    other.commit()
    runner.join(30)
    other.close()


@pytest.mark.usefixtures("accounts")
def test_the_sum_holds_while_amounts_move(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The total over five tables, each cut into parts for three workers, is the true one every time."""
    monkeypatch.setattr(work, "_LEAST_BLOCKS", 1)
    assert totals(consistent, database_url, tmp_path) == {EACH * ROWS * len(ACCOUNTS)}


@pytest.mark.usefixtures("accounts")
def test_the_sum_does_not_hold_without_a_shared_snapshot(database_url: str, tmp_path: Path) -> None:
    """The same harness goes red on a transaction per table, so it would notice."""
    assert totals(naive, database_url, tmp_path) != {EACH * ROWS * len(ACCOUNTS)}


@pytest.mark.usefixtures("accounts")
def test_a_table_that_is_being_rewritten_is_waited_for(
    sql: Callable[..., None], database_url: str, tmp_path: Path
) -> None:
    """An extract that meets a TRUNCATE under way sees the table after it, never an empty one that was not."""
    other = psycopg2.connect(database_url)
    with other.cursor() as cursor:
        cursor.execute("TRUNCATE gold")
        cursor.execute("INSERT INTO gold VALUES (1, 7)")
    extract_behind(other, database_url, tmp_path)
    assert read(tmp_path / "gold").to_pylist() == [{"id": 1, "amount": 7}]


@pytest.mark.usefixtures("accounts")
def test_a_table_that_stays_locked_is_a_matter_of_time(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the lock is not to be had, the extract gives up as transient."""
    monkeypatch.setattr("components.connect.postgres._LOCK_SECONDS", 0.2)
    other = psycopg2.connect(database_url)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE gold IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(TransientError, match="lock timeout"):
        extract(database_url, whole("gold"), places(tmp_path))
    other.close()


@pytest.mark.usefixtures("accounts")
def test_a_change_that_waits_for_us_is_not_waited_for(
    sql: Callable[..., None], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ALTER that comes meanwhile waits for the first connection, so no other may queue up behind it."""
    monkeypatch.setattr("components.connect.postgres._LOCK_SECONDS", 2)
    monkeypatch.setattr(work, "_LEAST_BLOCKS", 1)
    change = threading.Thread(target=sql, args=("ALTER TABLE gold ADD COLUMN more int",))
    take = work.take

    def take_and_change(*asked: Any) -> Any:
        snapshot = take(*asked)
        change.start()
        wait_for(lambda: _is_waiting(database_url))
        return snapshot

    monkeypatch.setattr(work, "take", take_and_change)
    extract(database_url, whole(*ACCOUNTS, workers=3), places(tmp_path))
    change.join(30)
    assert read(tmp_path / "gold").column_names == ["id", "amount"]
    assert sum(read(tmp_path / name).num_rows for name in ACCOUNTS) == ROWS * len(ACCOUNTS)


def _is_waiting(url: str) -> bool:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchall() != [(0,)]


@pytest.mark.parametrize(
    "changes",
    [
        "ALTER TABLE gold RENAME TO old; ALTER TABLE new RENAME TO gold",
        "DROP TABLE gold; ALTER TABLE new RENAME TO gold",
        "DROP TABLE gold; CREATE VIEW gold AS SELECT * FROM new",
    ],
)
@pytest.mark.usefixtures("accounts")
def test_a_table_that_is_being_replaced_is_waited_for(
    sql: Callable[..., None], database_url: str, tmp_path: Path, changes: str
) -> None:
    """An extract that meets another table on its way to the name sees that one, in that one's types."""
    sql("CREATE TABLE new (id int, amount real)")
    sql("INSERT INTO new VALUES (1, 0.5)")
    other = psycopg2.connect(database_url)
    with other.cursor() as cursor:
        cursor.execute(changes)
    extract_behind(other, database_url, tmp_path)
    assert read(tmp_path / "gold").to_pylist() == [{"id": 1, "amount": 0.5}]
