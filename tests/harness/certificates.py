"""A certificate of the tests' own, and a server that shows it."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(directory: Path) -> tuple[str, str]:
    """A key and a certificate for 127.0.0.1, which is its own authority and lies in `directory`/ca.crt."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kitchen")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = built.public_bytes(serialization.Encoding.PEM).decode()
    (directory / "ca.crt").write_text(public)
    return private.decode(), public


@contextlib.contextmanager
def behind_tls(back: int | str, directory: Path) -> Iterator[int]:
    """A port of 127.0.0.1 that speaks TLS and hands on to `back`; its authority is `directory`/ca.crt.

    That is a port of 127.0.0.1, or the socket of a Postgres, whose clients ask for TLS before they speak it.
    """
    key, public = certificate(directory)
    (directory / "server.pem").write_text(key + public)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, back), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, context: ssl.SSLContext, back: int | str) -> None:
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=_serve, args=(listener.accept()[0], context, back), daemon=True).start()


def _serve(raw: socket.socket, context: ssl.SSLContext, back: int | str) -> None:
    """One connection; a client that does not trust us just goes."""
    with contextlib.suppress(OSError), raw:
        if isinstance(back, str):
            raw.recv(8)
            raw.sendall(b"S")
        with context.wrap_socket(raw, server_side=True) as front, _opened(back) as server:
            answers = threading.Thread(target=_pump, args=(server, front), daemon=True)
            answers.start()
            _pump(front, server)
            answers.join()


def _opened(back: int | str) -> socket.socket:
    if isinstance(back, int):
        return socket.create_connection(("127.0.0.1", back))
    opened = socket.socket(socket.AF_UNIX)
    opened.connect(back)
    return opened


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
