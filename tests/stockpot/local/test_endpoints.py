"""Endpoints from the environment: what is derived, and what is refused."""

from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg2.extensions import parse_dsn

from components.shell.errors import ConfigurationError
from stockpot.local.endpoints import CATALOG, WAREHOUSE, ObjectStore, combine, read

STORE = {"MINIO_ENDPOINT": "http://s3:9000", "MINIO_ACCESS_KEY": "a", "MINIO_SECRET_KEY": "b"}
CATALOG_STORE = {
    f"{CATALOG}S3__ENDPOINT": "https://other:9000",
    f"{CATALOG}S3__ACCESS_KEY_ID": "c",
    f"{CATALOG}S3__SECRET_ACCESS_KEY": "d",
}


def steps(environ: dict[str, str]) -> dict[str, str]:
    """What steps are told."""
    return dict(combine(read(environ), None, None).for_steps)


def test_the_catalog_lives_beside_the_source() -> None:
    """A catalog without address lies in the source's Postgres, and a source without one in the catalog's."""
    assert steps({"DATABASE_URL": "postgres://u:p@h/d"})[f"{CATALOG}URI"] == "postgresql+psycopg2://u:p@h/d"
    assert steps({f"{CATALOG}URI": "postgresql+psycopg2://u:p@h/d"})["DATABASE_URL"] == "postgresql://u:p@h/d"
    both = steps({"DATABASE_URL": "postgresql://h/a", f"{CATALOG}URI": "postgresql://h/b"})
    assert (both["DATABASE_URL"], both[f"{CATALOG}URI"]) == ("postgresql://h/a", "postgresql+psycopg2://h/b")


def test_one_store_serves_both() -> None:
    """Settings of the store serve the catalog and the other way round; where both are set, each keeps its own."""
    assert steps(STORE)[f"{CATALOG}S3__SECRET_ACCESS_KEY"] == "b"
    assert steps(CATALOG_STORE)["MINIO_ENDPOINT"] == "https://other:9000"
    assert steps(STORE | CATALOG_STORE)[f"{CATALOG}S3__ENDPOINT"] == "https://other:9000"
    assert steps(STORE)[f"{CATALOG}WAREHOUSE"] == WAREHOUSE
    assert steps(STORE | {f"{CATALOG}WAREHOUSE": "s3://mine/w"})[f"{CATALOG}WAREHOUSE"] == "s3://mine/w"


