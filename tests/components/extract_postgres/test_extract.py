"""Which tables are copied, whole or in part, and how wrong requests are refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from components.extract_postgres import copy as copying
from components.extract_postgres import extract as work
from components.extract_postgres.extract import Request, extract
from components.shell.datasets import MANIFEST, read_manifest
from components.shell.errors import ConfigurationError, ContractError, TransientError
from tests.components.extract_postgres.conftest import places, read, whole

Sql = Callable[..., None]


@pytest.fixture
def shop(sql: Sql) -> None:
    """Three tables, one empty, one in another schema."""
    sql("CREATE TABLE users (id int, name text)")
    sql("INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 1000) i")
    sql("CREATE TABLE flags (id uuid, reason varchar(20), weight numeric(5,2))")
    sql("CREATE SCHEMA audit")
    sql('CREATE TABLE audit."Odd; Name" ("select" int, "a ""quoted"" one" text, gone int)')
    sql('ALTER TABLE audit."Odd; Name" DROP COLUMN gone')
    sql("""INSERT INTO audit."Odd; Name" VALUES (1, ''), (2, NULL)""")


@pytest.mark.usefixtures("shop")
def test_tables_become_datasets_under_one_manifest(database_url: str, tmp_path: Path) -> None:
    """Every table is a complete dataset, and the manifest over all of them lists every file."""
    summary = extract(database_url, whole("users", "flags", "audit.Odd; Name"), places(tmp_path))
    assert read(tmp_path / "users").num_rows == 1000
    assert read(tmp_path / "audit.Odd; Name").to_pydict() == {"select": [1, 2], 'a "quoted" one': ["", None]}
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (1002, 1002, 0)
    assert summary.details["tables"]["users"]["rows"] == 1000
    names = [file.name for file in read_manifest(tmp_path).files]
    assert names == ["users/part-00000.parquet", "flags/part-00000.parquet", "audit.Odd; Name/part-00000.parquet"]
    tables = json.loads((tmp_path / "_manifest.json").read_text())["tables"]
    assert [(table["name"], table["rows"]) for table in tables] == [
        ("users", 1000),
        ("flags", 0),
        ("audit.Odd; Name", 2),
    ]


@pytest.mark.usefixtures("shop")
def test_an_empty_table_keeps_its_types(database_url: str, tmp_path: Path) -> None:
    """A table with zero rows becomes one empty file with its schema."""
    extract(database_url, whole("flags"), places(tmp_path))
    schema = read(tmp_path / "flags").schema
    assert [str(field.type) for field in schema] == ["extension<arrow.uuid>", "string", "decimal128(5, 2)"]
    assert schema.field("weight").metadata[b"postgres.type"] == b"numeric(5,2)"


def test_a_caption_of_ten_megabytes_survives(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """One value may be far larger than what is decoded at once."""
    sql("CREATE TABLE images (id int, caption text)")
    sql("INSERT INTO images SELECT i, repeat(chr(127835) || chr(10), i) FROM generate_series(1, 5) i")
    sql("UPDATE images SET caption = repeat(chr(127835) || chr(10), 2000000) WHERE id = 3")
    extract(database_url, whole("images"), places(tmp_path))
    captions = {row["id"]: row["caption"] for row in read(tmp_path / "images").to_pylist()}
    assert captions == {number: "🍛\n" * (2_000_000 if number == 3 else number) for number in range(1, 6)}


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_table_cut_into_parts_is_whole(
    workers: int, sql: Sql, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many workers share a table, every row comes once and in the order it lies in."""
    monkeypatch.setattr(work, "_LEAST_BLOCKS", 7)
    sql("CREATE TABLE images (id int, filler text)")
    sql("INSERT INTO images SELECT i, repeat('x', i % 500) FROM generate_series(1, 20000) i")
    sql("DELETE FROM images WHERE id % 3 = 0")
    extract(database_url, whole("images", workers=workers), places(tmp_path))
    assert read(tmp_path / "images").column("id").to_pylist() == _ids(database_url)
    assert (len(read_manifest(tmp_path / "images").files) > 1) == (workers > 1)


