"""The row of a run, on a real Postgres."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extras import RealDictCursor

from components.migrate.etl_runs import reconcile_etl_runs
from components.record_run import end, result, start
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.summary import Summary

URI = f"{CATALOG_PREFIX}URI"
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
INTERVAL = {"interval_start": AS_OF - timedelta(days=2), "interval_end": AS_OF - timedelta(days=1)}
RUN: dict[str, Any] = {
    "run_id": "run-1", "pipeline": "moderation-training", "version": "1", "run_key": "key", "as_of": AS_OF, **INTERVAL
}  # fmt: skip
FAILED = {"state": "FAILED", "error": {"code": 10.0, "message": "load/check-quality: the data breaks its contract"}}
VIEWS = {"from": "events", "source": "event_aggregations.events, snapshot 7", "why": "the table is there"}
LATE = {"reopened": [["2026-01-12T00:00:00Z", "2026-01-12T01:00:00Z", 2]], "left": []}
SUCCEEDED = {"state": "SUCCEEDED", "error": {"code": 0.0, "message": ""}}


@pytest.fixture
def catalog(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database that is the catalog's, without etl_runs yet."""
    monkeypatch.setenv(URI, database_url.replace("postgresql://", "postgresql+psycopg2://"))
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    monkeypatch.setenv("STOCKPOT_GIT_COMMIT", "abc")
    return database_url


@pytest.fixture
def runs(catalog: str) -> str:
    """The same with etl_runs."""
    with psycopg2.connect(catalog) as connection, connection.cursor() as cursor:
        reconcile_etl_runs(cursor)
    connection.close()
    return catalog


def rows(url: str) -> list[dict[str, Any]]:
    """All rows of etl_runs."""
    with psycopg2.connect(url) as connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SET timezone = 'UTC'; SELECT * FROM etl_runs ORDER BY run_id")
        found = [dict(row) for row in cursor.fetchall()]
    connection.close()
    return found


def finish(status: dict[str, Any], as_of: str = "2026-01-15T00:00:00Z") -> None:
    """Close the run."""
    end.main(status=status, run_id="run-1", pipeline="moderation-training", as_of=as_of)


def summaries(directory: Path) -> dict[str, Any]:
    """What `result` is given: the paths of three summaries."""
    places = {name: directory / name for name in ("features", "quality", "load")}
    Summary(rows_in=100, rows_out=285, rows_rejected=5, details={"views": VIEWS}).write(places["features"])
    Summary(rows_in=285, rows_out=285, details={"met": 85, "failed": 0}).write(places["quality"])
    Summary(rows_in=287, rows_out=285, rows_rejected=2, details={"late": LATE}).write(places["load"])
    return {"run_id": "run-1", "snapshot_id": "8123456789012345678", **places}


def test_a_run_that_goes_well(runs: str, tmp_path: Path):
    """Start, result and end leave one full row."""
    start.main(**RUN)
    (row,) = rows(runs)
    assert (row["status"], row["finished_at"]) == ("running", None)
    result.main(**summaries(tmp_path))
    finish(SUCCEEDED)
    (row,) = rows(runs)
    assert row.pop("started_at") <= row.pop("finished_at")
    assert row == {
        "run_id": "run-1", "pipeline": "moderation-training", "run_key": "key", "as_of": AS_OF,
        **INTERVAL, "status": "succeeded", "reason": None,
        "rows_in": 100, "rows_out": 285, "rows_rejected": 7, "quality": {"met": 85, "failed": 0},
        "views": VIEWS, "late": LATE, "snapshot_id": 8123456789012345678,
        "git_commit": "abc", "pipeline_version": "1", "engine": "local",
    }  # fmt: skip


def test_one_summary_given_twice_counts_once(runs: str, tmp_path: Path):
    """Where one step both made and committed the rows, what it rejected is no more than that."""
    start.main(**RUN)
    given = summaries(tmp_path)
    result.main(**{**given, "load": given["features"]})
    assert rows(runs)[0]["rows_rejected"] == 5


def test_repeating_everything_changes_nothing(runs: str, tmp_path: Path):
    """Each command may be retried: first start and first finish stay."""
    for repeat in (lambda: start.main(**RUN), lambda: result.main(**summaries(tmp_path)), lambda: finish(FAILED)):
        repeat()
    before = rows(runs)
    for repeat in (lambda: start.main(**RUN), lambda: result.main(**summaries(tmp_path)), lambda: finish(FAILED)):
        repeat()
    assert rows(runs) == before


