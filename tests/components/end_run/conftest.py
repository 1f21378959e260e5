"""A database and a catalog for the ends of runs."""

import os

import psycopg2
import pytest

from components.begin_run.etl_runs import reconcile_etl_runs
from components.begin_run.migrate import migrate
from components.shell.names import CATALOG_PREFIX
from tests.components.load_iceberg.scene import DEFINITION

URI = f"{CATALOG_PREFIX}URI"


@pytest.fixture
def catalog(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database that is the catalog's, without etl_runs yet."""
    monkeypatch.setenv(URI, database_url.replace("postgresql://", "postgresql+psycopg2://"))
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    monkeypatch.setenv("STOCKPOT_GIT_COMMIT", "abc")
    return database_url


@pytest.fixture
def runs(catalog: str) -> str:
    """The same with etl_runs."""
    with psycopg2.connect(catalog) as connection, connection.cursor() as cursor:
        reconcile_etl_runs(cursor)
    connection.close()
    return catalog


@pytest.fixture
def table(catalog_env: dict[str, str]) -> str:
    """A catalog with a table and etl_runs; the address of its database."""
    migrate([DEFINITION])
    return os.environ[URI].replace("postgresql+psycopg2://", "postgresql://")
