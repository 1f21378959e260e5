"""A broker that insists on TLS and a password."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import KafkaAdminClient, NewTopic, ScramMechanism, UserScramCredentialUpsertion

from components.connect.brokers import proven
from components.consume_events.source import Kafka
from components.shell.errors import ConfigurationError, TransientError
from tests.harness.certificates import certificate
from tests.harness.kafka.broker import Broker, missing

USER, PASSWORD = "cook", "so@p/9"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


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
    yield port, directory / "ca.crt", broker.port
    broker.kill()


def test_a_broker_is_read_over_tls_with_a_password(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority comes from SSL_CERT_FILE, where the manifests mount it."""
    port, authority, _ = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    found = Kafka([f"ssl://cook:so%40p%2F9@127.0.0.1:{port}"]).held(["soups"])
    assert list(found) == ["soups"]


def test_a_wrong_password_opens_nothing(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks until it gives up; the password is not in the message, the variable to look at is."""
    port, authority, _ = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with pytest.raises(TransientError, match="KAFKA_BOOTSTRAP_SERVERS") as raised:
        Kafka([f"ssl://cook:stew@127.0.0.1:{port}"]).held(["soups"])
    assert "stew" not in str(raised.value)


def test_an_unknown_authority_is_not_trusted(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its certificate nothing is sent to the broker, nor where the certificate is for another host."""
    port, authority, _ = guarded
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(ConfigurationError, match=r"does not prove itself: self-signed certificate - .* SSL_CERT_FILE"):
        Kafka([f"ssl://cook:so%40p%2F9@127.0.0.1:{port}"]).held(["soups"])
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with pytest.raises(ConfigurationError, match="does not prove itself: Hostname mismatch"):
        Kafka([f"ssl://cook:so%40p%2F9@localhost:{port}"]).held(["soups"])


def test_a_broker_without_tls_is_told_from_one_that_is_away(guarded: Any) -> None:
    """It answers, but not in TLS: no second try will change that; where nothing answers, one may."""
    with pytest.raises(ConfigurationError, match="does not speak TLS there - write KAFKA_BOOTSTRAP_SERVERS as"):
        proven([f"ssl://cook:so%40p%2F9@127.0.0.1:{guarded[2]}"])
    assert proven(["ssl://cook:so%40p%2F9@127.0.0.1:1"])["security_protocol"] == "SASL_SSL"
