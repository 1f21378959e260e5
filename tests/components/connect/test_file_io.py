"""What is asked of the store for a file."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pyiceberg.io.pyarrow import PyArrowFileIO

from components.connect.file_io import StoreFileIO
from components.iceberg.catalog import load_table, open_catalog
from tests.components.read_iceberg.events import NAME, create


class Noting(BaseHTTPRequestHandler):
    """Takes whatever it is given, and notes how."""

    asked: list[str] = []  # noqa: RUF012 - of all connections
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Store, or seem to."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(self.command)
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        """The same."""
        self.do_PUT()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An address where requests are noted."""
    Noting.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("kind", "first"), [(StoreFileIO, ["PUT"]), (PyArrowFileIO, ["POST"])])
def test_a_small_file_is_one_request(endpoint: str, kind: type[PyArrowFileIO], first: list[str]) -> None:
    """It is put whole; pyiceberg's own way begins an upload in parts, and this says when it no longer does."""
    given = {"s3.endpoint": endpoint, "s3.access-key-id": "a", "s3.secret-access-key": "b", "s3.region": "us-east-1"}
    # The upload in parts goes wrong, for the store gives it no name.
    with contextlib.suppress(OSError), kind(given).new_output("s3://bucket/file").create(overwrite=True) as file:
        file.write(b"rows")
    assert Noting.asked[:1] == first
    assert kind is not StoreFileIO or Noting.asked == ["PUT"]


def test_tables_are_read_and_written_so(catalog_env: dict[str, str]) -> None:
    """The catalog hands out tables that speak to the store this way."""
    create()
    assert type(load_table(open_catalog(), NAME).io) is StoreFileIO
