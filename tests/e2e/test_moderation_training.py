"""The moderation pipeline on a cluster, from the manifests as they are: submitted by hand, and many at once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kubeflow import ACCOUNT, LINE, TICK, judged_workflow
from tests.e2e.places import ARTIFACTS, FIRST, PASSWORD, address, store

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("moderation-training")]
PIPELINES = ("moderation-training",)
TABLES = ["comments", "flags", "image_milestones", "images", "users"]
STEPS = ["begin-interval", "read-views", "extract-postgres", "moderation-features"]
STEPS += ["publish-raw", "check-quality", "load-iceberg", "end-run"]


@pytest.fixture(scope="module")
def first(place: Any) -> Any:
    """The first run of a place."""
    return place.run("moderation-training", as_of=FIRST)


def test_the_demo_holds_the_sample(place: Any) -> None:
    """What the demo fills its database with is what `stockpot sample-data` would put there."""
    url = f"postgresql://postgres:{PASSWORD}@{address('postgres')}:5432/{place.source}"
    done = place.stockpot("sample-data", DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert re.findall(r": (\w+)$", done.stdout, re.MULTILINE) == ["unchanged"] * len(TABLES), done.stdout


def test_a_submitted_run_loads_the_sample(place: Any, first: Any) -> None:
    """`argo submit` runs one pod a step and leaves 285 rows, none twice, by one commit."""
    assert first.phase == "Succeeded", first.explain()
    assert {step: len(first.pods(step)) for step in STEPS} == dict.fromkeys(STEPS, 1)
    place.assert_whole()


def test_the_snapshot_carries_the_receipt(place: Any, first: Any) -> None:
    """The snapshot's summary says which run key loaded which interval, as of when, in how many rows."""
    (receipt,) = place.receipts()
    assert receipt["stockpot.pipeline"] == "moderation-training"
    assert receipt["stockpot.run-key"] == first.output("begin-interval", "run_key")
    assert receipt["stockpot.interval-start"] == first.output("begin-interval", "interval_start")
    assert receipt["stockpot.interval-end"] == "2026-01-14T00:00:00Z"
    assert receipt["stockpot.as-of"] == FIRST
    assert receipt["stockpot.rows"] == "285"


def test_the_run_is_on_record(place: Any, first: Any) -> None:
    """The row in etl_runs names engine, key, interval, rows, quality and snapshot, and is closed."""
    record = place.record(first.name)
    told = {name: record[name] for name in ("pipeline", "status", "engine", "rows_out", "reason")}
    assert told == {
        "pipeline": "moderation-training", "status": "succeeded", "engine": "argo", "rows_out": 285, "reason": None,
    }  # fmt: skip
    assert record["run_key"] == first.output("begin-interval", "run_key")
    assert str(record["snapshot_id"]) == first.output("load-iceberg", "snapshot_id")
    assert record["started_at"] <= record["finished_at"]
    assert all(record[name] is not None for name in ("as_of", "interval_start", "interval_end", "rows_in"))
    assert record["details"].keys() == {"features", "quality", "load"}


def test_artifacts_lie_where_the_manifests_say(place: Any, first: Any) -> None:
    """Below the run and the pod, file by file: the rows with their manifest, and pages by names that browsers know."""
    keys = place.keys(ARTIFACTS, f"runs/{first.name}/")
    found = {
        (key.split("/")[2].removeprefix(f"{first.name}-").rpartition("-")[0], key.split("/", 3)[3]) for key in keys
    }
    pages = {("check-quality", "report.html"), ("end-run", "report.html")}
    others = {("check-quality", "results"), ("load-iceberg", "receipt"), ("end-run", "metrics")}
    assert {*pages, *others} <= found
    assert any(
        step == "moderation-features" and name.startswith("rows/") and "manifest" in name for step, name in found
    )
    reports = [key for key in keys if key.endswith("/report.html")]
    assert len(reports) == len(pages)
    for report in reports:
        page = store().get_object(ARTIFACTS, report).read().decode()
        assert page.lstrip().lower().startswith("<!doctype html")
        assert "<script" not in page
    (figures,) = [key for key in keys if key.endswith("/metrics")]
    assert json.loads(store().get_object(ARTIFACTS, figures).read())["rows_out"] == 285


