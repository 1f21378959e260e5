"""How Kafka is reached: in the clear, over TLS, and with a name and a password."""

import os
import socket
import ssl
import struct
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from components.connect.network import PLAINTEXT, may_be_plain
from components.shell.errors import ConfigurationError

_TODO = "write KAFKA_BOOTSTRAP_SERVERS as host:port, ssl://host:port or ssl://user:password@host:port, between commas"
_SECONDS = 5
# The request ApiVersions in its first version, which every broker answers before it knows who asks.
_HELLO = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def connection(servers: Sequence[str], environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What a client needs to reach the servers, which are written as `host:port` or as addresses.

    `ssl://` means TLS, with the authorities that the system trusts or SSL_CERT_FILE names; a name and a password in
    front of the host mean SASL with SCRAM-SHA-512. The first server speaks for all of them.

    Raises:
        ConfigurationError: an address is malformed, servers differ in how they are reached, or a password or records
            would go to another machine in the clear.
    """
    parts = [_parts(server) for server in servers]
    ways = {(each.scheme, each.username, each.password) for each in parts}
    if len(ways) != 1:
        raise ConfigurationError("Kafka's servers differ in how they are reached", _TODO)
    settings: dict[str, Any] = {"bootstrap_servers": [each.netloc.rpartition("@")[2] for each in parts]}
    secure, user = parts[0].scheme == "ssl", parts[0].username
    if not secure:
        _refuse_plaintext(parts, environ)
    if secure:
        settings["security_protocol"] = "SASL_SSL" if user else "SSL"
    if user:
        settings["sasl_mechanism"] = "SCRAM-SHA-512"
        settings["sasl_plain_username"] = unquote(user)
        settings["sasl_plain_password"] = unquote(parts[0].password or "")
    return settings


def proven(servers: Sequence[str]) -> dict[str, Any]:
    """The same, once the servers that answer have proved themselves: the client would ask again until it gives up.

    Raises:
        ConfigurationError: as in `connection`, or a server shows a certificate that nobody here trusts or that is for
            another host, or does not speak TLS.
    """
    settings = connection(servers)
    if "security_protocol" in settings:
        for server in servers:
            parts = _parts(server)
            _shake_hands(parts.hostname or "", parts.port or 0)
    return settings


def _refuse_plaintext(parts: Sequence[SplitResult], environ: Mapping[str, str]) -> None:
    if parts[0].username:
        raise ConfigurationError("Kafka's password would be sent in the clear", _TODO)
    if strange := next((each.hostname for each in parts if not may_be_plain(each.hostname or "", environ)), None):
        problem = f"KAFKA_BOOTSTRAP_SERVERS leads to {strange} in the clear"
        raise ConfigurationError(problem, f"write ssl://host:port, or name the host in {PLAINTEXT}")


def _shake_hands(host: str, port: int) -> None:
    try:
        with (
            socket.create_connection((host, port), timeout=_SECONDS) as raw,
            ssl.create_default_context().wrap_socket(raw, server_hostname=host),
        ):
            return
    except ssl.SSLCertVerificationError as error:
        problem = f"Kafka at {host}:{port} does not prove itself: {error.verify_message}"
        todo = "name a file with its authorities in SSL_CERT_FILE, and the host that its certificate is for"
        raise ConfigurationError(problem, todo) from None
    except OSError:
        # The client says better than we what else is wrong.
        if _answers_in_the_clear(host, port):
            raise ConfigurationError(f"Kafka at {host}:{port} does not speak TLS there", _TODO) from None


def _answers_in_the_clear(host: str, port: int) -> bool:
    """Whether the server answers a question of Kafka's that holds nothing of ours."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as raw:
            raw.sendall(_HELLO)
            answer = raw.recv(8, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 8 and answer[4:] == _HELLO[8:12]  # noqa: PLR2004 - a length and the number of the question


def _parts(server: str) -> SplitResult:
    try:
        parts = urlsplit(server if "://" in server else f"plaintext://{server}")
        whole = parts.hostname and parts.port and parts.scheme in {"plaintext", "ssl"}
    except ValueError:
        whole = None
    # A password with a `#`, `?` or `/` of its own would end the address, and its beginning be taken for a port.
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError("an address in KAFKA_BOOTSTRAP_SERVERS is malformed", _TODO)
    return parts
