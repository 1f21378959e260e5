"""The record of runs rebuilt from the receipts in the tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extras import RealDictCursor

from components.begin_run.etl_runs import reconcile_etl_runs
from components.begin_run.migrate import migrate
from components.iceberg.receipts import receipts
from components.load_iceberg.load import load
from components.shell.errors import ConfigurationError
from stockpot.backfill.past import past
from stockpot.backfill.reconcile import reconcile
from tests.components.load_iceberg.scene import DEFINITION, EPOCH, NAME, PIPELINE, T0, Job, job, table_now

HOUR = timedelta(hours=1)


@pytest.fixture
def cursor(catalog_env: dict[str, str], database_url: str) -> Iterator[Any]:
    """The catalog's database, with etl_runs in it, each statement for itself."""
    connection = psycopg2.connect(database_url, cursor_factory=RealDictCursor)
    connection.autocommit = True
    with connection.cursor() as found:
        yield found
    connection.close()


@pytest.fixture
def loaded(cursor: Any, catalog_env: dict[str, str], tmp_path: Path) -> list[Job]:
    """A table with three loads, none of which is in etl_runs."""
    migrate([DEFINITION])
    cursor.execute("DROP TABLE IF EXISTS etl_runs")
    with psycopg2.connect(catalog_env["DATABASE_URL"]) as connection, connection.cursor() as plain:
        reconcile_etl_runs(plain)
    connection.close()
    jobs = [job(EPOCH, T0)] + [job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3) for n in range(2)]
    for each in jobs:
        each.load(each.write(tmp_path / each.receipt.run_key))
    return jobs


def _rows(cursor: Any) -> list[dict[str, Any]]:
    cursor.execute("SET timezone = 'UTC'; SELECT * FROM etl_runs ORDER BY interval_end")
    return [dict(row) for row in cursor.fetchall()]


def test_lost_rows_are_rebuilt_from_receipts(loaded: list[Job], cursor: Any) -> None:
    """Every committed run has its row again, with what the receipt tells; a second time there is nothing to do."""
    changes = reconcile(PIPELINE, NAME, dry_run=False)
    assert [change.action for change in changes] == ["added"] * 3
    found = _rows(cursor)
    for row, receipt in zip(found, reversed(receipts(table_now(), PIPELINE)), strict=True):
        assert row["run_id"] == f"snapshot-{receipt.snapshot_id}"
        assert (row["status"], row["run_key"], row["snapshot_id"]) == (
            "succeeded",
            receipt.run_key,
            receipt.snapshot_id,
        )
        assert (row["interval_start"], row["interval_end"]) == (receipt.interval_start, receipt.interval_end)
        assert (row["as_of"], row["rows_in"], row["rows_out"]) == (receipt.as_of, receipt.rows, receipt.rows)
        assert row["details"]["load"]["rows_rejected"] == 0
        assert row["finished_at"] is not None
    assert reconcile(PIPELINE, NAME, dry_run=False) == []
    assert _rows(cursor) == found
    assert [one.status for one in past(PIPELINE, NAME).attempts] == ["succeeded"] * 3


@pytest.mark.parametrize(
    ("status", "age", "knows", "corrected"),
    [
        ("failed", "0 days", False, True),
        ("failed", "0 days", True, False),
        ("running", "2 days", False, True),
        ("running", "0 days", False, False),
        ("succeeded", "2 days", True, False),
    ],
)
def test_rows_that_are_wrong_are_corrected(
    loaded: list[Job], cursor: Any, status: str, age: str, *, knows: bool, corrected: bool
) -> None:
    """A committed run does not run for days, and failed only if it knows of its commit: then it did so after it.

    One that runs since today may still tell its end itself.
    """
    reconcile(PIPELINE, NAME, dry_run=False)
    cursor.execute(
        "UPDATE etl_runs SET run_id = 'mine', status = %s, reason = 'lost', started_at = now() - %s::interval,"
        " snapshot_id = CASE WHEN %s THEN snapshot_id END WHERE run_key = %s",
        (status, age, knows, loaded[1].receipt.run_key),
    )
    changes = reconcile(PIPELINE, NAME, dry_run=False)
    assert [(change.action, change.run_id) for change in changes] == ([("corrected", "mine")] if corrected else [])
    mine = next(row for row in _rows(cursor) if row["run_id"] == "mine")
    assert (mine["status"], mine["reason"]) == (("succeeded", None) if corrected else (status, "lost"))


