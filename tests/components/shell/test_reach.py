"""How each client of the object store reaches it: whom it trusts, through what, and as whom."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.connect import endpoints, store
from components.connect.file_io import StoreFileIO
from components.generate_interactions.parquet import read_parquet
from components.generate_interactions.schemas import READ
from components.iceberg.catalog import _properties, translated
from components.shell.errors import ConfigurationError, StepError
from components.shell.names import CATALOG_PREFIX as PREFIX
from tests.conftest import ObjectStore
from tests.harness.certificates import behind_tls

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def _by_minio(bucket: str) -> bytes:
    client = store.connect(endpoints.object_store())
    with store.translated(bucket):
        return client.get_object(bucket, "rows/users.parquet").read()


def _by_pyiceberg(bucket: str) -> bytes:
    with translated(), StoreFileIO(_properties()).new_input(f"s3://{bucket}/rows/users.parquet").open() as file:
        return file.read()


def _by_pyarrow(bucket: str) -> bytes:
    return _file(pa.Table.from_batches(read_parquet(f"s3://{bucket}/rows")["users"]))


def _file(rows: pa.Table) -> bytes:
    """The rows as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    return sink.getvalue().to_pybytes()


CLIENTS = [_by_minio, _by_pyiceberg, _by_pyarrow]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that sets the environment of a step, and nothing of the developer's."""
    for name in (*PROXIES, "SSL_CERT_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)

    def tell(endpoint: str, *keys: str, **more: str) -> None:
        access_key, secret_key = keys or ("key", "word")
        values = {
            "MINIO_ENDPOINT": endpoint,
            "MINIO_ACCESS_KEY": access_key,
            "MINIO_SECRET_KEY": secret_key,
            f"{PREFIX}URI": "postgresql://nobody/asked",
            f"{PREFIX}WAREHOUSE": "s3://bucket/warehouse",
            f"{PREFIX}S3__ENDPOINT": endpoint,
            f"{PREFIX}S3__ACCESS_KEY_ID": access_key,
            f"{PREFIX}S3__SECRET_ACCESS_KEY": secret_key,
            "STOCKPOT_PLAINTEXT_HOSTS": "store,store.invalid",
        }
        for name, value in (values | more).items():
            monkeypatch.setenv(name, value)

    return tell


@pytest.fixture(scope="module")
def tls(object_store_server: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The store at an address that speaks TLS, and the file with its authority."""
    directory = tmp_path_factory.mktemp("tls")
    with behind_tls(int(object_store_server.endpoint.rpartition(":")[2]), directory) as port:
        yield f"https://127.0.0.1:{port}", directory / "ca.crt"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "AWS_CA_BUNDLE"])
def test_every_client_trusts_the_authorities_that_are_named(
    tls: tuple[str, Path], object_store: ObjectStore, told: Callable[..., None], name: str
) -> None:
    """A real store behind a certificate of an authority of its own."""
    endpoint, authority = tls
    files = {table: _file(pa.table({name: [1, 2] for name in columns})) for table, columns in READ.items()}
    for table, content in files.items():
        place = f"rows/{table}.parquet"
        object_store.client.put_object(object_store.bucket, place, pa.BufferReader(content), len(content))
    told(endpoint, object_store.access_key, object_store.secret_key, **{name: str(authority)})
    assert [read(object_store.bucket) == files["users"] for read in CLIENTS] == [True, True, True]


@pytest.mark.parametrize("read", CLIENTS)
def test_no_client_trusts_what_nobody_named(
    tls: tuple[str, Path], told: Callable[..., None], read: Callable[[str], bytes]
) -> None:
    """The store without its authority, or at a name that its certificate lacks: another try would not help."""
    untrusted = r"nobody here trusts, .* for another host - .* in SSL_CERT_FILE or AWS_CA_BUNDLE"
    told(tls[0])
    with pytest.raises(ConfigurationError, match=untrusted):
        read("bucket")
    told(tls[0].replace("127.0.0.1", "localhost"), SSL_CERT_FILE=str(tls[1]))
    with pytest.raises(ConfigurationError, match=untrusted):
        read("bucket")


@pytest.mark.parametrize("read", CLIENTS)
def test_a_store_without_tls_is_told_from_one_that_is_away(
    asked: str, told: Callable[..., None], read: Callable[[str], bytes]
) -> None:
    """Where https was said, nothing goes out in the clear and nobody waits for TLS to come."""
    told(f"https://{asked}")
    with pytest.raises(ConfigurationError, match="does not speak TLS, which https asks for"):
        read("bucket")
    assert Asked.seen == []


@pytest.mark.parametrize("read", CLIENTS)
def test_no_client_speaks_to_strangers_in_the_clear(told: Callable[..., None], read: Callable[[str], bytes]) -> None:
    """Only to hosts that are named so; the store of a catalog may also be one of its further properties."""
    told("http://stranger:9000")
    with pytest.raises(ConfigurationError, match="ENDPOINT leads to stranger in the clear - write https://, or name"):
        read("bucket")


def test_what_does_not_prove_itself_is_asked_once(asked: str, told: Callable[..., None]) -> None:
    """The client that tries again by itself does not do so here."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            # The test ends, and closes the listener; before, a client may be gone when it is answered.
            with suppress(OSError):
                while True:
                    with listener.accept()[0] as raw, suppress(ConnectionError):
                        taken.append(raw.recv(1 << 16))
                        raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        told(f"https://127.0.0.1:{listener.getsockname()[1]}", AWS_REGION="us-east-1")
        with pytest.raises(ConfigurationError, match="does not speak TLS"):
            _by_minio("bucket")
        assert len(taken) == 1


def test_further_properties_are_held_to_the_same(told: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint or a warehouse among them is no way around."""
    for name, place, said in (
        ("S3__ENDPOINT", {"s3.endpoint": "http://stranger:1"}, "leads to stranger in the clear"),
        ("S3__ENDPOINT", {"s3.endpoint": "http://me:hidden@store:1"}, "holds a user or a password"),
        ("WAREHOUSE", {"warehouse": "s3://me:hid/den@lake/w"}, "holds a user or a password"),
    ):
        told("http://store:9000", STOCKPOT_CATALOG_PROPERTIES=json.dumps(place))
        monkeypatch.delenv(PREFIX + name)
        with pytest.raises(ConfigurationError, match=said):
            _properties()


def test_authorities_that_are_not_there_are_named(told: Callable[..., None], tmp_path: Path) -> None:
    """A step says so before it asks anybody."""
    told("https://127.0.0.1:1", SSL_CERT_FILE=str(tmp_path / "gone.pem"))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE is no file - name one that is there"):
        _by_minio("bucket")


class Asked(BaseHTTPRequestHandler):
    """Has nothing, and notes what it was asked, whether as a store or as a proxy."""

    seen: ClassVar[list[dict[str, str]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Note the request and deny it for good."""
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        said = b"<Error><Code>AccessDenied</Code></Error>" if self.command == "GET" else b""
        self.send_response(403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_HEAD(self) -> None:
        """The same."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked() -> Iterator[str]:
    """The address where requests are noted."""
    Asked.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _first(read: Callable[[str], bytes]) -> dict[str, str]:
    """The first request of a client, which is denied."""
    with pytest.raises(StepError):
        read("bucket")
    return Asked.seen[0]


@pytest.mark.parametrize("read", CLIENTS)
def test_token_and_region_reach_every_client(
    asked: str, told: Callable[..., None], read: Callable[[str], bytes]
) -> None:
    """They stand in what is signed."""
    pair = {"AWS_SESSION_TOKEN": "temporary", "AWS_REGION": "eu-central-7"}
    own = {f"{PREFIX}S3__SESSION_TOKEN": "temporary", f"{PREFIX}S3__REGION": "eu-central-7"}
    told(f"http://{asked}", **pair, **own)
    request = _first(read)
    assert request["x-amz-security-token"] == "temporary"
    assert "/eu-central-7/s3/aws4_request" in request["authorization"]
    assert request["path"].startswith("/bucket"), "the bucket is part of the path unless it is said otherwise"


@pytest.mark.parametrize("read", CLIENTS)
def test_a_proxy_is_taken_by_every_client(asked: str, told: Callable[..., None], read: Callable[[str], bytes]) -> None:
    """The proxy is asked for the store, with name and password; buckets are part of the host where that is wanted."""
    virtual = {"MINIO_FORCE_VIRTUAL_ADDRESSING": "true", f"{PREFIX}S3__FORCE_VIRTUAL_ADDRESSING": "true"}
    told("http://store.invalid:9000", AWS_REGION="us-east-1", HTTP_PROXY=f"http://me:se%40cret@{asked}", **virtual)
    request = _first(read)
    assert request["path"].startswith("http://bucket.store.invalid:9000/")
    assert request["proxy-authorization"] == "Basic bWU6c2VAY3JldA=="


def test_this_machine_is_reached_without_a_proxy(asked: str, told: Callable[..., None]) -> None:
    """Also where nobody thought of NO_PROXY, which embedded services would need."""
    told(f"http://{asked}", HTTP_PROXY="http://nowhere.invalid:1", AWS_REGION="us-east-1")
    assert [_first(read)["path"][:7] for read in CLIENTS] == ["/bucket"] * 3


def test_further_properties_are_pyicebergs(told: Callable[..., None]) -> None:
    """Any name, in any case, and those of a cluster's one JSON; a name of its own comes first, an empty one is none."""
    told(
        "http://store:9000",
        STOCKPOT_CATALOG_PROPERTIES=json.dumps({"s3.anonymous": "false", "s3.role-arn": "none"}),
        **{
            f"{PREFIX}S3__ROLE_ARN": "mine",
            f"{PREFIX.lower()}write__x_y": "z",
            f"{PREFIX}S3__SIGNER": " ",
        },
    )
    found = _properties()
    assert {name: found.get(name) for name in ("s3.anonymous", "s3.role-arn", "write.x-y", "s3.signer")} == {
        "s3.anonymous": "false",
        "s3.role-arn": "mine",
        "write.x-y": "z",
        "s3.signer": None,
    }
