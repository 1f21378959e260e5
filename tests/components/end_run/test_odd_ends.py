"""What people are told of a run though it has succeeded, and what settings that cannot be used do to an end."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from components.end_run.committed import warnings_of
from components.iceberg.details import details_text
from components.load_iceberg.load import load
from components.shell.cluster import on_cluster
from components.shell.errors import ConfigurationError
from components.shell.summary import Summary
from tests.components.end_run.test_end import FAILED, STEPS, SUCCEEDED, begun, finish, rows
from tests.components.end_run.test_notify import WebHook
from tests.components.load_iceberg.scene import DEFINITION, NAME, PIPELINE, T0, job


def test_people_are_told_of_what_receipts_warn_of_and_of_lateness(table: str, tmp_path: Path, monkeypatch):
    """On engines that know nothing of warnings; not of those of a run that had done the same before."""
    hook = WebHook()
    for name, value in {
        "STOCKPOT_NOTIFY_URLS": hook.url,
        "STOCKPOT_ENGINE": "argo",
        "STOCKPOT_LATE_HOURS": "3",
    }.items():
        monkeypatch.setenv(name, value)
    work = job(T0, T0 + timedelta(days=1))
    begun(work)
    quality = Summary(rows_in=6, rows_out=6, details={"met": 84, "warnings": ["shares(label): too high"]})
    asked = replace(work.receipt, run_id="run-1", details=details_text({**STEPS, "quality": quality}))
    load(DEFINITION, asked, work.write(tmp_path / "rows"))
    finish(SUCCEEDED, as_of="", scheduled="2026-03-03T12:00:00Z", table=NAME)
    begun(work, "run-2")
    finish(SUCCEEDED, as_of="", scheduled="2026-03-03T12:00:00Z", table=NAME, run_id="run-2")
    hook.server.shutdown()
    (taken,) = hook.taken
    assert (taken["title"], taken["type"]) == (f"{PIPELINE} has succeeded, late, with a warning", "warning")
    lines = taken["message"].splitlines()
    assert "Warning: shares(label): too high" in lines
    assert any(
        line.startswith("Late: it ended ") and line.endswith("3 h are allowed (STOCKPOT_LATE_HOURS)") for line in lines
    )
    assert lines[-1] == f"Report: stockpot report run-1 {on_cluster()}"


def test_warnings_that_are_not_handed_on_are_counted(runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A variable holds a part of them: title, message and metric say how many there are."""
    hook = WebHook()
    told = {"STOCKPOT_WARNINGS": json.dumps(["check: high", "check: low"]), "STOCKPOT_WARNED": "1034"}
    for name, value in {**told, "STOCKPOT_NOTIFY_URLS": hook.url, "STOCKPOT_METRICS_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    finish(SUCCEEDED)
    hook.server.shutdown()
    (taken,) = hook.taken
    assert taken["title"] == f"{PIPELINE} has succeeded, with 1,034 warnings"
    assert "Warning: check: low\nWarning: … and 1,032 more, in the report" in taken["message"]
    metrics = (tmp_path / f"stockpot-{PIPELINE}-run.prom").read_text()
    assert re.findall(r"^stockpot_last_run_warnings\{.*\} (.*)$", metrics, re.MULTILINE) == ["1034.0"]


@pytest.mark.parametrize(
    ("quality", "found"),
    [
        ({"warned": 2, "warnings": ["a", "b"]}, (["a", "b"], 2)),
        ({"warned": 40, "warnings": "8,192 letters left out"}, (["8,192 letters left out"], 40)),
        ({"warned": "many", "warnings": ["a"]}, (["a"], 1)),
        ({"warned": 3, "warnings": 3}, ([], 3)),
        ({"met": 3}, ([], 0)),
        (["warned"], ([], 0)),
    ],
)
def test_receipts_say_how_many_warnings_there_are(quality: object, found: tuple[list[str], int]):
    """They hold as many as there is room for; what has another form is no number."""
    receipt = replace(job(T0, T0 + timedelta(days=1)).receipt, details=json.dumps({"quality": quality}))
    assert warnings_of({NAME: receipt, "beside": replace(receipt, details="")}) == found


@pytest.mark.parametrize(("name", "value"), [("STOCKPOT_RUN_URL", "here"), ("STOCKPOT_NOTIFY_ON_SUCCESS", "perhaps")])
def test_a_setting_of_the_message_keeps_nobody_from_being_told(name: str, value: str, runs: str, monkeypatch):
    """Of a failure: it is said without what the setting would add, and then the setting is named."""
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        finish(FAILED)
    hook.server.shutdown()
    (taken,) = hook.taken
    assert taken["title"] == f"{PIPELINE} has failed"
    assert [row["status"] for row in rows(runs)] == ["failed"]


def test_settings_that_cannot_be_used_leave_the_record(runs: str, monkeypatch: pytest.MonkeyPatch):
    """Each is exit code 11 by its name, when all else is done; so is the end of a run that failed."""
    for name, value in (("STOCKPOT_LATE_HOURS", "soon"), ("STOCKPOT_PUSHGATEWAY_URL", "http://push")):
        with monkeypatch.context() as only:
            only.setenv(name, value)
            with pytest.raises(ConfigurationError, match=name):
                finish(FAILED, run_id=name)
    assert [row["status"] for row in rows(runs)] == ["failed", "failed"]
