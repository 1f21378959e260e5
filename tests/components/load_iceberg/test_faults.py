"""A load whose services fail it, or that wakes up too late."""

import socket
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from components.begin_run.migrate import migrate
from components.iceberg import commits as committing
from components.iceberg.receipts import receipts, resolve
from components.load_iceberg import load as loading
from components.read_iceberg.read import Request, read
from components.shell.datasets import MANIFEST
from components.shell.errors import OutcomeUnknownError, StepError, SupersededError, TransientError
from components.shell.names import CATALOG_PREFIX
from tests.components.load_iceberg.proxies import CUT, CUT_ANSWER, FULL, QUOTA, SKEWED, store_behind
from tests.components.load_iceberg.scene import (
    DAY,
    DEFINITION,
    EPOCH,
    NAME,
    PIPELINE,
    T0,
    append_naively,
    job,
    overwrite_naively,
    replace_naively,
    table_now,
    violations,
)
from tests.harness.waiting import wait_for

URI, ENDPOINT = f"{CATALOG_PREFIX}URI", f"{CATALOG_PREFIX}S3__ENDPOINT"
FIRST, SECOND = job(EPOCH, T0), job(T0, T0 + DAY)


@pytest.fixture(autouse=True)
def filled(catalog_env, tmp_path):
    """The table with its first interval."""
    migrate([DEFINITION])
    FIRST.load(FIRST.write(tmp_path / "first"))


@pytest.fixture
def rows(tmp_path):
    """The rows of the second interval."""
    return SECOND.write(tmp_path / "second")


def interrupt(monkeypatch, action):
    """Have `action` happen after the load has staged its files and before it commits, once."""
    original = loading.commit

    def late(*args):
        monkeypatch.setattr(loading, "commit", original)
        action()
        return original(*args)

    monkeypatch.setattr(loading, "commit", late)


def test_a_hung_writer_wakes_after_a_newer_run(monkeypatch, tmp_path):
    """A writer that hung over its staged files is fenced when a later interval has been committed meanwhile."""
    newer = job(T0, T0 + 2 * DAY)
    stale = replace(SECOND, rows=SECOND.rows[:2])
    newer.write(tmp_path / "newer")
    interrupt(monkeypatch, lambda: newer.load(tmp_path / "newer"))
    with pytest.raises(SupersededError, match="overtaken"):
        stale.load(stale.write(tmp_path / "stale"))
    assert violations([*FIRST.rows, *newer.rows]) == []


def test_a_naive_hung_writer_brings_back_stale_rows(tmp_path):
    """Without the fence the late writer replaces newer rows by its own: the harness can tell."""
    newer = replace(job(T0, T0 + 2 * DAY), rows=tuple(SECOND.rows))
    newer.load(newer.write(tmp_path / "newer"))
    overwrite_naively(replace(SECOND, rows=SECOND.rows[:2]))
    assert violations([*FIRST.rows, *newer.rows]) != []


def test_a_twin_that_commits_first_is_found(monkeypatch, rows):
    """When the twin commits between staging and commit, the load finds its work done."""
    interrupt(monkeypatch, lambda: SECOND.load(rows))
    assert SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_a_twin_that_commits_in_the_middle_is_found(monkeypatch, rows):
    """So it does when the twin slips in between its last look and the compare-and-swap."""
    original = committing.replace_files

    def late(*args):
        monkeypatch.setattr(committing, "replace_files", original)
        SECOND.load(rows)
        return original(*args)

    monkeypatch.setattr(committing, "replace_files", late)
    assert SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_a_foreign_commit_in_the_middle_costs_one_more_try(monkeypatch, rows):
    """A compaction that slips in between does not stop the load, and its result stays."""
    original = committing.replace_files

    def late(*args):
        monkeypatch.setattr(committing, "replace_files", original)
        table = table_now()
        table.overwrite(table.scan().to_arrow())
        return original(*args)

    monkeypatch.setattr(committing, "replace_files", late)
    assert not SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_a_lost_answer_is_found_out(wire, rows):
    """The server has committed and the client never heard: the load finds its receipt and is done."""
    lossy = wire("lose answer")
    assert not SECOND.load(rows).already
    assert lossy.lost == 1
    assert SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_a_lost_commit_is_found_out(wire, rows):
    """The server never heard of the commit: the load says that nothing happened, and works the next time."""
    wire("lose commit")
    with pytest.raises(TransientError, match="nothing was committed"):
        SECOND.load(rows)
    assert violations(FIRST.rows) == []
    assert not SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def meanwhile(monkeypatch, action):
    """Have `action` happen before what became of a commit is looked for, once."""
    original = committing._look

    def late(work):
        monkeypatch.setattr(committing, "_look", original)
        action()
        return original(work)

    monkeypatch.setattr(committing, "_look", late)


