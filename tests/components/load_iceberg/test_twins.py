"""Many processes that migrate and load the same interval at once, on a real Postgres and a real S3 store."""

import contextlib
import uuid
from collections import Counter

import psycopg2
import pytest

from components.shell.names import CATALOG_PREFIX
from tests.components.load_iceberg.crowd import create_and_append, crowd, migrate_and_load, migrate_only
from tests.components.load_iceberg.scene import EPOCH, T0, job, violations

PROCESSES, ROUNDS = 16, 20
URI, WAREHOUSE = f"{CATALOG_PREFIX}URI", f"{CATALOG_PREFIX}WAREHOUSE"


@pytest.fixture
def fresh_catalog(catalog_env, postgres_server, monkeypatch):
    """A function that opens a block with a database and a warehouse nobody has used before."""

    @contextlib.contextmanager
    def fresh():
        name = f"round_{uuid.uuid4().hex[:12]}"
        _administer(postgres_server, f"CREATE DATABASE {name}")
        address = postgres_server.format(name=name).replace("postgresql://", "postgresql+psycopg2://")
        environ = catalog_env | {URI: address, WAREHOUSE: f"{catalog_env[WAREHOUSE]}/{name}"}
        for key in (URI, WAREHOUSE):
            monkeypatch.setenv(key, environ[key])
        yield environ
        _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")

    return fresh


def _administer(server, statement):
    connection = psycopg2.connect(server.format(name="postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def test_sixteen_at_once_leave_the_rows_of_one(fresh_catalog, tmp_path):
    """In each of 20 rounds one process loads, fifteen find it done, and every row is there once."""
    work = job(EPOCH, T0, count=285)
    rows = work.write(tmp_path / "rows")
    with crowd(PROCESSES) as processes:
        for number in range(ROUNDS):
            with fresh_catalog() as environ:
                answers = Counter(processes.all_at_once(migrate_and_load, work, rows, environ))
                assert answers == {"loaded": 1, "already": PROCESSES - 1}, f"round {number}"
                assert violations(work.rows) == [], f"round {number}"


def test_the_naive_writer_fails_under_the_same_crowd(fresh_catalog, tmp_path):
    """Creating what is not there and appending breaks in the very first round: the harness can tell."""
    work = job(EPOCH, T0, count=285)
    rows = work.write(tmp_path / "rows")
    with crowd(PROCESSES) as processes, fresh_catalog() as environ:
        answers = Counter(processes.all_at_once(create_and_append, work, rows, environ))
        assert answers != {"loaded": PROCESSES} or violations(work.rows) != []
        assert answers != {"loaded": 1, "already": PROCESSES - 1}


def test_sixty_four_creators_at_once(fresh_catalog, tmp_path):
    """Of 64 processes that migrate an empty catalog at once one creates everything and the others find it there."""
    with crowd(64) as processes, fresh_catalog() as environ:
        answers = Counter(processes.all_at_once(migrate_only, job(EPOCH, T0), tmp_path, environ))
        assert answers == {"changed": 1, "nothing to do": 63}
        assert violations([]) == []
