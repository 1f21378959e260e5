"""The embedded services among other users of the machine: what they, and a role of Postgres, may not do."""

import io
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from minio import Minio

from components.shell.errors import ConfigurationError
from components.shell.names import BUCKET, CATALOG_PREFIX, DATABASE
from stockpot.local import object_store, postgres, services
from tests.stockpot.local import strangers

pytestmark = pytest.mark.xdist_group("strangers")
_SMALL = "450m"  # of free disk: less than a volume of SeaweedFS's own size, and more than is asked for
READER, OWNER, CATALOG = "the reader", "the owner", "the catalog"
# Each is refused for want of a right, whoever asks.
POWERS = (
    "COPY (SELECT 1) TO '/tmp/stockpot-stranger'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "CREATE TEMPORARY TABLE taken (line text); COPY taken FROM '/etc/hostname'",
    "CREATE TEMPORARY TABLE taken (line text); COPY taken FROM PROGRAM 'id'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_read_binary_file('postgresql.conf')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/hostname')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/stockpot-stranger')",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SELECT pg_reload_conf()",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT setting FROM pg_file_settings",
    "CREATE ROLE another SUPERUSER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "GRANT pg_read_server_files TO CURRENT_USER",
    "CREATE DATABASE another",
    "CREATE FUNCTION system(cstring) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' LANGUAGE c",
    "LOAD '/tmp/stockpot-stranger.so'",
    "SET session_preload_libraries = '/tmp/stockpot-stranger.so'",
)
DATABASES = (DATABASE, f"{DATABASE}_catalog", "postgres", "template1")
INSUFFICIENT = "42501"


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory that everybody may enter, on a small disk of its own where we may mount one."""
    place = tmp_path_factory.mktemp("small")
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", place]
    mounted = shutil.which("mount") and subprocess.run(command, check=False).returncode == 0
    place.chmod(0o755)
    yield place
    if mounted:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture(scope="module")
def home(small_disk: Path) -> Iterator[Path]:
    """A home made by the services that run in it, with an object and two tables."""
    home = small_disk / "home"
    before = os.umask(0)
    try:
        services.up(home, {})
        os.umask(before)
        yield home
    finally:
        os.umask(before)
        services.down(home, force=True)


@pytest.fixture(scope="module")
def found(home: Path) -> Mapping[str, str]:
    """The environment of steps that use those services."""
    return services.addresses(home, {}).for_steps


@pytest.fixture(scope="module")
def roles(home: Path, found: Mapping[str, str]) -> Mapping[str, str]:
    """The addresses of all who may log in to Postgres, the owner and the catalog with a table each."""
    catalog = found[f"{CATALOG_PREFIX}URI"].replace("+psycopg2", "")
    addresses = {OWNER: services.addresses(home, {}).for_people["DATABASE_URL"], CATALOG: catalog}
    for address in addresses.values():
        _refusal(address, "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS x")
    return addresses | {READER: found["DATABASE_URL"]}


def client(found: Mapping[str, str]) -> Minio:
    """A client of the store, with the keys."""
    keys = {"access_key": found["MINIO_ACCESS_KEY"], "secret_key": found["MINIO_SECRET_KEY"]}
    return Minio(found["MINIO_ENDPOINT"].removeprefix("http://"), **keys, secure=False)


def _refusal(address: str, statements: str) -> str:
    """Postgres's code for why it refuses one of the statements, none of which holds then; empty when it takes all."""
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(statements)
    except psycopg2.Error as error:
        return error.pgcode or str(error)
    finally:
        connection.close()
    return ""


def test_a_small_disk_is_used(home: Path, found: Mapping[str, str]) -> None:
    """Between 200 MiB and 1 GiB of free disk the store takes objects, and gives them back."""
    store = client(found)
    store.put_object(BUCKET, strangers.OBJECT.partition("/")[2], io.BytesIO(b"kept"), 4)
    content = os.urandom(20 * 2**20)
    store.put_object(BUCKET, "large", io.BytesIO(content), len(content))
    assert store.get_object(BUCKET, "large").read() == content


