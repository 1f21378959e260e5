"""What the doctor says of Kubeflow Pipelines: whether it answers, which version it is, and whether it lets us in."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot import cli
from stockpot.kubeflow.health import ask
from stockpot.kubeflow.target import ENDPOINT, is_named
from tests.harness.ports import free_port
from tests.stockpot.kubeflow.api import Api, RefusalError


def named(api: Api, **more: str) -> dict[str, str]:
    """The environment that names the API."""
    return {ENDPOINT: api.url, **more}


def test_an_api_that_lets_us_in(api: Api) -> None:
    """With its version, where it tells one; nothing is left there."""
    assert ask(named(api)) == "version 2.17.0 answers and shows pipelines; whether runs may be started cannot be asked"
    api.version = "unknown"
    assert ask(named(api)).startswith("answers without telling its version and shows pipelines")
    assert {method for method, _ in api.seen} == {"GET"}
    assert ("GET", "/pipelines") in api.seen
    assert (is_named(named(api)), is_named({ENDPOINT: " "}), is_named({})) == (True, False, False)


def test_several_users_share_it(api: Api) -> None:
    """Each names the profile's namespace."""
    api.multi_user = True
    assert ask(named(api)).endswith("name your profile's namespace when you submit: --namespace")


def test_a_token_that_it_does_not_take(api: Api, tmp_path: Path) -> None:
    """With where another is read from."""
    api.token = "sesame"
    token = tmp_path / "token"
    token.write_text("sesame")
    there = named(api, KF_PIPELINES_SA_TOKEN_PATH=str(token))
    assert ask(there).startswith("version 2.17.0")
    token.write_text("thistle")
    with pytest.raises(ConfigurationError, match=r"does not know you - give a token with .*KF_PIPELINES_SA_TOKEN_PATH"):
        ask(there)
    token.unlink()
    with pytest.raises(ConfigurationError, match=r"there is no file .* - name another .*KF_PIPELINES_SA_TOKEN_PATH"):
        ask(there)


def test_what_is_refused_and_what_is_silent(api: Api) -> None:
    """As for every other command."""

    def refuse(_: str, path: str) -> None:
        if path == "/pipelines":
            raise RefusalError(403, "not yours")

    api.before = refuse
    with pytest.raises(ConfigurationError, match="refused: not yours - ask for rights in that namespace"):
        ask(named(api))
    with pytest.raises(TransientError, match=r"does not answer: .* - check KF_PIPELINES_ENDPOINT"):
        ask({ENDPOINT: f"http://127.0.0.1:{free_port()}"})


def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> tuple[int, Any]:
    """The exit code of the doctor, and what it has found."""
    words = ["stockpot", "doctor", "--output", "json", "--home", str(home / "home")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        cli.main()
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    return int(left.value.code or 0), found


def test_the_doctor_asks_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Alone too; then nobody says that no cluster is named."""
    for name in ("ARGO_SERVER", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    code, found = doctor(monkeypatch, capsys, tmp_path)
    assert (code, found["Kubeflow Pipelines"]["verdict"]) == (0, "ok")
    assert "cluster" not in found
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    code, found = doctor(monkeypatch, capsys, tmp_path)
    assert (code, found["Kubeflow Pipelines"]["verdict"]) == (11, "wrong")
    monkeypatch.delenv(ENDPOINT)
    code, found = doctor(monkeypatch, capsys, tmp_path)
    assert (code, "Kubeflow Pipelines" in found) == (0, False)
    assert found["cluster"]["said"] == "none is named; runs are carried out on this machine"


def test_rights_that_are_not_needed_for_a_run_are_worth_knowing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """They are in nobody's way."""
    monkeypatch.delenv(ENDPOINT, raising=False)
    monkeypatch.setenv("ARGO_SERVER", "argo:2746")
    monkeypatch.setattr("stockpot.cluster.rights.ask", lambda *_: "ready")
    monkeypatch.setattr("stockpot.cluster.rights.lacking", lambda *_: "you may not update workflows")
    code, found = doctor(monkeypatch, capsys, tmp_path)
    assert (code, found["cluster"]["verdict"], found["further rights"]["verdict"]) == (0, "ok", "note")
    monkeypatch.setattr("stockpot.cluster.rights.lacking", lambda *_: "")
    assert "further rights" not in doctor(monkeypatch, capsys, tmp_path)[1]
