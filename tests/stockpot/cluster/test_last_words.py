"""What `submit --watch` says of the step that failed, besides its line."""

from typing import Any

import pytest
import typer

from components.shell.errors import ConfigurationError
from stockpot.cluster.log_lines import LogLine
from stockpot.commands.options import Form
from stockpot.commands.submitting import submit
from tests.stockpot.cluster.test_logs import Answers, line, state
from tests.stockpot.cluster.workflows import NAME, attempt, exit_code, pod, retry

TRIED = (
    pod("cook"),
    retry("serve", "Failed", message="No more retries left"),
    attempt("serve", 0, "Failed", startedAt="2026-01-15T00:00:01Z"),
    attempt("serve", 1, "Failed", startedAt="2026-01-15T00:00:02Z", outputs=exit_code(1), message="cold"),
)
SAID = [
    line("cook", "soup"),
    line("serve(0)", "too hot"),
    *(line("serve(1)", f"table {number}", number) for number in range(9)),
    line("serve(1)", "", 9),
    line("serve(1)", "\x1b[31mat postgres://me:pass@host", 10),
    line("serve(1)", "Error: exit status 1", 11),
]


class Watched(Answers):
    """A cluster on which a run is submitted."""

    def create(self, name: Any) -> Any:
        """The name of the new run."""
        return NAME

    def template(self, name: str) -> Any:
        """A template without parameters."""
        return {"metadata": {"name": name}, "spec": {}}


def watched(monkeypatch: pytest.MonkeyPatch, lines: list[Any], form: Form = Form.TEXT) -> Answers:
    """A run that fails, submitted and watched."""
    cluster = Watched([(state(*TRIED, phase="Failed"), lines)])
    monkeypatch.setattr("stockpot.cluster.access.choose", lambda *_: cluster)
    with pytest.raises(typer.Exit) as left:
        submit("verify-pipeline", watch=True, output=form)
    assert left.value.exit_code == 1
    return cluster


def test_the_last_lines_of_the_step_that_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of its last try, without secrets, what a terminal would obey, and what Argo says; above the error."""
    cluster = watched(monkeypatch, SAID)
    out, err = capsys.readouterr()
    told = [*(f"    │ table {number}" for number in range(2, 9)), "    │ \\x1b[31mat postgres://***@host"]
    assert out.splitlines()[-9:] == ["The last lines of serve:", *told]
    assert err.startswith("error: serve: cold - logs: stockpot logs ")
    (asked,) = cluster.asked
    assert (asked.pod, asked.last) == (line("serve(1)", "").pod, 48)


def test_in_json_they_stand_beside_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is read by a program stays what it was."""
    watched(monkeypatch, SAID, Form.JSON)
    out, err = capsys.readouterr()
    assert out.startswith("{")
    assert "    │ table 8\n" in err


@pytest.mark.parametrize(
    "lines", [[], [line("serve(1)", "error: cold")], [ConfigurationError("no right to pods/log", "ask")]]
)
def test_where_there_is_no_more_to_say_nothing_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lines: list[LogLine | Exception]
) -> None:
    """The pod is gone, has said no more than its line, or may not be read."""
    watched(monkeypatch, lines)
    out, err = capsys.readouterr()
    assert "last lines" not in out + err
    assert "no right" not in out + err
    assert err.startswith("error: serve: cold - logs: stockpot logs ")
