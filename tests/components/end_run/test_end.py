"""The row of a run at its end, and who is told, on a real Postgres, a real store and a real web hook."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg2
import pytest
from psycopg2.extras import RealDictCursor

from components.begin_run.begin import Begun, opened
from components.begin_run.migrate import migrate
from components.end_run import __main__ as end
from components.end_run import beside
from components.end_run.committed import Run, own
from components.iceberg.details import details_text
from components.iceberg.receipts import Receipt
from components.load_iceberg.load import load
from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import CATALOG_PREFIX
from components.shell.pages import POLICY
from components.shell.summary import Summary
from tests.components.end_run.test_notify import WebHook
from tests.components.load_iceberg.scene import DEFINITION, NAME, PIPELINE, T0, Job, job, table_now

URI = f"{CATALOG_PREFIX}URI"
STORE = f"{CATALOG_PREFIX}S3__ENDPOINT"
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
RUN = Begun("run-1", PIPELINE, "1", "key", AS_OF, AS_OF - timedelta(days=2), AS_OF - timedelta(days=1))
FAILED = {"state": "FAILED", "error": {"code": 10.0, "message": "load/check-quality: the data breaks its contract"}}
VIEWS = {"from": "events", "source": "event_aggregations.events, snapshot 7", "why": "the table is there"}
SUCCEEDED = {"state": "SUCCEEDED", "error": {"code": 0.0, "message": ""}}
STEPS = {
    "features": Summary(rows_in=100, rows_out=6, rows_rejected=5, details={"views": VIEWS}),
    "quality": Summary(rows_in=6, rows_out=6, details={"met": 85, "failed": 0}),
}


def rows(url: str) -> list[dict[str, Any]]:
    """All rows of etl_runs."""
    with psycopg2.connect(url) as connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SET timezone = 'UTC'; SELECT * FROM etl_runs ORDER BY run_id")
        found = [dict(row) for row in cursor.fetchall()]
    connection.close()
    return found


def finish(status: Mapping[str, Any], as_of: str = "2026-01-15T00:00:00Z", **more: Any) -> str:
    """End the run; the page about it."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report"
        told = {"status": status, "run_id": "run-1", "pipeline": PIPELINE, "as_of": as_of, "report": report}
        told["metrics"] = Path(directory) / "metrics"
        texts = {name: json.dumps(value) for name, value in more.items() if isinstance(value, Mapping)}
        end.main(**{**told, **more, **texts})
        return report.read_text()


def begun(work: Job, run_id: str = "run-1", *, keyed: bool = True) -> Begun:
    """Open the row of a run that is to do the work."""
    due = work.receipt
    run = Begun(run_id, PIPELINE, "1", due.run_key if keyed else None, due.as_of, due.interval_start, due.interval_end)
    opened(run)
    return run


def commit(work: Job, directory: Path, run_id: str = "run-1", **shown: Any) -> Receipt:
    """Do the work, as that run; its check has `shown` that of the rows."""
    quality = replace(STEPS["quality"], details={**STEPS["quality"].details, **shown})
    asked = replace(work.receipt, run_id=run_id, details=details_text({**STEPS, "quality": quality}))
    return load(DEFINITION, asked, work.write(directory)).receipt


def result(url: str, run_id: str = "run-1") -> tuple[Any, ...]:
    """What the row of a run says of its end."""
    (row,) = [row for row in rows(url) if row["run_id"] == run_id]
    names = ("status", "run_key", "snapshot_id", "rows_in", "rows_out", "rows_rejected")
    return tuple(row[name] for name in names)


def test_the_details_say_what_came_into_the_tables_beside(table: str, tmp_path: Path):
    """By the run's key, by its name where the key is another, and not of another run's; they are text beyond 2^53."""
    work, names = job(T0, T0 + timedelta(days=1)), [f"kitchen.{name}" for name in ("same", "other", "empty", "strange")]
    migrate([replace(DEFINITION, name=name) for name in names])
    run, rows_ = begun(work), work.write(tmp_path / "rows")
    receipt = replace(work.receipt, run_id="run-1")
    given = {"same": receipt, "other": replace(receipt, run_key="another")}
    given["strange"] = replace(receipt, run_key="foreign", run_id="run-0", as_of=receipt.as_of + timedelta(hours=1))
    made = {name: load(replace(DEFINITION, name=f"kitchen.{name}"), one, rows_) for name, one in given.items()}
    commit(work, tmp_path / "own")
    page = finish(SUCCEEDED, table=NAME, also=names)
    (row,) = rows(table)
    found = {name: made[name].receipt for name in ("same", "other")}
    assert row["details"]["tables"] == {
        f"kitchen.{name}": {"run_key": one.run_key, "rows": 6, "snapshot_id": str(one.snapshot_id)}
        for name, one in found.items()
    }
    assert row["run_key"] == run.run_key
    assert all(f"{name}@{one.snapshot_id}" in page for name, one in found.items())


