"""What somebody without a key tries at the ports of a server, from another account where we may become one."""

import http.client
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from components.shell.names import BUCKET

OBJECT = f"{BUCKET}/warehouse/kept"
UID = 65_533  # nobody's, and not that of the embedded Postgres either
_SECONDS = 2
_DEAF = 999  # of a port that does not speak HTTP, or not with us: neither will it answer the next request
Dress = Callable[[socket.socket, str], socket.socket]
# Of the S3 port, the filer, the volume server and the master.
_REQUESTS = (
    ("GET", "/"),
    ("POST", "/?Action=ListUsers"),
    ("GET", f"/{BUCKET}?list-type=2"),
    ("GET", "/buckets/?pretty=y"),
    ("GET", "/dir/status"),
    ("GET", "/dir/assign"),
    ("GET", "/ui/index.html"),
    ("POST", "/submit"),
    ("PUT", "/1,0100000001"),
    *((verb, f"{place}/{OBJECT}{more}") for verb, more in (("GET", ""), ("PUT", ".new")) for place in ("", "/buckets")),
    ("DELETE", f"/{OBJECT}"),
    ("DELETE", f"/buckets/{OBJECT}"),
    ("DELETE", f"/buckets/{BUCKET}?recursive=true"),
)
_HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # how a gRPC client begins, with empty settings
_SETTINGS = 4  # the kind of the frame with which a server agrees


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses at which a process and its children take connections."""
    parent = psutil.Process(pid)
    found = [each for process in (parent, *parent.children(True)) for each in process.net_connections("inet")]
    return {(each.laddr.ip, each.laddr.port) for each in found if each.status == psutil.CONN_LISTEN}


def sockets(pid: int) -> list[Path]:
    """The unix sockets on which a process listens."""
    process = psutil.Process(pid)
    return sorted({Path(process.cwd(), each.laddr) for each in process.net_connections("unix") if each.laddr})


def let_in(pid: int) -> list[str]:
    """All that a stranger gets at any port or socket of a process."""
    addresses, files = sorted(listening(pid)), sockets(pid)
    return as_stranger(lambda: [what for address in addresses for what in _got(*address)] + list(_entered(files)))


def as_stranger(look: Callable[[], list[str]]) -> list[str]:
    """What a function finds in a process of another user's; of our own where only root could become another."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(UID)
                os.setuid(UID)
            os.write(writing, json.dumps(look()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found: list[str] = json.loads(answer.read())
    os.waitpid(child, 0)
    return found


def _got(host: str, port: int) -> Iterator[str]:
    for dressed in (_plain, _in_tls):
        for verb, path in _REQUESTS:
            status = _status(dressed, host, port, verb, path)
            if status == _DEAF:
                break
            if status < http.client.BAD_REQUEST:
                yield f"{port} {dressed.__name__} {verb} {path}: {status}"
        if _speaks_grpc(dressed, host, port):
            yield f"{port} {dressed.__name__} gRPC"


def _plain(line: socket.socket, _: str) -> socket.socket:
    return line


def _in_tls(line: socket.socket, protocol: str) -> socket.socket:
    """TLS with whoever answers, and without a certificate to show."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(line)


def _status(dressed: Dress, host: str, port: int, verb: str, path: str) -> int:
    """The status of the answer to a request."""
    connection = http.client.HTTPConnection(host, port)
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as line:
            connection.sock = dressed(line, "http/1.1")
            connection.request(verb, path, body=b"strange" if verb in {"POST", "PUT"} else None)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return _DEAF


def _speaks_grpc(dressed: Dress, host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as line:
            dressed_line = dressed(line, "h2")
            dressed_line.sendall(_HTTP_2)
            answer = dressed_line.recv(9)
            return len(answer) == 9 and answer[3] == _SETTINGS
    except OSError:
        return False


def _entered(files: list[Path]) -> Iterator[str]:
    """The sockets to which somebody else may connect. Ours are ours where we could become nobody else."""
    for path in files if os.geteuid() == UID else []:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(path))
            except OSError:
                continue
            yield str(path)