def test_an_empty_variable_is_not_set() -> None:
    """Blank values count as missing."""
    given = read({"DATABASE_URL": " ", "MINIO_ENDPOINT": "", "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092"})
    assert (given.postgres, given.store, given.kafka) == (None, None, "localhost:9092")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MINIO_ENDPOINT": "http://s3:9000"}, "MINIO_ACCESS_KEY, MINIO_SECRET_KEY not set, though MINIO_ENDPOINT is"),
        ({"MINIO_SECRET_KEY": "x"}, "MINIO_ENDPOINT, MINIO_ACCESS_KEY not set"),
        ({f"{CATALOG}S3__ENDPOINT": "http://s3"}, "S3__ACCESS_KEY_ID"),
        ({**STORE, "MINIO_ENDPOINT": "http://s3/bucket"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "ftp://s3"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "s3:port"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "http://[::1"}, "MINIO_ENDPOINT is no endpoint"),
        ({"DATABASE_URL": "mysql://u:hidden@h/d"}, "DATABASE_URL is no Postgres address"),
        ({"DATABASE_URL": "postgresql://u:hidden@[::1/d"}, "DATABASE_URL is no Postgres address"),
        ({f"{CATALOG}URI": "sqlite:///x"}, "URI is no Postgres address"),
        ({**STORE, "MINIO_ENDPOINT": "http://me:hidden@s3:9000"}, "MINIO_ENDPOINT holds a user or a password"),
        ({**STORE, "AWS_REGION": "eu hidden"}, "AWS_REGION is no region"),
        ({**CATALOG_STORE, f"{CATALOG}S3__REGION": "eu hidden"}, "S3__REGION is no region"),
        ({f"{CATALOG}WAREHOUSE": "s3://me:hidden@lake/w"}, "WAREHOUSE holds a user or a password"),
        ({f"{CATALOG}S3__REQUEST_TIMEOUT": "hidden"}, "S3__REQUEST_TIMEOUT is no number of seconds"),
        ({"OPENLINEAGE_URL": "http://me:hidden@marquez"}, "OPENLINEAGE_URL holds a user or a password"),
        ({"OPENLINEAGE_URL": "http://marquez:5000"}, "OPENLINEAGE_URL leads to marquez in the clear"),
        ({"STOCKPOT_PUSHGATEWAY_URL": "http://push:9091"}, "STOCKPOT_PUSHGATEWAY_URL leads to push in the clear"),
        ({"STOCKPOT_METRICS_DIR": "/hidden"}, "STOCKPOT_METRICS_DIR is no directory"),
        ({"STOCKPOT_LATE_HOURS": "hidden"}, "STOCKPOT_LATE_HOURS is no list of hours"),
        ({"SSL_CERT_FILE": "/nowhere/hidden"}, "SSL_CERT_FILE is no file"),
        ({"HTTP_PROXY": "hidden://"}, "HTTP_PROXY is no proxy"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "plaintext://me:hidden@k:1"}, "Kafka's password would be sent in the clear"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "hidden"}, "an address in KAFKA_BOOTSTRAP_SERVERS is malformed"),
        ({"DATABASE_URL": "postgresql://u:hidden@h/d?sslrootcert=ca.crt"}, "says sslrootcert=ca.crt, which is no file"),
        ({"DATABASE_URL": "postgresql://h/d", "PGSSLROOTCERT": "/hidden"}, "PGSSLROOTCERT is no file"),
    ],
)
def test_half_a_service_is_an_error(environ: dict[str, str], message: str) -> None:
    """Partial or impossible settings are one configuration error that names the variable and no secret."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        read(environ)
    assert "hidden" not in str(caught.value)


TOKEN, REGION = f"{CATALOG}S3__SESSION_TOKEN", f"{CATALOG}S3__REGION"
AMAZON = {"AWS_SESSION_TOKEN": "t", "AWS_REGION": "eu-west-1"}
EMBEDDED = ObjectStore("http://127.0.0.1:1", "own", "own")


@pytest.mark.parametrize(
    ("environ", "for_store", "for_catalog"),
    [
        (STORE | AMAZON, ("t", "eu-west-1"), ("t", "eu-west-1")),
        (STORE | {"AWS_DEFAULT_REGION": "eu-west-2"}, ("", "eu-west-2"), ("", "eu-west-2")),
        (CATALOG_STORE | {TOKEN: "c", REGION: "us-west-1"}, ("c", "us-west-1"), ("c", "us-west-1")),
        (STORE | CATALOG_STORE | AMAZON | {TOKEN: "c"}, ("t", "eu-west-1"), ("c", "eu-west-1")),
        (STORE | AMAZON | {"AWS_ACCESS_KEY_ID": "a"}, ("t", "eu-west-1"), ("t", "eu-west-1")),
        (STORE | AMAZON | {"AWS_ACCESS_KEY_ID": "another"}, ("", "eu-west-1"), ("", "eu-west-1")),
        (AMAZON | {REGION: "us-west-1"}, ("", ""), ("", "")),
    ],
)
def test_token_and_region_go_with_the_keys(
    environ: dict[str, str], for_store: tuple[str, str], for_catalog: tuple[str, str]
) -> None:
    """Each store has those of its own; Amazon's speak for the keys they belong to; an embedded store gets none."""
    told = combine(read(environ), None, EMBEDDED).for_steps
    assert (told["AWS_SESSION_TOKEN"], told["AWS_REGION"]) == for_store
    assert (told[TOKEN], told[REGION]) == for_catalog


def test_further_properties_of_the_catalog_are_handed_on() -> None:
    """As they were said; those of a store of the user's not to an embedded one."""
    own = {f"{CATALOG}S3__ROLE_ARN": "r", f"{CATALOG}POOL_SIZE": "3", "STOCKPOT_CATALOG_PROPERTIES": "{}"}
    told = steps(STORE | own)
    assert {name: told[name] for name in own} == own
    embedded = combine(read(own), None, EMBEDDED).for_steps
    assert {name: embedded[name] for name in own} == {**own, f"{CATALOG}S3__ROLE_ARN": ""}


