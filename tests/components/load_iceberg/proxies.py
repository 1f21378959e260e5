"""Things between a load and its services that lose, cut, delay and refuse."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CUT = "cut"
_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
_NO_BUCKET = b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message>no</Message></Error>"
_BODIES = {403: _DENIED, 404: _NO_BUCKET}
# Answers that stores give in words of their own: the status, and the code in the body.
SKEWED, FULL, QUOTA = "RequestTimeTooSkewed", "XMinioStorageFull", "QuotaExceeded"
_STATUS = {SKEWED: 403, FULL: 507, QUOTA: 403}
# The answer ends in its middle, though its length was said.
CUT_ANSWER = "cut answer"

# Given method and path of a request: None lets it pass, a number is the answer, CUT ends the connection in its middle,
# CUT_ANSWER that of the store's answer, and any other word is the code of an error.
Rule = Callable[[str, str], int | str | None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: str, rule: Rule) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint, self.rule = endpoint, rule

    def handle_error(self, *_args: Any) -> None:
        """Say nothing of clients that give up."""


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def handle_any(self) -> None:
        """Answer as the rule says, or hand the request on."""
        verdict = self.server.rule(self.command, self.path)
        if verdict == CUT:
            self.rfile.read(int(self.headers.get("Content-Length") or 40) // 2)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = self.body()
        if isinstance(verdict, int):
            self.answer(verdict, {"Content-Type": "application/xml"}, _BODIES.get(verdict, b""))
            return
        if verdict in _STATUS:
            text = f"<?xml version='1.0'?><Error><Code>{verdict}</Code><Message>no</Message></Error>"
            self.answer(_STATUS[str(verdict)], {"Content-Type": "application/xml"}, text.encode())
            return
        self.forward(body, whole=verdict != CUT_ANSWER)

    def body(self) -> bytes:
        """The request's body, of known length or in HTTP chunks."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def forward(self, body: bytes, *, whole: bool = True) -> None:
        """Hand the request to the store as it came, for its signature covers the host name."""
        upstream = http.client.HTTPConnection(urlsplit(self.server.endpoint).netloc, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("transfer-encoding", "expect", "content-length"):
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body or None)
        response = upstream.getresponse()
        content = response.read()
        self.answer(response.status, dict(response.getheaders()), content, whole=whole)
        upstream.close()

    def answer(self, status: int, headers: dict[str, str], content: bytes, *, whole: bool = True) -> None:
        """Send an answer whose length is right even when a HEAD has no content; or half of it, and hang up."""
        self.send_response(status)
        length = headers.get("Content-Length", str(len(content)))
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content if whole else content[: len(content) // 2])
        if not whole:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815 - the server's own names


@contextlib.contextmanager
def store_behind(endpoint: str, rule: Rule) -> Iterator[str]:
    """The address of a proxy before the S3 endpoint that asks `rule` what to do with each request."""
    server = _Server(endpoint, rule)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Wire:
    """A proxy before a Postgres server that loses the answer to the commit of a table's new metadata.

    `mode` is `pass`, `lose answer` (the server commits, the client never hears) or `lose commit` (the server never
    hears). With `down_after` the server cannot be reached any more once that has happened.
    """

    def __init__(self, socket_path: str, mode: str = "pass", *, down_after: bool = False) -> None:
        self.mode, self.down_after, self.lost = mode, down_after, 0
        self._target = socket_path
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if self.lost and self.down_after:
                    client.close()
                    continue
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        silent = threading.Event()
        threading.Thread(target=self._back, args=(server, client, silent), daemon=True).start()
        updated = False
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                updated = updated or b"UPDATE iceberg_tables" in data
                if updated and b"COMMIT" in data and self.mode != "pass" and not self.lost:
                    self._lose(server, client, data, silent)
                    return
                server.sendall(data)
        server.close()

    def _lose(self, server: socket.socket, client: socket.socket, data: bytes, silent: threading.Event) -> None:
        silent.set()
        if self.mode == "lose answer":
            server.sendall(data)
        self.lost += 1
        client.shutdown(socket.SHUT_RDWR)
        # Only now does the server learn that its client has gone, as after a cut cable.
        threading.Timer(0.5, server.shutdown, [socket.SHUT_RDWR]).start()

    @staticmethod
    def _back(server: socket.socket, client: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if not silent.is_set():
                    client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
