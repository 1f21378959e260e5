"""Telling people how a run ended, over real HTTP and SMTP."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.end_run.channels import TRIES, send
from components.end_run.message import Context, Message, Oddities, compose
from components.end_run.notify import notify as say
from components.shell import cluster
from components.shell.cluster import on_cluster
from components.shell.status import RunEnd, next_command
from tests.harness.certificates import behind_tls
from tests.harness.listening import Listener

FAILED = {"state": "FAILED", "error": {"code": 10, "message": "load/check-quality: the data breaks its contract"}}
SUCCEEDED = {"state": "SUCCEEDED", "error": {"code": 0, "message": ""}}
TOKEN = "s3cr3t-token"
DEAD = f"json://user:{TOKEN}@127.0.0.1:1/hook"


class WebHook:
    """A web hook that notes what it gets and refuses the first `refusals` requests."""

    def __init__(self, refusals: int = 0) -> None:
        self._listener = Listener([503] * refusals)
        self.server = self._listener.server

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return len(self._listener.sent)

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The messages that it has taken."""
        return [json.loads(each.body) for each in self._listener.taken]

    @property
    def url(self) -> str:
        """Its address, with a token, for apprise."""
        return f"json://user:{TOKEN}@127.0.0.1:{self._listener.port}/hook"


class Mailbox(socketserver.ThreadingTCPServer):
    """A small SMTP server that keeps what it gets."""

    daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[str] = []
        super().__init__(("127.0.0.1", 0), Postman)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Postman(socketserver.StreamRequestHandler):
    """One SMTP session."""

    def handle(self) -> None:
        """Answer until the client quits."""
        self.wfile.write(b"220 here\r\n")
        for raw in self.rfile:
            word = raw.decode().split()[0].upper() if raw.strip() else ""
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")
            if word == "QUIT":
                return


@pytest.fixture
def hook() -> Iterator[WebHook]:
    """A web hook that takes everything."""
    hook = WebHook()
    yield hook
    hook.server.shutdown()


def _argo() -> str:
    """What tells `argo` of this machine's namespace, if it is a pod that has one."""
    namespace = cluster.own_namespace()
    return f"-n {namespace} " if namespace else ""


def tell(
    urls: str, status: dict[str, Any], *flags: str, engine: str = "argo", **told: str
) -> subprocess.CompletedProcess[str]:
    """The telling as a command; `told` is what the engine says beside."""
    command = [sys.executable, "-m", "components.end_run.notify", "--status", json.dumps(status)]
    command += [
        "--run-id",
        "moderation-training-x7",
        "--pipeline",
        "moderation-training",
        "--as-of",
        "2026-01-15T00:00:00Z",
        *flags,
    ]
    environment = os.environ | {"STOCKPOT_NOTIFY_URLS": urls, "STOCKPOT_ENGINE": engine} | told
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_failure_reaches_a_web_hook(hook: WebHook):
    """The message names pipeline, run, step, reason and next command."""
    done = tell(hook.url, FAILED)
    assert done.returncode == 0, done.stderr
    (taken,) = hook.taken
    assert taken["title"] == "moderation-training has failed"
    assert taken["type"] == "failure"
    assert taken["message"].splitlines() == [
        "Run: moderation-training-x7",
        "As of: 2026-01-15T00:00:00Z",
        "Step: load/check-quality",
        "Reason: the data breaks its contract",
        f"Next: argo {_argo()}resubmit moderation-training-x7 -p as_of=2026-01-15T00:00:00Z",
        f"Report: stockpot report moderation-training-x7 {on_cluster()}",
    ]
    assert TOKEN not in done.stdout + done.stderr


def test_a_web_hook_behind_an_authority_of_its_own(hook: WebHook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is trusted where SSL_CERT_FILE names its authority, and only there."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")  # so that what the step sets is taken back
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    message = Message("title", "body")
    with behind_tls(hook.server.server_port, tmp_path) as port:
        url = f"jsons://127.0.0.1:{port}/hook"
        assert send([url], message, "failure", pause=lambda _: None) == (1, 0)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        assert send([url], message, "failure") == (0, 0)
    assert len(hook.taken) == 1