def test_files_of_an_address_are_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step runs in a directory of its own, from where a relative path leads nowhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my ca.crt").touch()
    told = steps({"DATABASE_URL": "postgresql://h/d?sslmode=verify-full&sslrootcert=my%20ca.crt&application_name=x"})
    whole = f"postgresql://h/d?sslmode=verify-full&sslrootcert={quote(str(tmp_path))}/my%20ca.crt&application_name=x"
    assert parse_dsn(told["DATABASE_URL"]) == parse_dsn(whole)
    assert parse_dsn(told[f"{CATALOG}URI"].replace("+psycopg2", "")) == parse_dsn(whole)
    assert steps({"DATABASE_URL": whole})["DATABASE_URL"] == whole
    assert steps({"DATABASE_URL": "postgresql://h/d?sslrootcert=system"})["DATABASE_URL"].endswith("=system")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://u:hidden@h:5432/d?password=hidden", "h:5432/d"),
        ("postgresql://u:12#hidden@h/d", "h/d"),
        ("postgresql://u:12?hidden@h/d", "h/d"),
        ("postgresql://u:p[hidden]@[::1]:1/d", "[::1]:1/d"),
        ("postgresql://u:hidden@h1:1,h2:2/d?target_session_attrs=read-write", "h1:1,h2:2/d"),
        ("postgresql:///d?host=/tmp&user=a@b", "unix socket/d"),
        ("host=h port=1 dbname=d password='hid den'", "h:1/d"),
    ],
)
def test_an_address_of_postgres_is_read_as_libpq_reads_it(address: str, shown: str) -> None:
    """Whatever the password, only host and database are shown, and the address reaches the steps as it is."""
    given = read({"DATABASE_URL": address})
    assert given.postgres is not None
    assert given.postgres.origin == f"yours (DATABASE_URL: {shown})"
    assert combine(given, None, None).for_steps["DATABASE_URL"] == address
    assert parse_dsn(address)["dbname"] == "d"


def test_settings_of_postgres_go_with_the_users_own(tmp_path: Path) -> None:
    """Those that lie in the home count, though steps have another one; an embedded server gets none."""
    (tmp_path / ".pgpass").touch()
    environ = {"HOME": str(tmp_path), "PGSSLMODE": "require", "PGUSER": "me", "PGPASSWORD": "hidden"}
    told = steps(environ | {"DATABASE_URL": "postgresql://h/d"})
    assert told["PGUSER"] == "me"
    assert (told["PGPASSFILE"], told["PGSSLMODE"]) == (str(tmp_path / ".pgpass"), "require")
    assert (told["PGPASSWORD"], told["PGSSLROOTCERT"]) == ("hidden", "")
    embedded = combine(read(environ), None, EMBEDDED).for_steps
    assert (embedded["PGSSLMODE"], embedded["PGUSER"]) == ("", "")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"DATABASE_URL": "postgresql://u:hidden@db:5433/shop"}, "postgres://db:5433/shop"),
        ({"DATABASE_URL": "postgresql://u:hidden@a,b/shop"}, "postgres://a:5432/shop"),
        ({"DATABASE_URL": "host=/run/pg dbname=shop"}, "postgres://localhost:5432/shop"),
        ({"DATABASE_URL": "postgresql://u:hidden@db"}, ""),
        (
            {
                "KAFKA_BOOTSTRAP_SERVERS": "ssl://u:hidden@k:9093,ssl://u:hidden@l:9093",
                "DATABASE_URL": "postgres://h/d",
            },
            "kafka://k:9093 postgres://h:5432/d",
        ),
        ({"DATABASE_URL": "postgres://h/d", "STOCKPOT_LINEAGE_SOURCES": "kafka://k:1"}, "kafka://k:1"),
    ],
)
def test_events_of_lineage_name_the_sources_without_logins(environ: dict[str, str], named: str) -> None:
    """As they are known here, unless a setting names them; nothing is told where no event is sent."""
    assert steps({**environ, "OPENLINEAGE_URL": "https://marquez"})["STOCKPOT_LINEAGE_SOURCES"] == named
    assert steps(environ).get("STOCKPOT_LINEAGE_SOURCES") == environ.get("STOCKPOT_LINEAGE_SOURCES")


def test_this_process_speaks_as_the_steps_do() -> None:
    """What is set is set, and what belongs to another store is gone."""
    environ = {"AWS_SESSION_TOKEN": "t", "PATH": "/bin", "https_proxy": "p:1"}
    combine(read(environ), None, EMBEDDED).put_into(environ)
    assert {name for name in environ if name.startswith("AWS")} == set()
    assert (environ["HTTPS_PROXY"], environ["PATH"], environ["MINIO_ACCESS_KEY"]) == ("p:1", "/bin", "own")


def test_no_representation_shows_a_secret() -> None:
    """Addresses and keys stay out of what is printed."""
    given = read({**STORE, "MINIO_SECRET_KEY": "hidden", "DATABASE_URL": "postgresql://u:hidden@h/d"})
    assert "hidden" not in repr(given) + repr(combine(given, None, None))
