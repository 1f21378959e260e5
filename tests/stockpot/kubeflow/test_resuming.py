"""Going on with a run on Kubeflow Pipelines: what the API is asked, and what is refused before or by it."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from stockpot import cli
from tests.stockpot.kubeflow.api import Api, RefusalError

Resume = Callable[..., int]
RUN = "0b5e02b8-c614-4132-bfcc-6a36094b8001"


def run(api: Api, state: str) -> dict[str, Any]:
    """A run of the API in that state."""
    api.runs[RUN] = {"run_id": RUN, "display_name": "moderation-training 2026-01-15T00:00:00Z", "state": state}
    return api.runs[RUN]


@pytest.fixture
def resume(monkeypatch: pytest.MonkeyPatch) -> Resume:
    """Call the command in this process: its exit code."""

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["stockpot", "resume", RUN, "--on", "kfp", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0)

    return call


@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_a_run_goes_on(api: Api, resume: Resume, capsys: Any, state: str) -> None:
    """One that failed, or that somebody stopped, and its page is named."""
    found = run(api, state)
    assert resume() == 0
    assert found["state"] == "RUNNING"
    assert api.seen[-1] == ("POST", f"/runs/{RUN}:retry")
    told = capsys.readouterr().out
    page = f"{api.url}/#/runs/details/{RUN}"
    assert told == f"{found['display_name']} goes on as run {RUN}\nSteps: {page}\n"
    found["state"] = state
    assert resume("--output", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"run": RUN, "name": found["display_name"], "link": page}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("RUNNING", f"run {RUN} is still running - wait for its end"),
        ("SUCCEEDED", f"run {RUN} has succeeded - there is nothing to resume; submit a new run"),
        ("", f"Kubeflow Pipelines has no run {RUN} - name it by its id, which `stockpot submit` prints"),
    ],
)
def test_what_cannot_go_on(api: Api, resume: Resume, capsys: Any, state: str, told: str) -> None:
    """Exit code 11, and nothing was asked for."""
    if state:
        run(api, state)
    assert resume() == 11
    assert told in capsys.readouterr().err
    assert all(method == "GET" for method, _ in api.seen)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "check-quality"], "Kubeflow Pipelines cannot begin from a step that is named - leave out --from"),
        (["--only", "check-quality"], "--only is for runs on this machine - leave it out, or leave out --on kfp"),
        (["-n", "mine"], "--namespace is for runs on Argo - leave it out: Kubeflow Pipelines knows a run by its id"),
        (["--on", "cluster", "--endpoint", "http://localhost"], "--endpoint is for Kubeflow Pipelines - add --on kfp"),
    ],
)
def test_what_means_nothing_there_is_refused(
    api: Api, resume: Resume, capsys: Any, words: Sequence[str], told: str
) -> None:
    """Before anything is asked."""
    run(api, "FAILED")
    assert resume(*words) == 11
    assert told in capsys.readouterr().err
    assert api.seen == []


@pytest.mark.parametrize(("status", "code"), [(400, 11), (403, 11), (500, 75)])
def test_a_refusal_by_the_api_is_one_line(api: Api, resume: Resume, capsys: Any, status: int, code: int) -> None:
    """With what it said, and whether another try helps."""
    run(api, "FAILED")

    def refuse(method: str, _: str) -> None:
        if method == "POST":
            raise RefusalError(status, "workflow cannot be retried")

    api.before = refuse
    assert resume() == code
    (line,) = capsys.readouterr().err.splitlines()
    assert "workflow cannot be retried" in line
