"""What Kafka's addresses mean. That a broker is reached so is shown with the steps that read topics."""

import pytest

from components.connect.brokers import connection
from components.shell.errors import ConfigurationError


def test_addresses_without_more_are_in_the_clear() -> None:
    """Host and port are enough for this machine and for hosts that are named, and for no others."""
    assert connection(["127.0.0.1:9092", "[::1]:9"]) == {"bootstrap_servers": ["127.0.0.1:9092", "[::1]:9"]}
    named = {"STOCKPOT_PLAINTEXT_HOSTS": "a, .kitchen"}
    assert connection(["a:9092", "b.kitchen:9092"], named) == {"bootstrap_servers": ["a:9092", "b.kitchen:9092"]}
    with pytest.raises(ConfigurationError, match=r"leads to c in the clear - .* name the host in STOCKPOT_PLAINTEXT"):
        connection(["a:9092", "c:9092"], named)


def test_addresses_say_how_they_are_reached() -> None:
    """TLS alone, or with a name and a password, which may hold any sign."""
    assert connection(["ssl://a:9093", "ssl://b:9093"]) == {
        "bootstrap_servers": ["a:9093", "b:9093"], "security_protocol": "SSL",
    }  # fmt: skip
    found = connection(["ssl://cook:so%40p%2F9@a:9093"])
    assert found["bootstrap_servers"] == ["a:9093"]
    assert (found["security_protocol"], found["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (found["sasl_plain_username"], found["sasl_plain_password"]) == ("cook", "so@p/9")


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        (["a"], "malformed"),
        (["http://a:9092"], "malformed"),
        (["ssl://a:port"], "malformed"),
        (["ssl://me:1#hidden@a:9093"], "malformed"),
        (["ssl://me:1?hidden@a:9093"], "malformed"),
        (["[::1"], "malformed"),
        (["cook:soup@a:9092"], "sent in the clear"),
        (["ssl://a:9093", "b:9092"], "differ in how"),
    ],
)
def test_what_cannot_be_meant_is_refused(servers: list[str], said: str) -> None:
    """One line, with the ways to write it, and never the password."""
    with pytest.raises(ConfigurationError, match=said) as raised:
        connection(servers)
    assert "ssl://host:port" in str(raised.value)
    assert "soup" not in str(raised.value)