def test_a_failure_reaches_a_mailbox():
    """E-mail goes the same way, over SMTP."""
    with Mailbox() as mailbox:
        port = mailbox.server_address[1]
        failed, unreadable = send(
            [f"mailto://localhost:{port}?from=etl@example.com&to=team@example.com"],
            Message("it has failed", "Step: load"),
            "failure",
        )
        mailbox.shutdown()
    assert (failed, unreadable) == (0, 0)
    (mail,) = mailbox.mails
    assert "Subject: it has failed" in mail
    assert "Step: load" in mail
    assert "To: team@example.com" in mail


def test_success_is_silent_unless_wanted(hook: WebHook):
    """A run that succeeded is told of only with --on-success true."""
    assert tell(hook.url, SUCCEEDED, "--on-success", "False").returncode == 0
    assert hook.taken == []
    assert tell(hook.url, SUCCEEDED, "--on-success", "True").returncode == 0
    (taken,) = hook.taken
    assert (taken["title"], taken["type"]) == ("moderation-training has succeeded", "success")
    assert "Next" not in taken["message"]
    # As a parameter of the step, and by the setting.
    wanted = {"STOCKPOT_NOTIFY_ON_SUCCESS": "true"}
    assert tell(hook.url, SUCCEEDED, **wanted).returncode == 0
    assert [each["type"] for each in hook.taken] == ["success", "success"]


def test_what_the_local_runner_knows_is_told(hook: WebHook):
    """The whole command that goes on, and the warnings of a run that has succeeded, which is told for their sake."""
    known = {"STOCKPOT_NEXT": "stockpot run 'my pipeline.py:train' --param a=1", "STOCKPOT_WARNINGS": '["check: high"]'}
    assert tell(hook.url, FAILED, engine="local", **known).returncode == 0
    assert tell(hook.url, SUCCEEDED, engine="local", **known).returncode == 0
    failed, warned = hook.taken
    assert failed["message"].splitlines()[-1] == f"Next: {known['STOCKPOT_NEXT']}"
    assert (warned["title"], warned["type"]) == ("moderation-training has succeeded, with a warning", "warning")
    assert warned["message"].splitlines()[-1] == "Warning: check: high"


@pytest.mark.parametrize(
    ("engine", "told", "said"),
    [
        ("argo", {}, f"stockpot report r {on_cluster()}"),
        ("kfp", {}, ""),
        ("local", {"STOCKPOT_REPORT": "/home/me/runs/r/report.html"}, "/home/me/runs/r/report.html"),
        ("local", {"STOCKPOT_REPORT": "/r", "STOCKPOT_RUN_URL": "https://a/#/{run}"}, "https://a/#/r%2F1"),
        ("argo", {"STOCKPOT_RUN_URL": "https://a/workflows/stockpot/{run}"}, "https://a/workflows/stockpot/r%2F1"),
    ],
)
def test_a_message_leads_to_the_report(engine: str, told: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch):
    """By the address that a setting names, else the file on this machine, else the command that fetches it."""
    hook = WebHook()
    for name, value in {"STOCKPOT_NOTIFY_URLS": hook.url, "STOCKPOT_ENGINE": engine, **told}.items():
        monkeypatch.setenv(name, value)
    run_id = "r/1" if "%2F" in said else "r"
    assert say(RunEnd("failed"), Oddities(), run_id=run_id, pipeline="p", as_of="")
    hook.server.shutdown()
    last = hook.taken[0]["message"].splitlines()[-1]
    assert last == f"Report: {said}" if said else "Report" not in last


