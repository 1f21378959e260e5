"""Databases in any encoding: texts and names come out right, or not at all."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from components.connect.postgres import session
from components.extract_postgres.copy import _SINGLE_BYTES
from components.extract_postgres.extract import Request, extract
from components.iceberg.catalog import open_catalog
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.odd.columns import ENCODINGS, Encoding


def run(url: str, *statements: str | bytes) -> None:
    """Run statements, bytes as they are, on a connection of their own that speaks UTF-8."""
    connection = psycopg2.connect(url, client_encoding="UTF8")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@pytest.fixture
def url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """A database in the encoding that the test is given."""
    name = f"encoded_{uuid.uuid4().hex[:8]}"
    admin = postgres_server.format(name="postgres")
    run(admin, f"CREATE DATABASE {name} ENCODING '{request.param}' TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc")
    yield postgres_server.format(name=name)
    run(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(("url", "case"), [(case.name, case) for case in ENCODINGS], indirect=["url"])
def test_texts_and_names_come_out_right(url: str, case: Encoding, tmp_path: Path) -> None:
    """Tables, columns, enums, texts and composites are found by their names and say what they said."""
    word = case.word
    run(
        url,
        f"CREATE TYPE \"{word}!\" AS ENUM ('{word}')",
        f'CREATE TYPE pair AS ("{word}" text)',
        f'CREATE TABLE "{word}" ("{word}" text, list text[], chosen "{word}!", pair pair)',
        f"""INSERT INTO "{word}" VALUES ('{word}', ARRAY['{word}', NULL], '{word}', ROW('{word}'))""",
        f'INSERT INTO "{word}" DEFAULT VALUES',
        f'CREATE TABLE "{word}, that nobody asked for" (id int)',
    )
    extract(url, whole(word), places(tmp_path))
    rows = read(tmp_path / word)
    printed = f'("{word}")' if " " in word else f"({word})"
    assert rows.to_pylist() == [
        {word: word, "list": [word, None], "chosen": word, "pair": printed},
        dict.fromkeys((word, "list", "chosen", "pair")),
    ]
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(f'SELECT "{word}" FROM "{word}" WHERE "{word}" = %s', (word,))
        assert cursor.fetchall() == [(word,)]
    with pytest.raises(ConfigurationError, match=f"did you mean {word}"):
        extract(url, whole(f"{word}s"), places(tmp_path))


@pytest.mark.parametrize("url", ["SQL_ASCII"], indirect=True)
def test_bytes_that_are_no_utf8(url: str, tmp_path: Path) -> None:
    """Without an encoding, rows with texts that are no UTF-8 leave with a reason; such names are in nobody's way."""
    run(
        url,
        "SET client_encoding TO 'SQL_ASCII'",
        b'CREATE TABLE "caf\xe9" (id int)',
        b'CREATE TABLE odd (id int, words text, list text[], "caf\xe9" int)',
        b"INSERT INTO odd VALUES (1, 'caf\xc3\xa9'), (2, 'caf\xe9'), (4, 'x')",
        b"INSERT INTO odd VALUES (3, NULL, ARRAY['x', '\xff'])",
    )
    columns = {"odd": ["id", "words", "list"]}
    summary = extract(url, Request(columns), places(tmp_path))
    assert read(tmp_path / "odd").select(["id", "words"]).to_pydict() == {"id": [1, 4], "words": ["café", "x"]}
    assert summary.details["rejected"] == {"odd.list": 1, "odd.words": 1}
    assert {row["reason"] for row in read(tmp_path / "_rejected").to_pylist()} == {"is no UTF-8"}
    extract(url, Request(columns, unfit={"odd.words": "null"}), places(tmp_path))
    assert read(tmp_path / "odd").select(["id", "words"]).to_pydict() == {"id": [1, 2, 4], "words": ["café", None, "x"]}
    with pytest.raises(ConfigurationError, match=r"column 'caf\\udce9' of table odd has a name that is no UTF-8"):
        extract(url, whole("odd"), places(tmp_path))


@pytest.mark.parametrize("url", ["WIN1252"], indirect=True)
def test_a_byte_that_the_encoding_does_not_define(url: str, tmp_path: Path) -> None:
    """One such byte, which nobody can translate, costs one row; all other texts and names are right, in all tables."""
    run(url, 'CREATE TABLE "Œuf" ("3 €" text, id int)', "CREATE TABLE other AS SELECT '€'::text AS price")
    run(url, "SET client_encoding TO 'WIN1252'", b"INSERT INTO \"\x8cuf\" VALUES ('\x80', 1), ('\x81', 2), (NULL, 3)")
    summary = extract(url, whole("Œuf", "other", workers=1), places(tmp_path))
    assert read(tmp_path / "Œuf").to_pydict() == {"3 €": ["€", None], "id": [1, 3]}
    assert read(tmp_path / "other").to_pydict() == {"price": ["€"]}
    assert summary.details["rejected"] == {"Œuf.3 €": 1}
    assert read(tmp_path / "_rejected").to_pylist()[0]["row"] == '{"3 €": null, "id": 2}'


def test_python_reads_single_bytes_as_postgres_does(postgres_server: str) -> None:
    """Of every encoding that is ever decoded here, each byte is the same letter, or none, to both."""
    connection = psycopg2.connect(postgres_server.format(name="postgres"), client_encoding="UTF8")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_encoding_to_char(i) FROM generate_series(0, 34) i")
        known = {name for (name,) in cursor.fetchall()} & set(_SINGLE_BYTES)
        assert len(known) > 20
        differing = [(name, byte) for name in known for byte in range(1, 256) if not _same(cursor, name, bytes([byte]))]
    connection.close()
    assert differing == []


def _same(cursor: Any, name: str, byte: bytes) -> bool:
    try:
        ours = byte.decode(_SINGLE_BYTES[name])
    except UnicodeDecodeError:
        ours = None
    try:
        cursor.execute("SELECT convert_from(%s, %s)", (byte, name))
        return cursor.fetchone() == (ours,)
    except psycopg2.DataError:
        return ours is None


@pytest.mark.parametrize("url", ["SQL_ASCII"], indirect=True)
def test_a_catalog_without_an_encoding(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Iceberg catalog speaks UTF-8 with any database."""
    monkeypatch.setenv(f"{CATALOG_PREFIX}URI", url.replace("postgresql:", "postgresql+psycopg2:"))
    monkeypatch.setenv(f"{CATALOG_PREFIX}WAREHOUSE", "s3://nowhere/warehouse")
    open_catalog(create=True).create_namespace("crème")
    assert open_catalog().list_namespaces() == [("crème",)]
