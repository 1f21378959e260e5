"""Addresses of Postgres: whatever the password, libpq, SQLAlchemy and the catalog are told the same."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import make_url

from components.connect.postgres import connect, session
from components.iceberg.catalog import _properties
from components.shell.addresses import engine_uri, for_sqlalchemy, read
from components.shell.names import CATALOG_PREFIX as PREFIX

ODD = [
    "a#b",
    "a?b=c&d",
    "a@b",
    "a/b",
    "50%",
    "%41",
    "a:b",
    " a  b ",
    "a+b",
    "a'b\"c\\d",
    "[1]",
    "é€",
    "a&b;c,d",
    "=",
    "$x`y",
]
anything = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


def _told(uri: str) -> dict[str, str]:
    """What SQLAlchemy tells libpq for a URI."""
    _, options = PGDialect_psycopg2().create_connect_args(make_url(uri))
    return parse_dsn(make_dsn(options.pop("dsn", ""), **options))


@settings(derandomize=True)
@given(anything, anything, st.sampled_from(["h", "h1:1,h2:2", "[::1]:5", "%2Ftmp%2Fs", ""]))
def test_all_readers_are_told_the_same(password: str, name: str, hosts: str) -> None:
    """As a URI and as pairs; by way of SQLAlchemy as directly."""
    uri = f"postgresql://u:{quote(password, safe='')}@{hosts}/{quote(name, safe='')}?application_name=a%2Bb"
    said = parse_dsn(uri)
    assert (said["password"], said["dbname"]) == (password, name)
    for written in (uri, make_dsn(**said), uri.replace("://", "+psycopg2://", 1)):
        found = read(written)
        assert found is not None
        assert found.parameters == said
        assert parse_dsn(found.uri()) == said
        assert _told(engine_uri(found.parameters)) == said
        assert _told(for_sqlalchemy(written)) == said
        assert password not in repr(found) or password in "Address()"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("host=db port=5 dbname=d password='hid den'", "db:5/d"),
        ("host=a,b port=5 dbname=d", "a:5,b:5/d"),
        ("host=/tmp dbname=d", "unix socket/d"),
        ("host=::1 dbname=d", "[::1]/d"),
        ("dbname=d", "unix socket/d"),
    ],
)
def test_host_and_database_are_shown(written: str, shown: str) -> None:
    """Nothing else is."""
    found = read(written)
    assert found is not None
    assert found.shown == shown


@pytest.fixture
def guarded(database_url: str) -> Iterator[str]:
    """The database, whose role `cook` has to give a password."""
    admin = psycopg2.connect(database_url)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("SHOW hba_file")
        ((place,),) = cursor.fetchall()
        rules = Path(place).read_text()
        Path(place).write_text(f"local all cook scram-sha-256\n{rules}")
        cursor.execute("CREATE ROLE cook LOGIN; SELECT pg_reload_conf()")
        yield database_url
        Path(place).write_text(rules)
        cursor.execute("SELECT pg_reload_conf(); DROP ROLE cook")
    admin.close()


def test_the_catalog_has_the_password_that_libpq_has(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server takes each odd password from all of them, however it is written."""
    monkeypatch.setenv(f"{PREFIX}WAREHOUSE", "s3://lake/warehouse")
    owner = parse_dsn(guarded)
    with session(guarded) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_reload_conf()")
    for password in ODD:
        with session(guarded) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER ROLE cook PASSWORD {}").format(sql.Literal(password)))
        pairs = make_dsn(**{**owner, "user": "cook", "password": password})
        login = f"cook:{quote(password, safe='')}"
        for written in (guarded.replace("://postgres@", f"://{login}@"), pairs):
            connect(written).close()
            monkeypatch.setenv(f"{PREFIX}URI", for_sqlalchemy(written))
            for uri in (_properties()["uri"], for_sqlalchemy(written)):
                engine = create_engine(uri)
                with engine.connect() as opened:
                    assert opened.execute(text("SELECT current_user")).scalar() == "cook"
                engine.dispose()
    with pytest.raises(Exception, match="authentication failed"):
        connect(make_dsn(**{**owner, "user": "cook", "password": "another"}))