def _ids(url: str) -> list[int]:
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM images ORDER BY ctid")
        found = [row[0] for row in cursor.fetchall()]
    connection.close()
    return found


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
@pytest.mark.usefixtures("shop")
def test_views_are_copied(kind: str, sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A view is copied like a table."""
    sql(f"CREATE {kind} known AS SELECT id * 2 AS twice FROM users ORDER BY id LIMIT 3")
    extract(database_url, whole("known"), places(tmp_path))
    assert read(tmp_path / "known").to_pydict() == {"twice": [2, 4, 6]}


def test_a_partitioned_table_is_copied_whole(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """The rows of all partitions come under the name of the table."""
    sql("CREATE TABLE events (id int, day date) PARTITION BY RANGE (day)")
    sql("CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
    sql("CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')")
    sql("INSERT INTO events VALUES (1, '2026-01-31'), (2, '2026-02-01')")
    extract(database_url, whole("events"), places(tmp_path))
    assert sorted(read(tmp_path / "events").column("id").to_pylist()) == [1, 2]


BOUNDED = [
    whole("images", column="at", since="2026-01-02T00:00:00Z", until="2026-01-04T01:00:00+01:00"),
    whole("images", column="local", since="2026-01-02T00:00:00Z", until="2026-01-04T01:00:00+01:00"),
    whole("images", column="day", since="2026-01-02", until="2026-01-04T00:00:00Z"),
    whole("images", column="id", since="2", until="4"),
    whole("images", column="large", since="2", until="4"),
    whole("images", column="weight", since="1.5", until="3.5"),
]


@pytest.mark.parametrize("request_", BOUNDED, ids=lambda request: request.column)
def test_bounds_are_half_open(request_: Request, sql: Sql, database_url: str, tmp_path: Path) -> None:
    """An incremental extract takes its first bound in and leaves its last one out, and rows of null with it."""
    sql("CREATE TABLE images (id int, large bigint, weight numeric, at timestamptz, local timestamp, day date)")
    for day in range(1, 6):
        at = datetime(2026, 1, day, tzinfo=UTC)
        sql("INSERT INTO images VALUES (%s, %s, %s, %s, %s, %s)", day, day, day, at, at.replace(tzinfo=None), at.date())
    sql("INSERT INTO images DEFAULT VALUES")
    extract(database_url, request_, places(tmp_path))
    assert read(tmp_path / "images").column("id").to_pylist() == [2, 3]


@pytest.mark.usefixtures("shop")
def test_one_bound_is_enough(database_url: str, tmp_path: Path) -> None:
    """A bound that is not given does not bound, and none at all copies everything."""
    counts = []
    for since, until in (("991", ""), ("", "11"), ("", "")):
        extract(database_url, whole("users", column="id", since=since, until=until), places(tmp_path))
        counts.append(read(tmp_path / "users").num_rows)
    assert counts == [10, 10, 1000]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"tables": {}}, "no table is asked for"),
    ({"tables": {"users": ["id"], "users?": ["id int"]}}, "users is malformed: it is there twice"),
    ({"tables": {"users": ["id"], "public.users": ["id"]}}, "users is named twice"),
    (
        {"tables": {"user": ["id"], "flgs": ["id"]}},
        r"no table public\.user; did you mean users\?, and no public\.flgs; did",
    ),
    ({"tables": {"Odd; Name": ["select"]}}, r"did you mean audit\.Odd; Name\?"),
    ({"tables": {"users": ["id"]}, "schema": "audit"}, r"no table audit\.users; did you mean public\.users\?"),
    ({"tables": {"../users": ["id"]}}, "is no table name"),
    ({"tables": {3: ["id"]}}, "3 is no table name"),
    ({"tables": {"users": ["id"]}, "column": "nam"}, r"no column 'nam'; did you mean name\?"),
    ({"tables": {"users": ["id"]}, "column": "name"}, "type text, which has no bounds"),
    ({"tables": {"users": ["id"]}, "column": "id", "since": "one"}, "since 'one' is no int4"),
    ({"tables": {"users": ["id"]}, "column": "id", "since": "3", "until": "2"}, "lies after"),
    ({"tables": {"users": ["id"]}, "since": "3"}, "need a column"),
    ({"tables": {"users": ["id"]}, "workers": 0}, "workers is 0"),
    ({"tables": {"hollow": ["id"]}}, "has no columns"),
    ({"tables": {"users": ["id"]}, "unfit": {"*": "ignore"}}, r"unfit of \* is 'ignore'"),
    ({"tables": {"users": ["id"]}, "unfit": {"users.name": "null"}}, r"no column users\.name is copied"),
]


@pytest.mark.parametrize(("request_", "message"), REFUSED)
@pytest.mark.usefixtures("shop")
def test_wrong_requests_are_refused(
    request_: dict[str, Any], message: str, sql: Sql, database_url: str, tmp_path: Path
) -> None:
    """A request that makes no sense is refused with what is wrong with it, and nothing is sealed."""
    sql("CREATE TABLE hollow ()")
    with pytest.raises(ConfigurationError, match=message):
        extract(database_url, Request(**request_), places(tmp_path))
    assert not list(tmp_path.rglob("_manifest.json"))


@pytest.mark.usefixtures("shop")
def test_a_missing_right_is_named(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A role that may not read one of the tables is told which."""
    sql("DROP ROLE IF EXISTS reader_of_some")
    sql("CREATE ROLE reader_of_some LOGIN")
    sql("GRANT SELECT ON users TO reader_of_some")
    url = database_url.replace("postgres@", "reader_of_some@")
    try:
        extract(url, whole("users"), places(tmp_path))
        with pytest.raises(ConfigurationError, match="no right to read table flags"):
            extract(url, whole("users", "flags"), places(tmp_path))
        with pytest.raises(ConfigurationError, match="no right to read table audit"):
            extract(url, whole("audit.Odd; Name"), places(tmp_path))
    finally:
        sql("DROP OWNED BY reader_of_some")
        sql("DROP ROLE reader_of_some")


@pytest.mark.usefixtures("shop")
def test_rows_are_never_filtered_in_silence(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """Where row security would hide rows from the role, the extract says so instead of leaving them out."""
    sql("DROP ROLE IF EXISTS reader_of_few")
    sql("CREATE ROLE reader_of_few LOGIN")
    sql("GRANT SELECT ON users TO reader_of_few")
    sql("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
    try:
        with pytest.raises(ConfigurationError, match="row-level security"):
            extract(database_url.replace("postgres@", "reader_of_few@"), whole("users"), places(tmp_path))
    finally:
        sql("DROP OWNED BY reader_of_few")
        sql("DROP ROLE reader_of_few")


@pytest.mark.usefixtures("shop")
def test_odd_defaults_of_the_role_change_nothing(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """Date style, interval style, time zone and time limits of a database do not reach the data."""
    name = urlsplit(database_url).path.strip("/")
    for setting in (
        "datestyle = 'SQL, DMY'",
        "intervalstyle = 'sql_standard'",
        "timezone = 'Asia/Kolkata'",
        "statement_timeout = '1s'",
    ):
        sql(f"ALTER DATABASE {name} SET {setting}")
    sql("CREATE TABLE odd AS SELECT interval '1 day' AS span, tstzrange('2026-01-01 00:00Z', NULL) AS range")
    extract(database_url, whole("odd"), places(tmp_path))
    assert read(tmp_path / "odd").to_pylist() == [{"span": "P1D", "range": '["2026-01-01 00:00:00+00",)'}]


def test_a_broken_value_of_a_view_is_a_matter_of_data(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A view that divides by zero breaks the data contract; nobody needs to correct a parameter."""
    sql("CREATE VIEW odd AS SELECT 1 / (i - 2) AS part FROM generate_series(1, 3) i")
    with pytest.raises(ContractError, match=r"table odd: .*division by zero"):
        extract(database_url, whole("odd"), places(tmp_path))


@pytest.mark.usefixtures("shop")
def test_a_second_extract_replaces_the_first(
    sql: Sql, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of an earlier extract into the same directory do not outlive it."""
    monkeypatch.setattr(work, "_LEAST_BLOCKS", 1)
    extract(database_url, whole("users"), places(tmp_path))
    assert len(list((tmp_path / "users").glob("part-*"))) > 1
    sql("TRUNCATE users")
    extract(database_url, whole("users"), places(tmp_path))
    assert [path.name for path in (tmp_path / "users").glob("part-*")] == ["part-00000.parquet"]
    assert read(tmp_path / "users").num_rows == 0


@pytest.mark.usefixtures("shop")
def test_a_second_extract_that_fails_leaves_no_manifest(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one over all tables goes before anything else: it would list files that are no longer there."""
    extract(database_url, whole("users"), places(tmp_path))
    assert (tmp_path / MANIFEST).is_file()

    def fail(*_: object) -> None:
        raise TransientError("lost")

    monkeypatch.setattr(work, "copy", fail)
    with pytest.raises(TransientError):
        extract(database_url, whole("users"), places(tmp_path))
    assert not (tmp_path / MANIFEST).exists()
    assert not (tmp_path / "users" / MANIFEST).exists()


@pytest.mark.parametrize("at_once", [1, 30, 1 << 20])
def test_rows_that_end_in_null_are_no_end(
    sql: Sql, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """A null's length is all ones, as is the stream's trailer; a batch may end with either."""
    sql("CREATE TABLE ends AS SELECT x AS id, NULL::text AS note FROM generate_series(1, 7) x")
    monkeypatch.setattr(copying, "_DECODED_AT_ONCE", at_once)
    extract(database_url, whole("ends"), places(tmp_path))
    assert read(tmp_path / "ends").to_pylist() == [{"id": number, "note": None} for number in range(1, 8)]


@pytest.mark.parametrize("change", [lambda rows: rows[1:], lambda rows: [*rows, rows[-1]]])
def test_the_server_s_own_count_is_held_to(
    sql: Sql, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    """A row that is lost or doubled on the way here is no smaller or larger table."""
    sql("CREATE TABLE counted AS SELECT x AS id FROM generate_series(1, 7) x")
    original = copying.decode
    monkeypatch.setattr(copying, "decode", lambda rows, *more: original(_changed(rows, change), *more))
    with pytest.raises(ContractError, match=r"table counted cannot be read: the server sent 7 rows and [68] came"):
        extract(database_url, whole("counted"), places(tmp_path))


def _changed(rows: list[bytes], change: Any) -> list[bytes]:
    """The very list, with other rows in it."""
    rows[:] = change(rows)
    return rows


@pytest.mark.usefixtures("shop")
def test_progress_counts_the_parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that Argo names holds how many parts are done."""
    monkeypatch.setenv("ARGO_PROGRESS_FILE", str(tmp_path / "progress"))
    extract(database_url, whole("users", "flags"), places(tmp_path / "raw"))
    assert (tmp_path / "progress").read_text() == "2/2\n"


@pytest.mark.usefixtures("shop")
def test_no_connection_is_left_behind(database_url: str, tmp_path: Path) -> None:
    """After success and failure alike the server has no session of the extract."""
    extract(database_url, whole("users"), places(tmp_path))
    with pytest.raises(ConfigurationError):
        extract(database_url, whole("users", "nobody"), places(tmp_path))
    connection = psycopg2.connect(database_url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stockpot'")
        assert cursor.fetchone() == (0,)
    connection.close()


@pytest.mark.usefixtures("shop")
def test_only_the_columns_that_are_asked_for_are_read(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """Columns come in the order they are listed in; one that bounds the rows need not be among them."""
    sql("ALTER TABLE users ADD COLUMN born date DEFAULT 'infinity', ADD COLUMN town text DEFAULT 'x'")
    request = Request({"users": ["town", "name personal"]}, column="id", until="3")
    summary = extract(database_url, request, places(tmp_path))
    assert read(tmp_path / "users").to_pylist() == [{"town": "x", "name": f"user {number}"} for number in (1, 2)]
    assert (summary.rows_in, summary.rows_rejected) == (2, 0)