def test_what_is_odd_is_told_of_a_success(monkeypatch: pytest.MonkeyPatch):
    """Lateness and warnings make it a warning, and the title says both."""
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    about = {"run_id": "r", "pipeline": "p", "as_of": ""}
    assert not say(RunEnd("succeeded"), Oddities(), **about)
    for odd in (Oddities(late="30 h"), Oddities(["a", "b"], "30 h"), Oddities(["a"])):
        assert say(RunEnd("succeeded"), odd, **about)
    hook.server.shutdown()
    assert {each["type"] for each in hook.taken} == {"warning"}
    titles = ["p has succeeded, late", "p has succeeded, late, with 2 warnings", "p has succeeded, with a warning"]
    assert [each["title"] for each in hook.taken] == titles
    assert "Warning: b\nLate: 30 h" in hook.taken[1]["message"]


@pytest.mark.parametrize("urls", ["", "  "])
def test_no_channel_is_said_and_is_no_failure(urls: str):
    """Without a channel the step says so and succeeds."""
    done = tell(urls, FAILED)
    assert done.returncode == 0
    assert "no channel configured" in done.stderr


def test_a_channel_that_fails_is_one_line_and_no_other_is_told_again(hook: WebHook):
    """The line names the channel and not its address; no engine tries 11 again, which would tell the others twice."""
    done = tell(f"{DEAD} {hook.url}", FAILED)
    assert done.returncode == 11
    assert len(hook.taken) == 1
    assert [line.partition("Z ")[2] or line for line in done.stderr.splitlines()] == [
        "ERROR channel 1 of 2 (JSON) did not take the message",
        "error: 1 of 2 channels did not take the message - the others have it; check STOCKPOT_NOTIFY_URLS",
    ]
    assert TOKEN not in done.stderr


def test_where_nobody_was_told_another_try_is_worth_it():
    """No channel has the message, so that none gets it twice: exit code 75."""
    done = tell(f"{DEAD} nosuch://{TOKEN}", FAILED)
    assert done.returncode == 75
    assert done.stderr.splitlines()[-1].endswith(
        "1 of 2 channels did not take the message - check that they can be reached"
    )


def test_an_address_that_cannot_be_read_is_a_matter_of_configuration(hook: WebHook):
    """The others are told, and the address is not printed."""
    done = tell(f"nosuch://{TOKEN} {hook.url}", FAILED)
    assert done.returncode == 11
    assert len(hook.taken) == 1
    assert "channel 1 of 2 has an address that apprise cannot read" in done.stderr
    assert TOKEN not in done.stderr


def test_a_channel_is_tried_until_it_takes_the_message():
    """Two refusals are survived, and who has taken the message gets it once."""
    slow, steady = WebHook(refusals=TRIES - 1), WebHook()
    waits: list[float] = []
    assert send([steady.url, slow.url], Message("t", "b"), "failure", waits.append) == (0, 0)
    assert (slow.asked, len(slow.taken), steady.asked) == (TRIES, 1, 1)
    assert waits == [1.0, 2.0]
    slow.server.shutdown()
    steady.server.shutdown()


@pytest.mark.parametrize(
    ("engine", "exit_code", "told"),
    [
        ("local", 75, "stockpot resume r"),
        ("argo", 137, "stockpot resume r --on cluster --namespace kitchen"),
        ("kfp", 1, "open run r in the Kubeflow Pipelines UI and choose Retry"),
        ("local", 10, "stockpot run p"),
        ("argo", 11, "argo -n kitchen resubmit r"),
        ("kfp", 13, "start a new run of p in the Kubeflow Pipelines UI"),
        ("local", 12, ""),
        ("argo", 12, ""),
    ],
)
def test_next_command_belongs_to_engine_and_failure(
    engine: str, exit_code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Broken data takes a new run, which reads it anew; where a newer run has won there is nothing to do."""
    (tmp_path / "resolv.conf").write_text("search kitchen.svc.cluster.local svc.cluster.local\n")
    monkeypatch.setattr(cluster, "_RESOLVER", tmp_path / "resolv.conf")
    assert next_command(engine, "r", "p", exit_code) == told


def test_a_message_leaves_out_what_is_not_known():
    """A failure without step or reason has no empty lines."""
    message = compose(RunEnd("stopped"), Context("local"), run_id="r", pipeline="p", as_of="")
    assert message == Message("p was stopped", "Run: r\nNext: stockpot resume r")
