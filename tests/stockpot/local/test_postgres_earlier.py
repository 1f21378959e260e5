"""The embedded Postgres of an earlier home, with one superuser for all: it is bounded, and nothing is lost."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from components.shell.names import DATABASE
from stockpot.local import postgres, postgres_earlier
from stockpot.local.postgres_alone import execute
from stockpot.local.postgres_programs import hand_over, placed, programs, seen_from_inside
from stockpot.local.postgres_roles import CATALOG, OWNER, READER, Passwords
from tests.harness.ports import free_port

PASSWORDS = Passwords("owner", "reader", "catalog")
CLUSTER = (
    f"CREATE ROLE {READER} LOGIN PASSWORD 'reader' IN ROLE pg_read_all_data",
    f"CREATE DATABASE {DATABASE}",
)
SOURCE = (
    "CREATE SCHEMA kitchen",
    "CREATE TYPE kitchen.taste AS ENUM ('sweet', 'sour')",
    "CREATE TABLE images (id serial PRIMARY KEY, taste kitchen.taste, made int GENERATED ALWAYS AS IDENTITY)",
    "CREATE SEQUENCE kitchen.orders",
    "CREATE VIEW kitchen.sour AS SELECT id FROM images WHERE taste = 'sour'",
    "CREATE FUNCTION kitchen.twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 2 * x'",
    "INSERT INTO images (taste) VALUES ('sour')",
    "CREATE TABLE iceberg_tables (catalog_name text, metadata_location text, PRIMARY KEY (catalog_name))",
    "CREATE TABLE iceberg_namespace_properties (catalog_name text)",
    "CREATE TABLE etl_runs (run_id text PRIMARY KEY)",
    "INSERT INTO etl_runs VALUES ('first')",
    "INSERT INTO iceberg_tables VALUES ('lake', 's3://lake/v1.metadata.json')",
)


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[Path]:
    """A server's directory as that version left it; what runs there is stopped afterwards."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    hand_over(data)
    options = [f"--username={OWNER}", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    command = [programs() / "initdb", "-D", seen_from_inside(data), *options]
    subprocess.run(command, **placed(data), capture_output=True, check=True)
    execute(data, CLUSTER)
    execute(data, SOURCE, DATABASE)
    yield tmp_path
    postgres.stop(tmp_path)


def answers(address: str, *statements: str) -> list[tuple[object, ...]]:
    """What the last of the statements gives."""
    connection = psycopg2.connect(address)
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.mark.turns(first=2)
def test_an_earlier_home_goes_on(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source and catalog are where their new owners find them, also after a kill on the way; then it is all one way."""
    port = free_port()
    with monkeypatch.context() as killed:
        killed.setattr(postgres_earlier, "hand_over", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            postgres.start(earlier, port, PASSWORDS)
    found = postgres.start(earlier, port, PASSWORDS)

    source = (
        "INSERT INTO images (taste) VALUES ('sour')",
        "ALTER TABLE images ADD COLUMN more int",
        "ALTER TYPE kitchen.taste ADD VALUE 'salty'",
        "DROP FUNCTION kitchen.twice",
        "SELECT id, nextval('kitchen.orders') FROM kitchen.sour ORDER BY id",
    )
    assert answers(found.owner, *source) == [(1, 1), (2, 2)]
    assert answers(found.reader, "SELECT count(*) FROM images") == [(2,)]
    assert answers(found.reader, "SELECT to_regclass('iceberg_tables'), to_regclass('etl_runs')") == [(None, None)]
    assert answers(found.catalog, "SELECT * FROM etl_runs") == [("first",)]
    assert answers(found.catalog, "SELECT * FROM iceberg_tables") == [("lake", "s3://lake/v1.metadata.json")]
    assert (
        answers(found.catalog, "UPDATE iceberg_tables SET metadata_location = 'v2'", "DROP TABLE iceberg_tables") == []
    )
    assert answers(found.catalog, "SELECT to_regclass('images')") == [(None,)]
    roles = "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname"
    named = (OWNER, CATALOG, READER, "postgres")
    assert answers(found.owner, roles) == [(name, name == "postgres") for name in named]

    before = postgres.running(earlier)
    assert postgres.start(earlier, port, PASSWORDS) == found
    assert postgres.running(earlier) == before
    answers(found.owner, "CREATE TABLE etl_runs (mine int)")
    (earlier / "data" / "pg_hba.conf").write_text("")
    assert answers(postgres.start(earlier, port, PASSWORDS).owner, "SELECT * FROM etl_runs") == []
