"""Addresses of Postgres that cannot be ones, servers that prove themselves, and settings of a transaction's own."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from components.connect import network
from components.connect.postgres import connect, reading, secured
from components.shell.errors import ConfigurationError
from tests.harness.certificates import behind_tls


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://cook:sesame@localhost:port/kitchen",
        "postgresql://cook:sesame@localhost:99999/kitchen",
        "postgresql://cook:sesame@localhost/kitchen?sslmode=somehow",
        "postgresql://cook:sesame@[::1/kitchen",
    ],
)
def test_an_address_that_cannot_be_one_is_a_matter_of_configuration(address: str) -> None:
    """Trying again would not help, and no part of the address is repeated."""
    with pytest.raises(ConfigurationError, match="the Postgres address cannot be read") as caught:
        connect(address)
    assert not any(part in str(caught.value) for part in ("cook", "sesame", "kitchen", "somehow"))


def test_no_default_reaches_a_transaction_that_reads(database_url: str) -> None:
    """Limits of time, forms of texts and hidden rows are set for the transaction alone, transaction_timeout too."""
    defaults = {
        "statement_timeout": "20s", "idle_in_transaction_session_timeout": "20s", "transaction_timeout": "20s",
        "lock_timeout": "20s", "datestyle": "SQL, DMY", "intervalstyle": "sql_standard", "timezone": "Asia/Kolkata",
        "extra_float_digits": "-3", "bytea_output": "escape", "array_nulls": "off", "search_path": "app",
    }  # fmt: skip
    name = database_url.rpartition("/")[2].partition("?")[0]
    admin = psycopg2.connect(database_url)
    with admin, admin.cursor() as cursor:
        for setting, value in defaults.items():
            cursor.execute(f"ALTER DATABASE {name} SET {setting} TO {value if ',' in value else repr(value)}")
    admin.close()
    with reading(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(%s) name", ([*defaults],))
        found = [value for (value,) in cursor.fetchall()]
        # What the user's views rely on is left to the user.
        assert found == ["0", "0", "0", "1min", "ISO, DMY", "iso_8601", "UTC", "1", "hex", "on", "app"]
        connection.rollback()
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('row_security')")
        assert cursor.fetchone() == ("20s", "on")


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This machine's own addresses count as another machine's, and nothing of the developer's is known."""
    monkeypatch.setattr(network, "_is_here", lambda _: False)
    for name in ("PGSSLMODE", "PGSSLROOTCERT", "SSL_CERT_FILE", "STOCKPOT_PLAINTEXT_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def over_tls(database_url: str, tmp_path: Path, strangers: None) -> Iterator[str]:
    """The database at an address that speaks TLS; its host is left open."""
    said = parse_dsn(database_url)
    with behind_tls(f"{said['host']}/.s.PGSQL.5432", tmp_path) as port:
        yield f"postgresql://postgres@{{host}}:{port}/{said['dbname']}"


@pytest.mark.parametrize("name", ["PGSSLROOTCERT", "SSL_CERT_FILE"])
def test_a_server_has_to_prove_itself(
    over_tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By a certificate of an authority that is named, for the host that is asked; nothing of it has to be said."""
    with pytest.raises(
        ConfigurationError, match=r"does not prove itself: .* certificate verify failed - name its auth"
    ):
        connect(over_tls.format(host="127.0.0.1"))
    monkeypatch.setenv(name, str(tmp_path / "ca.crt"))
    with connect(over_tls.format(host="127.0.0.1")) as connection:
        assert connection.info.ssl_in_use
    with pytest.raises(ConfigurationError, match=r'does not prove itself: .* does not match host name "localhost"'):
        connect(over_tls.format(host="localhost"))


def test_a_server_without_tls_gets_no_password(strangers: None) -> None:
    """Another machine that says that it has none, as anybody on the way could."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as raw:
                raw.recv(8)
                raw.sendall(b"N")
                heard.append(raw.recv(100))

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(
            ConfigurationError, match=r"server does not support SSL.* goes into STOCKPOT_PLAINTEXT_HOST"
        ):
            connect(f"postgresql://cook:sesame@127.0.0.1:{listener.getsockname()[1]}/kitchen")
        thread.join()
    assert heard == [b""]


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_no_mode_sends_a_password_to_strangers(mode: str, strangers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the address nor beside it, but for hosts that are named; sockets are no strangers."""
    address = f"postgresql://cook:sesame@kitchen,127.0.0.1/d?sslmode={mode}"
    with pytest.raises(ConfigurationError, match=f"sslmode={mode} lets the password go to kitchen in the clear"):
        secured(address)
    assert secured(f"postgresql:///d?host=/tmp&sslmode={mode}")["sslmode"] == mode
    monkeypatch.setenv("PGHOST", "kitchen")
    monkeypatch.setenv("PGSSLMODE", mode)
    with pytest.raises(ConfigurationError, match=f"sslmode={mode} lets the password go to kitchen"):
        secured("dbname=d")
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", ".0.0.1, kitchen")
    assert secured(address)["sslmode"] == mode
    assert "sslmode" not in secured("dbname=d")


def test_what_is_said_of_tls_is_kept(strangers: None) -> None:
    """Whoever asks for less than verify-full gets it; where no authority is named, it is those of the system."""
    asked = secured("postgresql://kitchen/d")
    assert (asked["sslmode"], asked["sslrootcert"]) == ("verify-full", network.system_authorities())
    assert secured("postgresql://kitchen/d?sslrootcert=system")["sslrootcert"] == network.system_authorities()
    assert "sslrootcert" not in secured("postgresql://kitchen/d?sslmode=require")
    assert secured("postgresql://kitchen/d?sslmode=verify-ca&sslrootcert=x")["sslrootcert"] == "x"


def test_the_environment_s_address_counts_before_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """`host=localhost` with PGHOSTADDR leads libpq to another machine, which has to prove itself."""
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.7")
    assert secured("postgresql://me@localhost/kitchen")["sslmode"] == "verify-full"
    assert "sslmode" not in secured("postgresql://me@localhost/kitchen?hostaddr=127.0.0.1")
