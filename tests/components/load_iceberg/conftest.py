"""What lies between a load and its catalog."""

from urllib.parse import parse_qs, urlsplit

import pytest

from components.iceberg import commits as committing
from components.shell.names import CATALOG_PREFIX
from tests.components.load_iceberg.proxies import Wire

URI = f"{CATALOG_PREFIX}URI"


@pytest.fixture
def wire(catalog_env, monkeypatch):
    """A function that puts a failing wire before the catalog's Postgres."""
    parts = urlsplit(catalog_env[URI])
    wires = []

    def cut(mode, *, down_after=False):
        wires.append(Wire(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432", mode, down_after=down_after))
        monkeypatch.setenv(URI, f"postgresql+psycopg2://postgres@127.0.0.1:{wires[0].port}{parts.path}?sslmode=disable")
        return wires[0]

    monkeypatch.setattr(committing, "_LOOKS", (0.0, 0.1, 0.1))
    yield cut
    for each in wires:
        each.close()
