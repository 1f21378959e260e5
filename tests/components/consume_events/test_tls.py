"""A broker that insists on TLS and a password."""

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka.admin import KafkaAdminClient, NewTopic, ScramMechanism, UserScramCredentialUpsertion

from components.consume_events.source import Kafka
from components.shell.errors import TransientError
from tests.kafka.broker import Broker, missing

USER, PASSWORD = "cook", "so@p/9"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


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


@pytest.fixture(scope="module")
def guarded(scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The port at which a broker wants TLS and a password, and the file with its authority."""
    if reason := missing():
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("tls")
    key, public = certificate(directory)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    broker = Broker(scratch / "guarded")
    plain = f"PLAINTEXT://127.0.0.1:{broker.port},SASL_SSL://127.0.0.1:{port}"
    broker.overrides.update({
        "listeners": f"{plain},CONTROLLER://127.0.0.1:{broker.controller_port}",
        "advertised.listeners": plain,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{SCRAM} required;",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.key": key.replace("\n", "\\n"),
        "ssl.keystore.certificate.chain": public.replace("\n", "\\n"),
    })  # fmt: skip
    broker.start()
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic("soups", 1, 1)])
    admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, ScramMechanism.SCRAM_SHA_512, PASSWORD)])
    admin.close()
    yield port, directory / "ca.crt"
    broker.kill()


def test_a_broker_is_read_over_tls_with_a_password(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority comes from SSL_CERT_FILE, where the manifests mount it."""
    port, authority = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    found = Kafka([f"ssl://cook:so%40p%2F9@127.0.0.1:{port}"]).held(["soups"])
    assert list(found) == ["soups"]


def test_a_wrong_password_opens_nothing(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks until it gives up; the password is not in the message, the variable to look at is."""
    port, authority = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with pytest.raises(TransientError, match="KAFKA_BOOTSTRAP_SERVERS") as raised:
        Kafka([f"ssl://cook:stew@127.0.0.1:{port}"]).held(["soups"])
    assert "stew" not in str(raised.value)


def test_an_unknown_authority_is_not_trusted(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its certificate nothing is sent to the broker."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(TransientError):
        Kafka([f"ssl://cook:so%40p%2F9@127.0.0.1:{guarded[0]}"]).held(["soups"])