def test_a_run_that_goes_well(table: str, tmp_path: Path):
    """Beginning, commit and end leave one full row, with what all steps said."""
    work = job(T0, T0 + timedelta(days=1))
    run = begun(work)
    (row,) = rows(table)
    assert (row["status"], row["finished_at"]) == ("running", None)
    done = commit(work, tmp_path / "rows")
    page = finish(SUCCEEDED, table=NAME, metrics=tmp_path / "metrics")
    figures = json.loads((tmp_path / "metrics").read_text())
    assert figures.pop("seconds") >= 0
    assert figures == {"rows_in": 100, "rows_out": 6, "rows_rejected": 5, "expectations_met": 85}
    assert all(
        told in page
        for told in (f"{NAME}@{done.snapshot_id}", "85 expectations: 85 met.", "Rows loaded", escape(POLICY))
    )
    carried = json.loads(table_now().properties[f"stockpot.receipt.{PIPELINE}"])
    assert (carried["stockpot.run-id"], "stockpot.details" in carried) == ("run-1", False)
    (row,) = rows(table)
    assert row.pop("started_at") <= row.pop("finished_at")
    details = row.pop("details")
    assert row == {
        "run_id": "run-1", "pipeline": PIPELINE, "run_key": run.run_key, "as_of": run.as_of,
        "interval_start": run.interval_start, "interval_end": run.interval_end, "status": "succeeded", "reason": None,
        "rows_in": 100, "rows_out": 6, "rows_rejected": 5, "snapshot_id": done.snapshot_id,
        "git_commit": row["git_commit"], "pipeline_version": "1", "engine": row["engine"], "told": None, "page": None,
    }  # fmt: skip
    assert details == {
        "features": {"rows_in": 100, "rows_out": 6, "rows_rejected": 5, "views": VIEWS},
        "quality": {"rows_in": 6, "rows_out": 6, "rows_rejected": 0, "met": 85, "failed": 0},
        "load": {"rows_in": 6, "rows_out": 6, "rows_rejected": 0, "late": {"reopened": [], "left": []}},
    }


@pytest.mark.parametrize("keyed", [True, False])
def test_the_row_says_what_the_table_says(table: str, tmp_path: Path, *, keyed: bool):
    """Before the commit nothing, after it all; whoever finds the work done says what was done. By key or by name."""
    work = job(T0, T0 + timedelta(days=1))
    begun(work, keyed=keyed)
    assert "the data breaks its contract" in finish(FAILED, table=NAME)
    key = work.receipt.run_key
    assert result(table) == ("failed", key if keyed else None, None, None, None, None)
    done = commit(work, tmp_path / "rows")
    finish(FAILED, table=NAME)
    assert result(table) == ("failed", key, done.snapshot_id, 100, 6, 5)
    finish(SUCCEEDED, table=NAME)
    assert result(table) == ("succeeded", key, done.snapshot_id, 100, 6, 5)
    begun(work, "run-2", keyed=keyed)
    assert "this one found nothing new" in finish(SUCCEEDED, table=NAME, run_id="run-2")
    assert result(table, "run-2") == ("succeeded", key, done.snapshot_id, 100, 6, 5)


def test_a_run_of_a_stream_that_failed_takes_nobodys_commit():
    """One of the same instant has committed; only a run that found its work done may say so."""
    other = Receipt("k", PIPELINE, T0, T0, AS_OF, "1", snapshot_id=7, run_id="run-2")
    assert own([other], Run("run-1", AS_OF, "", succeeded=True)) == other
    assert own([other], Run("run-1", AS_OF, "", succeeded=False)) is None
    assert own([other], Run("run-1", AS_OF - timedelta(hours=1), "", succeeded=True)) is None
    assert own([other], Run("run-2", AS_OF, "", succeeded=False)) == other


def test_a_table_that_an_older_stockpot_filled(table: str, tmp_path: Path):
    """Its receipts have no details; the row then says what the load itself counted."""
    work = job(T0, T0 + timedelta(days=1))
    begun(work)
    done = load(DEFINITION, work.receipt, work.write(tmp_path / "rows")).receipt
    finish(SUCCEEDED, table=NAME)
    assert result(table) == ("succeeded", work.receipt.run_key, done.snapshot_id, 6, 6, 0)