def test_of_two_runs_of_one_key_one_has_succeeded(loaded: list[Job], cursor: Any) -> None:
    """A try that failed stands beside the one that did the work, before it or after; of two failures the later did."""
    keys = [each.receipt.run_key for each in loaded]
    tries = (
        (0, "failed", 1),
        (0, "succeeded", 2),
        (1, "failed", 2),
        (1, "succeeded", 1),
        (2, "failed", 2),
        (2, "failed", 1),
    )
    for number, status, days in tries:
        cursor.execute(
            "INSERT INTO etl_runs (run_id, pipeline, run_key, status, started_at) VALUES (%s, %s, %s, %s, now() - %s)",
            (f"{number}-{status}-{days}", PIPELINE, keys[number], status, timedelta(days=days)),
        )
    changes = reconcile(PIPELINE, NAME, dry_run=False)
    assert [(change.action, change.run_id) for change in changes] == [("corrected", "2-failed-1")]
    assert reconcile(PIPELINE, NAME, dry_run=False) == []


def test_a_stream_s_run_is_known_by_its_name(loaded: list[Job], cursor: Any, tmp_path: Path) -> None:
    """Its row has no key before its end; killed after its commit, it is corrected and gets no row beside it."""
    work = job(T0 + 2 * HOUR, T0 + 3 * HOUR, 3)
    load(DEFINITION, replace(work.receipt, run_id="mine"), work.write(tmp_path / "more"))
    cursor.execute(
        "INSERT INTO etl_runs (run_id, pipeline, status, started_at) VALUES ('mine', %s, 'running', now() - %s)",
        (PIPELINE, timedelta(days=2)),
    )
    changes = {change.run_id: change.action for change in reconcile(PIPELINE, NAME, dry_run=False)}
    assert changes.pop("mine") == "corrected"
    assert [*changes.values()] == ["added"] * 3
    (mine,) = [row for row in _rows(cursor) if row["run_id"] == "mine"]
    assert (mine["status"], mine["run_key"], mine["rows_out"]) == ("succeeded", work.receipt.run_key, 3)


def test_runs_that_committed_nothing_are_left_alone(loaded: list[Job], cursor: Any) -> None:
    """A failure of an interval that is not in the table stays one."""
    cursor.execute(
        "INSERT INTO etl_runs (run_id, pipeline, run_key, status) VALUES ('x', %s, 'y', 'failed')", [PIPELINE]
    )
    reconcile(PIPELINE, NAME, dry_run=False)
    assert [row["status"] for row in _rows(cursor) if row["run_id"] == "x"] == ["failed"]


def test_a_dry_run_changes_nothing(loaded: list[Job], cursor: Any) -> None:
    """It says what would change."""
    assert len(reconcile(PIPELINE, NAME, dry_run=True)) == 3
    assert _rows(cursor) == []


def test_attempts_are_the_pipeline_s_own_with_an_interval(loaded: list[Job], cursor: Any) -> None:
    """Neither another pipeline's runs nor runs without an interval say anything of an interval."""
    for run_id, pipeline, begin in (("mine", PIPELINE, T0), ("other", "other", T0), ("stream", PIPELINE, None)):
        cursor.execute(
            "INSERT INTO etl_runs (run_id, pipeline, status, interval_start, interval_end) "
            "VALUES (%s, %s, 'failed', %s, %s)",
            (run_id, pipeline, begin, begin and begin + HOUR),
        )
    assert [one.run_id for one in past(PIPELINE, NAME).attempts] == ["mine"]


def test_without_etl_runs_it_says_what_to_do(cursor: Any) -> None:
    """A catalog in which nothing has run, or an older stockpot alone, ends with 11."""
    for statement in "SELECT", "CREATE TABLE etl_runs (run_id text PRIMARY KEY)":
        cursor.execute(statement)
        with pytest.raises(ConfigurationError, match="there is no table etl_runs, or an older one - run a pipeline"):
            reconcile(PIPELINE, NAME, dry_run=False)
