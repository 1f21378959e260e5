"""Runs through the command, from sample data to the table, as `make run` does it."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from components.shell.names import CATALOG

STOCKPOT = Path(sys.executable).with_name("stockpot")
_OWN = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")


def _call(*words, home, **environment):
    """Exit code, stdout and stderr of the command in a process of its own, without the developer's environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    command = [STOCKPOT, *map(str, words), "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**clean, **environment})
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    """A home in which `demo` has run twice, and what it said."""
    home = tmp_path_factory.mktemp("kitchen")
    return home, [_call("demo", home=home) for _ in range(2)]


@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("demo")
def test_the_demo_fills_the_table_once(kitchen):
    """Both times 285 rows, in the words of the verification; the second time nothing changes, and it says so."""
    _, (first, second) = kitchen
    for code, out, err in (first, second):
        assert (code, err) == (0, "")
        lines = out.splitlines()
        for line in (
            f"Loading catalog '{CATALOG}'...",
            "Table moderation.training_data found.",
            "Total rows: 285",
            "Sample data (first 5 rows):",
        ):
            assert lines.count(line) == 1
        reports = [Path(line.removeprefix("Report: ")) for line in lines if line.startswith("Report: ")]
        assert [path.is_file() for path in reports] == [True, True]
    assert "Table moderation.training_data: updated, 285 rows of this interval" in first[1]
    assert "Sample data: already there, unchanged" in second[1]
    assert "Table moderation.training_data: unchanged, 285 rows of this interval" in second[1]


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_the_demo_leaves_what_is_ones_own_alone(kitchen, catalog_env, object_store, tmp_path):
    """With a database, a store and a collector of metrics named it is the same, and nothing is written to these."""
    home, _ = kitchen
    code, out, err = _call("demo", home=home, **catalog_env, STOCKPOT_METRICS_DIR=str(tmp_path))
    assert code == 0, err
    assert "Sample data: already there, unchanged" in out
    assert err.startswith("note: the demo uses embedded services alone and leaves DATABASE_URL, MINIO_")
    assert err.endswith(", STOCKPOT_METRICS_DIR aside; on services of your own: stockpot run PIPELINE\n")
    assert catalog_env["MINIO_SECRET_KEY"] not in err
    with contextlib.closing(psycopg2.connect(catalog_env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
        assert cursor.fetchall() == [(0,)]
    assert list(object_store.client.list_objects(object_store.bucket)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_the_table_holds_what_it_should(kitchen):
    """285 rows, three decision points of 95 images, in one snapshot."""
    home, _ = kitchen
    code, out, _ = _call("table", "moderation.training_data", "--output", "json", home=home)
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == len({(row["image_id"], row["decision_point_minutes"]) for row in rows}) == 285
    assert len({row["image_id"] for row in rows}) == 95
    assert 0.12 <= sum(row["label_needs_moderation_24h"] for row in rows) / len(rows) <= 0.18


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_the_report_tells_of_the_run(kitchen):
    """Rows, rules, expectations and the receipt stand in the page."""
    home, _ = kitchen
    runs = json.loads(_call("runs", "--output", "json", home=home)[1])
    loaded = [run for run in runs if run["pipeline"] == "moderation-training"]
    assert {run["state"] for run in loaded} == {"succeeded"}
    page = Path(loaded[-1]["report"]).read_text()
    for told in (
        "Rows loaded",
        "285",
        "test account images",
        "minor images",
        "stockpot.run-key",
        "views_1hr",
        "14.7 %",
    ):
        assert told in page
    assert "<script" not in page
    assert "unchanged" in Path(loaded[0]["report"]).read_text()


@pytest.mark.timeout(300)
def test_a_failed_run_leaves_a_report_and_its_exit_code(tmp_path, catalog_env):
    """There is no table to verify: exit code 10, one line that says who fills it and how to go on, and a report."""
    code, out, err = _call("run", "verify-pipeline", home=tmp_path, **catalog_env)
    assert code == 10
    assert err.startswith("error: verify-table: table moderation.training_data does not exist")
    assert f"run the pipeline that fills it (stockpot run moderation-training --home {tmp_path})" in err
    assert err.endswith(f"once that is settled: {STOCKPOT} run verify-pipeline --home {tmp_path}\n")
    assert err.count("\n") == 1
    report = next(line.removeprefix("Report: ") for line in out.splitlines() if line.startswith("Report: "))
    assert "What went wrong" in Path(report).read_text()
    assert catalog_env["MINIO_SECRET_KEY"] not in Path(report).read_text() + out + err


@pytest.mark.timeout(300)
def test_json_is_all_there_is_on_stdout(tmp_path, catalog_env):
    """One document, with the exit code in it; everything else is on stderr."""
    code, out, err = _call("run", "verify-pipeline", "--output", "json", home=tmp_path, **catalog_env)
    run = json.loads(out)
    assert code == run["exit_code"] == 10
    assert run["state"] == "failed"
    assert [step["step"] for step in run["steps"]] == ["verify-table", "end-run"]
    assert Path(run["report"]).is_file()
    assert "Report: " in err


@pytest.mark.timeout(300)
def test_a_plan_runs_nothing(tmp_path):
    """Every step is named with what would become of it, and no run is recorded."""
    code, out, _ = _call(
        "plan", "moderation-training", "--as-of", "2026-01-15T00:00:00Z", "--output", "json", home=tmp_path
    )
    planned = json.loads(out)
    steps = {step["task"]: step["action"] for step in planned["tasks"]}
    assert code == 0
    assert steps["moderation-features"] == "run"
    assert planned["since"] is None
    assert planned["interval"] == {"start": None, "end": "2026-01-14T00:00:00Z"}
    assert planned["tables"] == [{"table": "moderation.training_data", "rows": None}]
    assert not (tmp_path / "runs").exists()


@pytest.mark.timeout(300)
def test_a_plan_tells_what_lies_where_it_writes(tmp_path, catalog_env):
    """With --rows the catalog is asked; for the terminal too, and of a pipeline without a table there is nothing."""
    asked = ("plan", "moderation-training", "--as-of", "2026-01-15T00:00:00Z", "--rows")
    code, out, err = _call(*asked, "--output", "json", home=tmp_path, **catalog_env)
    assert (code, err) == (0, "")
    until = "2026-01-14T00:00:00Z"
    assert json.loads(out)["touches"] == [
        {
            "table": "moderation.training_data",
            "start": "1970-01-01T00:00:00Z",
            "end": until,
            "why": "filled for the first time",
            "rows": 0,
            "days": [],
        }
    ]
    line = f"moderation.training_data: 1970-01-01T00:00:00Z to {until}, filled for the first time; 0 rows there now"
    assert line in " ".join(_call(*asked, home=tmp_path, **catalog_env)[1].split())
    code, out, _ = _call("plan", "verify-pipeline", "--rows", "--output", "json", home=tmp_path, **catalog_env)
    assert (code, json.loads(out)["touches"]) == (0, [])