def test_a_lost_commit_that_was_overtaken_is_superseded(wire, rows, tmp_path, monkeypatch):
    """A newer run came in while the answer was looked for: that is known, and is not an unknown outcome."""
    newer = job(T0, T0 + 2 * DAY)
    wire("lose commit")
    meanwhile(monkeypatch, lambda: newer.load(newer.write(tmp_path / "newer")))
    with pytest.raises(SupersededError, match="overtaken"):
        SECOND.load(rows)
    assert violations([*FIRST.rows, *newer.rows]) == []


def test_a_lost_answer_that_was_overtaken_leaves_its_snapshot_whole(wire, rows, tmp_path, monkeypatch):
    """The server has committed, and another definition came in before that was looked for: no snapshot loses a file."""
    newer = job(T0, T0 + DAY, version="2")
    lossy = wire("lose answer")
    meanwhile(monkeypatch, lambda: newer.load(newer.write(tmp_path / "newer")))
    with pytest.raises(SupersededError, match="overtaken"):
        SECOND.load(rows)
    assert (lossy.lost, len(table_now().snapshots())) == (1, 3)
    assert violations([*FIRST.rows, *newer.rows]) == []


def test_a_lost_answer_that_was_rolled_back_leaves_its_snapshot_whole(wire, rows, monkeypatch):
    """The table is set back before the commit was looked for: it is to be tried again, and can be rolled forward."""
    before, lossy = table_now().current_snapshot().snapshot_id, wire("lose answer")
    meanwhile(monkeypatch, lambda: table_now().manage_snapshots().rollback_to_snapshot(before).commit())
    with pytest.raises(TransientError, match="nothing was committed"):
        SECOND.load(rows)
    assert (lossy.lost, len(table_now().snapshots())) == (1, 2)
    assert violations(FIRST.rows) == []


