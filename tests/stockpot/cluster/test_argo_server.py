"""Argo's server: which one is asked, and what its refusals mean. That it is spoken to rightly is shown in tests/e2e."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster.access import choose
from stockpot.cluster.argo_server import ArgoServer
from stockpot.cluster.kubectl import Kubectl


@pytest.fixture
def refusing():
    """A server that refuses whatever it is asked, with a status that the test sets."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"code": 7, "message": self.server.words}).encode()
            self.server.seen.append((self.path, self.headers["Authorization"]))
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status, server.words = [], 200, "said so"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(server):
    """The cluster behind the server, chosen as a user's environment has it."""
    address = f"127.0.0.1:{server.server_port}"
    return choose({"ARGO_SERVER": address, "ARGO_SECURE": "false", "ARGO_TOKEN": "sesame"}, "stockpot")


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (401, ConfigurationError, "renew ARGO_TOKEN"),
        (403, ConfigurationError, "ask for the role stockpot-submitter"),
        (404, ConfigurationError, "there is no WorkflowTemplate 'a'"),
        (400, ConfigurationError, "said so"),
        (500, TransientError, "try again"),
        (503, TransientError, "try again"),
    ],
)
def test_each_refusal_has_its_meaning(refusing, status, kind, told):
    """One line that says what to do, without the token that was sent."""
    refusing.status = status
    with pytest.raises(StepError) as raised:
        at(refusing).template("a")
    assert type(raised.value) is kind
    assert told in str(raised.value)
    assert "sesame" not in str(raised.value)
    assert refusing.seen == [("/api/v1/workflow-templates/stockpot/a", "Bearer sesame")]


def test_a_server_that_is_not_there_may_come_back():
    """Nothing listens: try again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        with pytest.raises(TransientError, match="does not answer"):
            ArgoServer(url, "sesame", "stockpot").template("a")


def test_a_server_that_speaks_no_tls_is_explained(refusing):
    """TLS is the default, as for the command argo; the way out is named."""
    server = choose({"ARGO_SERVER": f"127.0.0.1:{refusing.server_port}", "ARGO_TOKEN": "sesame"}, "stockpot")
    with pytest.raises(ConfigurationError, match="ARGO_SECURE=false"):
        server.template("a")


def test_the_environment_chooses():
    """Without ARGO_SERVER it is kubectl; with it a token is needed."""
    assert choose({"ARGO_TOKEN": "sesame"}, "stockpot") == Kubectl("stockpot")
    with pytest.raises(ConfigurationError, match="create token stockpot-submitter"):
        choose({"ARGO_SERVER": "argo.example.org:2746"}, "stockpot")


@pytest.mark.parametrize(
    "named",
    [{"ARGO_SERVER": "http://argo.example.org:2746"}, {"ARGO_SERVER": "argo.example.org:2746", "ARGO_SECURE": "false"}],
)
def test_no_token_goes_to_another_machine_in_the_clear(monkeypatch, named):
    """However its address says so; to a host that a setting names it may."""
    with pytest.raises(ConfigurationError, match=r"ARGO_SERVER leads to argo\.example\.org in the clear") as raised:
        choose({**named, "ARGO_TOKEN": "sesame"}, "stockpot")
    assert "sesame" not in str(raised.value)
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", ".example.org")
    assert isinstance(choose({**named, "ARGO_TOKEN": "sesame"}, "stockpot"), ArgoServer)