def test_a_late_start_does_not_reopen_a_closed_run(runs: str):
    """A start that comes after the end fills what is missing and leaves status and finish."""
    finish(FAILED)
    (closed,) = rows(runs)
    assert closed["started_at"] is None
    start.main(**RUN)
    (row,) = rows(runs)
    assert (row["status"], row["reason"], row["finished_at"]) == (
        closed["status"],
        closed["reason"],
        closed["finished_at"],
    )
    assert row["started_at"] is not None
    assert row["run_key"] == "key"


def test_a_run_that_failed_before_its_start_gets_its_row(runs: str):
    """The end makes the row where there is none, with the step and the reason."""
    finish(FAILED)
    (row,) = rows(runs)
    assert (row["status"], row["reason"]) == ("failed", "load/check-quality: the data breaks its contract")
    assert (row["pipeline"], row["as_of"], row["engine"], row["git_commit"]) == (
        "moderation-training",
        AS_OF,
        "local",
        "abc",
    )


def test_a_malformed_as_of_is_recorded_without_it(runs: str):
    """What made the run fail must not make its record fail too."""
    finish(FAILED, as_of="yesterday")
    assert rows(runs)[0]["as_of"] is None


def test_a_resumed_run_ends_anew(runs: str):
    """After a failure and a resume the last end counts and the reason goes."""
    start.main(**RUN)
    finish(FAILED)
    (failed,) = rows(runs)
    finish(SUCCEEDED)
    (row,) = rows(runs)
    assert (row["status"], row["reason"]) == ("succeeded", None)
    assert row["finished_at"] > failed["finished_at"]
    assert row["started_at"] == failed["started_at"]


def test_a_stopped_run_is_stopped(runs: str):
    """A cancelled run is neither a success nor a failure."""
    finish({"state": "CANCELLED", "error": {"code": 1, "message": "the run was stopped"}})
    assert rows(runs)[0]["status"] == "stopped"


def test_secrets_do_not_reach_the_table(runs: str):
    """A password in the reason is taken out."""
    finish({"state": "FAILED", "error": {"code": 1, "message": "migrate: postgresql://me:hunter2@db refused \0"}})
    assert "hunter2" not in json.dumps(rows(runs), default=str)


def test_a_run_that_loaded_nothing_has_no_snapshot(runs: str, tmp_path: Path):
    """An empty snapshot is stored as null."""
    result.main(**{**summaries(tmp_path), "snapshot_id": ""})
    assert rows(runs)[0]["snapshot_id"] is None


@pytest.mark.parametrize("change", [{"snapshot_id": "many"}, {"load": Path("/nowhere/load")}])
def test_a_malformed_result_is_refused(runs: str, tmp_path: Path, change: dict[str, Any]):
    """A snapshot that is no number or a missing summary is a configuration error, and nothing is written."""
    with pytest.raises(ConfigurationError):
        result.main(**{**summaries(tmp_path), **change})
    assert rows(runs) == []


def test_sixteen_starts_and_ends_at_once_leave_one_row(runs: str):
    """Twins in any order end in one closed row."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda turn: start.main(**RUN) if turn % 2 else finish(SUCCEEDED), range(32)))
    (row,) = rows(runs)
    assert row["status"] == "succeeded"
    assert row["started_at"] is not None
    assert row["finished_at"] is not None


def end_process(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`end` as its container runs it."""
    command = [sys.executable, "-m", "components.record_run.end", "--status", json.dumps(FAILED)]
    command += ["--run-id", "run-1", "--pipeline", "p", "--as-of", "2026-01-15T00:00:00Z"]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_the_table_the_end_warns_and_succeeds(catalog: str):
    """A failed `migrate` is not hidden behind a failed exit handler."""
    done = end_process({})
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "there is no table etl_runs" in line
    assert "run-1" in line


def test_a_database_that_is_down_is_tried_again(catalog: str):
    """One line without the password, and the exit code that asks for another try."""
    done = end_process({URI: "postgresql+psycopg2://me:hunter2@127.0.0.1:1/x"})
    assert done.returncode == 75
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: Postgres does not answer")
    assert "hunter2" not in line


def test_an_address_that_is_not_set_is_a_matter_of_configuration(catalog: str):
    """The line names the variable."""
    done = end_process({URI: ""})
    assert done.returncode == 11
    assert URI in done.stderr


def test_start_without_the_table_is_refused(catalog: str):
    """Only the end forgives a missing table, for `migrate` comes before the start."""
    with pytest.raises(ConfigurationError, match="etl_runs"):
        start.main(**RUN)
