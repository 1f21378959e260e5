"""Behind PgBouncer, which gives every transaction another session, all is as without it, and nothing stays behind."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg2
import pytest

from components.begin_run.etl_runs import reconcile_etl_runs
from components.begin_run.migrate import _alone
from components.connect.postgres import clock, reading, session
from components.end_run.record import Ended, end
from components.extract_postgres.extract import extract
from components.iceberg.catalog import open_catalog
from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import CATALOG_PREFIX
from components.shell.origin import Origin
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.pooler import missing, pooler

Sql = Callable[..., None]
ROLE = "pooled_reader"
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def pooled(database_url: str, scratch: Path, sql: Sql) -> Iterator[str]:
    """The fresh database behind a PgBouncer as it comes, with defaults of the database that would spoil an extract."""
    name = database_url.rpartition("/")[2].partition("?")[0]
    for setting in (
        "statement_timeout = '20s'",
        "datestyle = 'SQL, DMY'",
        "timezone = 'Asia/Kolkata'",
        "intervalstyle = 'sql_standard'",
    ):
        sql(f"ALTER DATABASE {name} SET {setting}")
    sql("CREATE TABLE users AS SELECT i AS id, interval '1 day' AS span FROM generate_series(1, 3) i")
    sql("CREATE TABLE flags AS TABLE users")
    with pooler(database_url, scratch / f"pooler-{name}", (ROLE,)) as url:
        yield url


def settings(url: str, connections: int) -> list[dict[str, str]]:
    """All settings of so many sessions at the same time, without what each client brings with it."""
    with ExitStack() as stack:
        found = []
        for _ in range(connections):
            connection = psycopg2.connect(url)
            stack.callback(connection.close)
            cursor = connection.cursor()
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name <> 'application_name'")
            found.append(dict(cursor.fetchall()))
        return found


def test_nothing_outlives_an_extract(pooled: str, tmp_path: Path) -> None:
    """After extracts, transactions and a failure every session of the pool is as it was before."""
    (before,) = settings(pooled, 1)
    for _ in range(3):
        extract(pooled, whole("users", "flags", workers=2), places(tmp_path))
        assert read(tmp_path / "users").to_pylist() == [{"id": number, "span": "P1D"} for number in (1, 2, 3)]
    with pytest.raises(ConfigurationError):
        extract(pooled, whole("nobody"), places(tmp_path))
    assert clock(pooled).tzinfo is not None
    assert settings(pooled, 4) == [before] * 4


def test_no_row_is_hidden_in_silence(pooled: str, sql: Sql, tmp_path: Path) -> None:
    """Row security is never on by chance: not one of a dozen extracts ends well with some of the rows."""
    sql(f"DROP ROLE IF EXISTS {ROLE}")
    sql(f"CREATE ROLE {ROLE} LOGIN")
    sql(f"GRANT SELECT ON users TO {ROLE}")
    sql("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
    sql("CREATE POLICY few ON users USING (id = 1)")
    url = pooled.replace("postgres@", f"{ROLE}@")
    try:
        for _ in range(4):
            with pytest.raises(ConfigurationError, match="row-level security"):
                extract(url, whole("users"), places(tmp_path))
            for hold in (False, True):
                # An application of the same role, on the same pool, goes on to see its rows.
                with psycopg2.connect(url) as connection, connection.cursor() as cursor:
                    cursor.execute("SELECT count(*), current_setting('row_security') FROM users")
                    assert cursor.fetchone() == (1, "on"), hold
    finally:
        sql(f"DROP OWNED BY {ROLE}")
        sql(f"DROP ROLE {ROLE}")


def test_a_small_pool_is_enough(
    database_url: str, scratch: Path, sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the pool has one session for eight workers, the one copies everything and waits for no other."""
    monkeypatch.setattr("components.extract_postgres.extract._LEAST_BLOCKS", 1)
    sql("CREATE TABLE images AS SELECT i AS id FROM generate_series(1, 5000) i")
    with pooler(database_url, scratch / "small", default_pool_size=1) as url:
        summary = extract(url, whole("images", workers=8), places(tmp_path))
        assert summary.rows_out == 5000
        # The session goes back to the pool whole.
        assert settings(url, 1)


def test_the_catalog_and_the_record_of_runs(pooled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else speaks to Postgres works behind the pooler too, again and again."""
    monkeypatch.setenv(f"{CATALOG_PREFIX}URI", pooled.replace("postgresql:", "postgresql+psycopg2:"))
    monkeypatch.setenv(f"{CATALOG_PREFIX}WAREHOUSE", "s3://nowhere/warehouse")
    open_catalog(create=True).create_namespace("kitchen")
    run = Ended("one", "cook", None, "failed", "burnt")
    for _ in range(3):
        assert open_catalog().list_namespaces() == [("kitchen",)]
        with session(pooled) as connection, connection.cursor() as cursor:
            reconcile_etl_runs(cursor)
            end(cursor, Origin("local", ""), run, None)
    with session(pooled) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT run_id, status FROM etl_runs")
        assert cursor.fetchall() == [("one", "failed")]


def test_what_the_user_puts_into_options_holds(database_url: str, sql: Sql, tmp_path: Path) -> None:
    """A role or a search path in the address is the user's own, for extracts and for transactions."""
    sql("CREATE SCHEMA app; CREATE TABLE app.users AS SELECT 7 AS id; CREATE ROLE owner_of_app")
    try:
        url = f"{database_url}&options=-c%20role%3Downer_of_app%20-c%20search_path%3Dapp"
        for opened in (session, reading):
            with opened(url) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT current_user, current_setting('search_path'), current_setting('timezone')")
                assert cursor.fetchone() == ("owner_of_app", "app", "UTC")
        with pytest.raises(ConfigurationError, match="no right to read"):
            extract(url, whole("app.users"), places(tmp_path))
    finally:
        sql("DROP ROLE owner_of_app")


def test_an_option_that_the_pooler_refuses_is_named(pooled: str) -> None:
    """PgBouncer lets no options pass by itself; the error says what to do, and trying again would not help."""
    with (
        pytest.raises(ConfigurationError, match="ignore_startup_parameters"),
        session(f"{pooled}?options=-c%20a.b%3D1"),
    ):
        pass


def test_the_lock_of_migrate_is_its_transaction_s(pooled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One migrate at a time, behind a pooler too; the lock goes with the transaction, however that ends."""
    monkeypatch.setattr("components.begin_run.migrate.runs_url", lambda: pooled)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with _alone(5):
            inside.set()
            leave.wait(120)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(120)
    for _ in range(3):
        with pytest.raises(TransientError, match="another run changes tables"), _alone(1):
            pass
    leave.set()
    holder.join(30)
    with pytest.raises(ZeroDivisionError), _alone(1):
        raise ZeroDivisionError
    with psycopg2.connect(pooled) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)