def test_repeating_everything_changes_nothing(runs: str):
    """Beginning and end may be retried: first start and first finish stay."""
    again: list[Callable[[], None]] = [lambda: opened(RUN), lambda: finish(FAILED)]
    for repeat in again:
        repeat()
    before = rows(runs)
    for repeat in again:
        repeat()
    assert rows(runs) == before


def test_a_late_start_does_not_reopen_a_closed_run(runs: str):
    """A start that comes after the end fills what is missing and leaves status and finish."""
    finish(FAILED)
    (closed,) = rows(runs)
    assert closed["started_at"] is None
    opened(RUN)
    (row,) = rows(runs)
    for name in ("status", "reason", "finished_at"):
        assert row[name] == closed[name]
    assert row["started_at"] is not None
    assert row["run_key"] == "key"


def test_a_run_that_failed_before_its_start_gets_its_row(runs: str):
    """The end makes the row where there is none, with the step and the reason."""
    finish(FAILED, table=NAME)
    (row,) = rows(runs)
    assert (row["status"], row["reason"]) == ("failed", "load/check-quality: the data breaks its contract")
    assert (row["pipeline"], row["as_of"], row["engine"], row["git_commit"]) == (PIPELINE, AS_OF, "local", "abc")


def test_a_malformed_as_of_is_recorded_without_it(runs: str):
    """What made the run fail must not make its record fail too."""
    finish(FAILED, as_of="yesterday")
    assert rows(runs)[0]["as_of"] is None


def test_a_resumed_run_ends_anew(runs: str):
    """After a failure and a resume the last end counts and the reason goes."""
    opened(RUN)
    finish(FAILED)
    (failed,) = rows(runs)
    finish(SUCCEEDED)
    (row,) = rows(runs)
    assert (row["status"], row["reason"]) == ("succeeded", None)
    assert row["finished_at"] > failed["finished_at"]
    assert row["started_at"] == failed["started_at"]