def test_a_report_is_fetched_from_the_cluster(place: Any, first: Any, tmp_path: Path) -> None:
    """It is the page that the exit handler has left, and tells of the rows, and how to have the run once more."""
    where = ("--on", "cluster", "--namespace", place.namespace, "--home", str(tmp_path))
    done = place.stockpot("report", first.name, *where)
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip()).read_text()
    assert all(word in page for word in (first.name, "285", "moderation.training_data@"))
    assert f"stockpot submit moderation-training --namespace {place.namespace} --as-of {FIRST} --param " in page
    assert f"--param bucket={place.bucket} " in page


def test_the_index_is_fetched_from_the_folder_of_reports(place: Any, first: Any, tmp_path: Path) -> None:
    """The exit handler has drawn it there, for browsers, and left the page beside it to which it leads."""
    assert store().stat_object(place.bucket, "reports/index.html").content_type == "text/html; charset=utf-8"
    where = ("--on", "cluster", "--namespace", place.namespace, "--home", str(tmp_path))
    done = place.stockpot("report", "--all", *where)
    assert done.returncode == 0, done.stderr
    assert "note:" not in done.stderr
    index = Path(done.stdout.strip())
    assert f'<a href="{first.name}/report.html">' in index.read_text()
    assert "285" in index.read_text()
    # The check of the rows has told how many of them have the label; without that there is no such column.
    assert re.search(r'<td class="num">\d+\.\d %</td>', index.read_text())
    assert '<a href="../index.html">All runs</a>' in (index.parent / first.name / "report.html").read_text()


def test_raw_tables_lie_in_the_lake(place: Any, first: Any) -> None:
    """Each raw table lies at its latest place, and below the run's key."""
    keys = place.keys(place.bucket, "raw/")
    assert {f"raw/{table}/latest.parquet" for table in TABLES} <= set(keys)
    assert all(
        any(f"raw/{table}/{first.output('begin-interval', 'run_key')}/" in key for key in keys) for table in TABLES
    )


def test_run_again_changes_nothing(place: Any, first: Any) -> None:
    """A second run of the same instant finds its work done, and its page compares it with the first."""
    again = place.run("moderation-training", as_of=FIRST)
    assert again.phase == "Succeeded", again.explain()
    assert again.output("load-iceberg", "snapshot_id") == first.output("load-iceberg", "snapshot_id")
    place.assert_whole(runs=2)
    # Its page stands beside that of the first run, and says that this one has loaded nothing.
    page = store().get_object(place.bucket, f"reports/{again.name}/report.html").read().decode()
    assert f'succeeded: <a href="../{first.name}/report.html">{first.name}</a>' in page
    assert '<th scope="row">Rows</th><td class="num">285</td><td class="num">0</td>' in page


def test_a_step_is_judged_once_on_kubeflow_pipelines(place: Any, first: Any) -> None:
    """Its second and third try do nothing, with the account that runs have there; the record has step and line."""
    place.kubectl("apply", "-f", str(ACCOUNT))
    created = place.kubectl("create", "-f", "-", "-o", "name", text=json.dumps(judged_workflow()))
    run = place.wait(created.strip().rpartition("/")[2])
    assert [node["message"].endswith(f"exit code 11: {LINE}") for node in run.pods("executor")] == [True] * 3, (
        run.explain()
    )
    said = place.kubectl("logs", "-l", f"workflows.argoproj.io/workflow={run.name}", "-c", "main", "--tail=-1")
    assert said.count("an earlier try of this step has ended for good") == 2
    assert said.count(f"error: {LINE}") == 3
    record = place.record(run.name)
    assert (record["status"], record["reason"]) == ("failed", f"begin-interval: {LINE}")
    assert record["as_of"].isoformat() == TICK.replace("Z", "+00:00")
