"""A real server on this machine that notes what it is sent, and refuses what it is told to."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Sent:
    """A request, and the status that it was answered with."""

    method: str
    path: str
    headers: Message
    body: bytes
    status: int


class Listener:
    """A server that notes each request; the first ones get `statuses` and the answer, and all that come after 200."""

    def __init__(self, statuses: Sequence[int] = (), answer: bytes = b"") -> None:
        self.sent: list[Sent] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = statuses[len(listener.sent)] if len(listener.sent) < len(statuses) else 200
                listener.sent.append(Sent(self.command, self.path, self.headers, body, status))
                self.send_response(status)
                if status in (301, 302, 307, 308):
                    self.send_header("Location", "/elsewhere")
                said = b"" if status == HTTPStatus.OK else answer
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that it listens on."""
        return self.server.server_port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Sent]:
        """What it has not refused."""
        return [each for each in self.sent if each.status == 200]

    def close(self) -> None:
        """Listen no longer."""
        self.server.shutdown()
        self.server.server_close()