def test_a_page_that_cannot_be_made_is_a_warning(
    runs: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The run is recorded as it ended, and the file that engines ask for says that there is no report."""
    monkeypatch.setattr("components.end_run.page.page", lambda about: about.nothing)
    assert "could not be made" in finish(SUCCEEDED)
    assert "the page about run run-1 cannot be made" in caplog.text
    assert rows(runs)[0]["status"] == "succeeded"


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(5)", ""])
def test_the_run_before_keeps_nobody_from_being_told(
    statement: str, runs: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Whoever asks for it too long, or finds what nobody can read: the page lacks a part, and no more."""

    def compared(cursor: Any, run_id: str) -> Any:
        cursor.execute(statement or "SELECT 1")
        return int(run_id) if not statement else None

    monkeypatch.setattr(beside, "PATIENCE", {"statement_timeout": "100ms"})
    monkeypatch.setattr(end, "compared", compared)
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    finish(FAILED)
    hook.server.shutdown()
    assert len(hook.taken) == 1
    assert "the run before run run-1 cannot be read: " in caplog.text
    assert rows(runs)[0]["status"] == "failed"


def test_a_stopped_run_is_stopped(runs: str):
    """A cancelled run is neither a success nor a failure."""
    finish({"state": "CANCELLED", "error": {"code": 1, "message": "the run was stopped"}})
    assert rows(runs)[0]["status"] == "stopped"


def test_secrets_do_not_reach_the_table(runs: str):
    """A password in the reason is taken out."""
    page = finish({"state": "FAILED", "error": {"code": 1, "message": "load: postgresql://me:hunter2@db refused \0"}})
    assert "hunter2" not in json.dumps(rows(runs), default=str) + page


def test_sixteen_starts_and_ends_at_once_leave_one_row(runs: str):
    """Twins in any order end in one closed row."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda turn: opened(RUN) if turn % 2 else finish(SUCCEEDED), range(32)))
    (row,) = rows(runs)
    assert row["status"] == "succeeded"
    assert row["started_at"] is not None
    assert row["finished_at"] is not None


def test_a_broken_channel_leaves_the_record(runs: str, monkeypatch: pytest.MonkeyPatch):
    """The row is as it should be before anybody is told, and the end asks for another try."""
    monkeypatch.setattr("components.end_run.channels._PAUSE_SECONDS", 0)
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", "json://127.0.0.1:1/")
    opened(RUN)
    with pytest.raises(TransientError, match="1 of 1 channel did"):
        finish(FAILED)
    assert rows(runs)[0]["status"] == "failed"


def test_people_are_told_of_an_end_once_however_often_it_is_tried(runs: str, monkeypatch: pytest.MonkeyPatch):
    """Engines try again where the page cannot be stored; once more after a kill in between, and of another end."""
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    with monkeypatch.context() as killed:
        killed.setattr("components.end_run.record.remember", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            finish(FAILED)
    for status in (FAILED, FAILED, SUCCEEDED, SUCCEEDED, FAILED):
        finish(status, on_success=True)
    # Of a success nobody is told here; the failure after it is one of its own.
    finish(SUCCEEDED)
    finish(FAILED)
    hook.server.shutdown()
    assert [taken["type"] for taken in hook.taken] == ["failure", "failure", "success", "failure", "failure"]


def test_what_cannot_be_remembered_is_no_reason_for_another_try(
    runs: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """For that would tell people again: a table of an older form has no place for it, or the database goes away."""
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    with psycopg2.connect(runs) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE etl_runs DROP COLUMN told, DROP COLUMN details")
    connection.close()
    finish(FAILED, table=NAME)
    monkeypatch.setattr("components.end_run.record.remember", Mock(side_effect=TransientError("it is away")))
    finish(SUCCEEDED, on_success=True)
    hook.server.shutdown()
    assert [taken["type"] for taken in hook.taken] == ["failure", "success"]
    assert rows(runs)[0]["status"] == "succeeded"
    assert "another try would tell people again: it is away" in caplog.text


def test_a_database_that_is_down_keeps_nobody_from_being_told(catalog: str, monkeypatch: pytest.MonkeyPatch):
    """People hear of the run, and the end asks for another try for the record's sake."""
    hook = WebHook()
    monkeypatch.setenv(URI, "postgresql+psycopg2://me:hunter2@127.0.0.1:1/x")
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    with pytest.raises(TransientError, match="Postgres does not answer"):
        finish(FAILED)
    hook.server.shutdown()
    assert [taken["type"] for taken in hook.taken] == ["failure"]


def test_a_store_that_is_down_hides_neither_failure_nor_success(table: str, tmp_path: Path, monkeypatch, caplog):
    """A failure is recorded without what the table says; a success too, and the end asks for another try."""
    work = job(T0, T0 + timedelta(days=1))
    begun(work)
    commit(work, tmp_path / "rows")
    monkeypatch.setenv(STORE, "http://127.0.0.1:1")
    finish(FAILED, table=NAME)
    assert "cannot be read" in caplog.text
    assert result(table) == ("failed", work.receipt.run_key, None, None, None, None)
    with pytest.raises(TransientError):
        finish(SUCCEEDED, table=NAME)
    assert result(table)[0] == "succeeded"


def test_a_receipt_that_cannot_be_read_hides_neither_the_end_nor_its_telling(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Somebody else's commit bears our properties: the row is closed and people are told, and only then it fails."""
    work = job(T0, T0 + timedelta(days=1))
    begun(work)
    load(DEFINITION, replace(work.receipt, run_id="run-1", details="{"), work.write(tmp_path / "rows"))
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    with pytest.raises(ValueError, match="Expecting property name"):
        finish(SUCCEEDED, table=NAME, on_success=True)
    assert result(table)[0] == "succeeded"
    finish(FAILED, table=NAME)
    hook.server.shutdown()
    assert result(table)[0] == "failed"
    assert "cannot be read: JSONDecodeError" in caplog.text
    assert [taken["type"] for taken in hook.taken] == ["success", "failure"]


def end_process(environment: dict[str, str], report: Path) -> subprocess.CompletedProcess[str]:
    """The end as its container runs it."""
    command = [sys.executable, "-m", "components.end_run", "--status", json.dumps(FAILED)]
    command += ["--run-id", "run-1", "--pipeline", "p", "--as-of", "2026-01-15T00:00:00Z"]
    command += ["--report", str(report), "--metrics", str(report.with_name("metrics"))]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_the_table_the_end_warns_and_succeeds(catalog: str, tmp_path: Path):
    """A run that could not begin is not hidden behind a failed exit handler."""
    done = end_process({}, tmp_path / "report")
    assert done.returncode == 0
    assert any("there is no table etl_runs" in line and "run-1" in line for line in done.stderr.splitlines())


def test_an_address_that_is_not_set_is_a_matter_of_configuration(catalog: str, monkeypatch: pytest.MonkeyPatch):
    """The error names the variable."""
    monkeypatch.delenv(URI)
    with pytest.raises(ConfigurationError, match=URI):
        finish(FAILED)
