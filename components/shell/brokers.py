"""How Kafka is reached: in the clear, over TLS, and with a name and a password."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from components.shell.errors import ConfigurationError

_TODO = "write KAFKA_BOOTSTRAP_SERVERS as host:port, ssl://host:port or ssl://user:password@host:port, between commas"


def connection(servers: Sequence[str]) -> dict[str, Any]:
    """What a client is told to reach the servers, which are written as `host:port` or as addresses.

    `ssl://` means TLS, with the authorities that the system trusts or SSL_CERT_FILE names; a name and a password in
    front of the host mean SASL with SCRAM-SHA-512. The first server speaks for all of them.

    Raises:
        ConfigurationError: an address is malformed, servers differ in how they are reached, or a password would be sent
            in the clear.
    """
    parts = [_parts(server) for server in servers]
    ways = {(each.scheme, each.username, each.password) for each in parts}
    if len(ways) != 1:
        raise ConfigurationError("Kafka's servers differ in how they are reached", _TODO)
    settings: dict[str, Any] = {"bootstrap_servers": [each.netloc.rpartition("@")[2] for each in parts]}
    secure, user = parts[0].scheme == "ssl", parts[0].username
    if user and not secure:
        raise ConfigurationError("Kafka's password would be sent in the clear", _TODO)
    if secure:
        settings["security_protocol"] = "SASL_SSL" if user else "SSL"
    if user:
        settings["sasl_mechanism"] = "SCRAM-SHA-512"
        settings["sasl_plain_username"] = unquote(user)
        settings["sasl_plain_password"] = unquote(parts[0].password or "")
    return settings


def _parts(server: str) -> SplitResult:
    try:
        parts = urlsplit(server if "://" in server else f"plaintext://{server}")
        whole = parts.hostname and parts.port and parts.scheme in {"plaintext", "ssl"}
    except ValueError:
        whole = None
    # A password with a `#` or `?` of its own would end the address, and its beginning be taken for a port.
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError("an address in KAFKA_BOOTSTRAP_SERVERS is malformed", _TODO)
    return parts
