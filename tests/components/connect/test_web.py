"""What is sent to web addresses: over TLS to whom a setting vouches for, and through the proxy that is named."""

import socket
import threading
from pathlib import Path

import pytest

from components.connect import web
from components.connect.web import address, post
from components.shell.errors import ConfigurationError, TransientError
from components.shell.redaction import knowing
from tests.harness.certificates import behind_tls
from tests.harness.listening import Listener


def test_whoever_does_not_prove_itself_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not asked again; with its authority in SSL_CERT_FILE it is trusted."""
    listener = Listener()
    with behind_tls(listener.port, tmp_path) as port:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(TransientError, match="it does not answer: SSLError"):
            post(f"https://127.0.0.1:{port}/a", b"x", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        post(f"https://127.0.0.1:{port}/a", b"x", {})
    listener.close()
    assert [each.body for each in listener.sent] == [b"x"]


def test_the_proxy_is_asked_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all but this machine."""
    proxy = Listener()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "")
    post("http://push.example.org/metrics", b"x", {})
    proxy.close()
    (sent,) = proxy.sent
    assert sent.path == "http://push.example.org/metrics"
    assert sent.headers["Proxy-Authorization"].startswith("Basic ")


def test_what_cannot_be_written_down_is_not_sent() -> None:
    """A key of letters that no header has, or a host that is none."""
    for url, key in (("http://127.0.0.1:1", "\N{SNOWMAN}"), (f"http://{'x' * 64}.example.org", "key")):
        with pytest.raises(TransientError, match="it does not answer"):
            post(url, b"x", {"Authorization": f"Bearer {key}"})


def test_whoever_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that drips keeps each wait for a byte short, and has no end."""
    monkeypatch.setattr(web, "_PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip() -> None:
            client, _ = server.accept()
            client.recv(65536)
            client.sendall(b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not ended.wait(0.02):
                client.sendall(b"1\r\nx\r\n")
            client.close()

        dripping = threading.Thread(target=drip)
        dripping.start()
        with pytest.raises(TransientError, match=r"does not answer within 0\.3 s"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/a", b"x", {})
        ended.set()
        dripping.join()


def test_no_half_of_a_secret_is_told() -> None:
    """A refusal that says what it was sent, just where the line is cut."""
    key = "Abcdefgh0123456789XYZ"
    listener = Listener([401], answer=b"." * 190 + key.encode())
    with knowing(frozenset({key})), pytest.raises(TransientError, match=r"it answers 401 \.+") as told:
        post(f"{listener.url}/a", b"x", {"Authorization": f"Bearer {key}"})
    listener.close()
    assert key[:8] not in str(told.value)


def test_an_address_is_checked_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As all other settings are."""
    for value, said in (("http://me:p@127.0.0.1", "holds a user"), ("http://push", "in the clear"), ("x", "is no web")):
        monkeypatch.setenv("STOCKPOT_PUSHGATEWAY_URL", value)
        with pytest.raises(ConfigurationError, match=f"STOCKPOT_PUSHGATEWAY_URL .*{said}"):
            address("STOCKPOT_PUSHGATEWAY_URL")
    monkeypatch.setenv("STOCKPOT_PUSHGATEWAY_URL", " https://push/base/ ")
    assert address("STOCKPOT_PUSHGATEWAY_URL") == "https://push/base"