def test_a_smaller_disk_is_said(
    home: Path, found: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With less than that nothing is started; what runs can be used, and looked at."""
    left = type("usage", (), {"free": 200 * 2**20 - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda _: left)
    with pytest.raises(ConfigurationError, match=r"less than 200 MiB are free at .* - make room") as refused:
        services.up(tmp_path, {})
    assert refused.value.exit_code == 11
    assert services.addresses(home, {}).for_steps == found
    with services.in_use(home, {}, services.Wanted()) as used:
        assert used.for_steps == found


@pytest.mark.parametrize("server", [object_store, postgres])
def test_only_this_machine_is_listened_to(home: Path, server: object) -> None:
    """No port is open on another address, be it the machine's own or one of IPv6."""
    pid = server.running(home.resolve() / "services" / {object_store: "s3", postgres: "postgres"}[server])
    addresses = strangers.listening(pid)
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    assert len(addresses) == {object_store: len(object_store.PORTS), postgres: 1}[server]


def test_no_port_lets_a_stranger_in(home: Path, found: Mapping[str, str]) -> None:
    """Every port, HTTP and gRPC alike, refuses to list, read, write and delete; with the keys all is still there."""
    store = client(found)
    store.put_object(BUCKET, strangers.OBJECT.partition("/")[2], io.BytesIO(b"kept"), 4)
    pid = object_store.running(home.resolve() / "services" / "s3")
    assert strangers.let_in(pid) == []
    assert store.get_object(BUCKET, strangers.OBJECT.partition("/")[2]).read() == b"kept"
    assert not [each.object_name for each in store.list_objects(BUCKET, recursive=True) if "new" in each.object_name]


def test_files_and_sockets_are_private(home: Path) -> None:
    """Whatever the umask: the home that was made, what holds a key in it, and the store's sockets in /tmp."""
    place = home.resolve() / "services"
    names = ("settings.json", "s3/identities.json", "s3/tls.key", "s3/data/security.toml", "postgres/data/pg_hba.conf")
    sockets = strangers.sockets(object_store.running(place / "s3"))
    assert len(sockets) >= 6
    private = [home, place, place / "s3", place / "postgres", *(place / name for name in names), *sockets]
    assert [path for path in private if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("role", [OWNER, READER, CATALOG])
def test_a_role_has_no_power_over_the_server(roles: Mapping[str, str], role: str) -> None:
    """No file is read or written, no program run, no password seen, no role or setting of the server changed."""
    refusals = {power: _refusal(roles[role], power) for power in POWERS}
    assert refusals == dict.fromkeys(POWERS, INSUFFICIENT)
    assert _refusal(roles[role], "SELECT * FROM kept") == ""
    assert not Path("/tmp/stockpot-stranger").exists()  # noqa: S108 - what the attacks would write


def test_a_role_is_let_into_its_own_database_alone(roles: Mapping[str, str]) -> None:
    """Neither source nor catalog reads the other, and the superuser comes in nowhere."""
    said = {}
    for (name, address), database in itertools.product(roles.items(), DATABASES):
        said[name, database] = _login(urlsplit(address)._replace(path=f"/{database}").geturl())
    let_in = {pair for pair, reason in said.items() if not reason}
    assert let_in == {(OWNER, DATABASE), (READER, DATABASE), (CATALOG, f"{DATABASE}_catalog")}
    host = urlsplit(roles[OWNER]).netloc.rpartition("@")[2]
    for database in DATABASES:
        assert "no pg_hba.conf entry" in _login(f"postgresql://postgres:any@{host}/{database}?sslmode=disable")


def _login(address: str) -> str:
    try:
        psycopg2.connect(address).close()
    except psycopg2.OperationalError as error:
        return str(error)
    return ""


def test_the_reader_reads_what_the_owner_makes_later(roles: Mapping[str, str]) -> None:
    """In schemas of its own too, and writes nothing, whatever it says of its transactions."""
    _refusal(roles[OWNER], "CREATE SCHEMA later; CREATE TABLE later.made AS SELECT 1 AS x")
    assert _refusal(roles[READER], "SELECT * FROM later.made") == ""
    assert _refusal(roles[READER], "INSERT INTO later.made VALUES (2)") == INSUFFICIENT
    assert _refusal(roles[READER], "CREATE TABLE mine (x int)") == INSUFFICIENT