@pytest.fixture
def under_way(database_url, rows):
    """A commit of the second interval that the server has taken and not ended yet: the connection it is made on."""
    before = table_now().metadata_location
    SECOND.load(rows)
    after = table_now().metadata_location
    point = "UPDATE iceberg_tables SET metadata_location = %s WHERE metadata_location = %s"
    connection = psycopg2.connect(database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(point, (before, after))
    with connection.cursor() as cursor:
        cursor.execute(point, (after, before))
    yield connection
    connection.close()


def the_second_interval():
    """The work whose answer was lost, as a load asks for its outcome."""
    return committing.Work(
        NAME, "k", done=lambda table: resolve(receipts(table, PIPELINE), SECOND.receipt), attempt=None
    )


def test_a_commit_under_way_is_waited_for(under_way, database_url):
    """As long as the server may still commit, it is neither done nor undone; then it is done."""
    found = []
    asking = threading.Thread(target=lambda: found.append(committing._look(the_second_interval())))
    asking.start()
    with closing(psycopg2.connect(database_url)) as other, other.cursor() as cursor:
        other.autocommit = True

        def waits():
            assert asking.is_alive(), "nobody waited"
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            return cursor.fetchone()

        wait_for(waits)
    under_way.commit()
    asking.join(30)
    assert [one.run_key for one in found] == [SECOND.receipt.run_key]


def test_a_commit_under_way_is_not_waited_for_without_end(under_way, monkeypatch):
    """A session that hangs on the server's side holds nobody up for ever."""
    monkeypatch.setattr(committing, "_LOCK_SECONDS", 0.2)
    with pytest.raises(TransientError, match="lock timeout"):
        committing._look(the_second_interval())


@pytest.mark.parametrize("mode", ["lose answer", "lose commit"])
def test_an_unknown_outcome_is_said_to_be_unknown(wire, rows, catalog_env, monkeypatch, mode):
    """When the catalog stays away, the load claims nothing and removes nothing; the next run settles it."""
    wire(mode, down_after=True)
    with pytest.raises(OutcomeUnknownError, match="finds out by itself"):
        SECOND.load(rows)
    monkeypatch.setenv(URI, catalog_env[URI])
    assert SECOND.load(rows).already == (mode == "lose answer")
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_the_naive_writer_doubles_rows_after_a_lost_answer(wire, rows):
    """Who takes a lost answer for a failure and appends again has every row twice: the harness can tell."""
    lossy = wire("lose answer")
    with pytest.raises(Exception, match="connection"):
        append_naively(SECOND)
    assert lossy.lost == 1
    append_naively(SECOND)
    assert violations([*FIRST.rows, *SECOND.rows]) != []


# Where the request goes, what becomes of it, and the exit code that follows.
FAULTS = {
    "503 on data": ("/data/", 503, 75),
    "503 on metadata": ("/metadata/", 503, 75),
    "403 on data": ("/data/", 403, 11),
    "403 on metadata": ("/metadata/", 403, 11),
    "no bucket": ("/data/", 404, 11),
    "cut in data": ("/data/", CUT, 75),
    "cut in metadata": ("/metadata/", CUT, 75),
    "cut in the table's metadata": (".metadata.json", CUT, 75),
    "full": ("/data/", 507, 75),
    "a full MinIO": ("/data/", FULL, 75),
    "a quota": ("/metadata/", QUOTA, 75),
    "a clock that is wrong": ("/data/", SKEWED, 11),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_store_that_fails_changes_nothing(catalog_env, monkeypatch, rows, fault):
    """Each failure of the store has its exit code and leaves the table as it was; the next run does the work."""
    part, verdict, code = fault

    def rule(method: str, path: str) -> int | str | None:
        hit = method == "PUT" or (method == "POST" and verdict != CUT)
        return verdict if hit and part in path else None

    with store_behind(catalog_env[ENDPOINT], rule) as address:
        monkeypatch.setenv(ENDPOINT, address)
        with pytest.raises(StepError) as caught:
            SECOND.load(rows)
    monkeypatch.setenv(ENDPOINT, catalog_env[ENDPOINT])
    assert caught.value.exit_code == code
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert violations(FIRST.rows) == []
    assert not SECOND.load(rows).already
    assert violations([*FIRST.rows, *SECOND.rows]) == []


@pytest.mark.parametrize("part", [".metadata.json", "snap-", "-m0.avro", ".parquet"])
def test_an_answer_that_is_cut_is_never_taken_for_a_whole(catalog_env, monkeypatch, tmp_path, part):
    """Of metadata, manifests or rows half arrives: who reads them says 75, and leaves nothing that looks complete."""
    again, cut = replace(FIRST, version="2"), []
    rows = again.write(tmp_path / "again")

    def rule(method: str, path: str) -> int | str | None:
        hit = method == "GET" and part in path
        cut.extend([path] if hit else [])
        return CUT_ANSWER if hit else None

    with store_behind(catalog_env[ENDPOINT], rule) as address:
        monkeypatch.setenv(ENDPOINT, address)
        with pytest.raises(StepError) as caught:
            again.load(rows) if part != ".parquet" else read(Request(NAME), tmp_path / "read")
    monkeypatch.setenv(ENDPOINT, catalog_env[ENDPOINT])
    assert (caught.value.exit_code, bool(cut)) == (75, True)
    assert not (tmp_path / "read" / MANIFEST).exists()
    assert violations(FIRST.rows) == []


def test_who_does_not_count_takes_half_for_the_whole(catalog_env):
    """The counter-test: a reader that stops where the bytes do has less, and is none the wiser."""
    location = table_now().metadata_location
    bucket, _, key = location.removeprefix("s3://").partition("/")
    rule = lambda method, path: CUT_ANSWER if path.endswith(".metadata.json") else None  # noqa: E731 - one line beside its one use
    with store_behind(catalog_env[ENDPOINT], rule) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"GET /{bucket}/{key} HTTP/1.0\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    promised = next(line for line in head.splitlines() if line.lower().startswith(b"content-length"))
    assert 0 < len(body) < int(promised.split(b":")[1])


def test_the_naive_writer_loses_rows_when_the_store_fails(catalog_env, monkeypatch):
    """Deleting and appending in two commits leaves a hole when the store fails between them: the harness can tell."""
    with store_behind(
        catalog_env[ENDPOINT], lambda method, path: 503 if "/data/" in path and method != "GET" else None
    ) as proxy:
        monkeypatch.setenv(ENDPOINT, proxy)
        with pytest.raises(OSError, match=r"503|SLOW_DOWN|UNAVAILABLE"):
            replace_naively(replace(FIRST, version="2"))
    monkeypatch.setenv(ENDPOINT, catalog_env[ENDPOINT])
    assert violations(FIRST.rows) != []


def test_a_slow_store_only_takes_longer(catalog_env, monkeypatch, rows):
    """A store that answers late is no error."""

    def slow(_method: str, _path: str) -> None:
        time.sleep(0.05)

    with store_behind(catalog_env[ENDPOINT], slow) as address:
        monkeypatch.setenv(ENDPOINT, address)
        assert not SECOND.load(rows).already
    monkeypatch.setenv(ENDPOINT, catalog_env[ENDPOINT])
    assert violations([*FIRST.rows, *SECOND.rows]) == []


def test_a_dead_catalog_is_worth_another_try(monkeypatch, rows: Path):
    """Where nobody answers at the catalog's address, the exit code says try again, and no password is shown."""
    monkeypatch.setenv(URI, "postgresql+psycopg2://someone:hidden@127.0.0.1:1/none")
    with pytest.raises(TransientError, match="does not answer") as caught:
        SECOND.load(rows)
    assert "hidden" not in str(caught.value)
