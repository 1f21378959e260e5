"""The folder of reports: each run leaves its page, and the index tells of all; on a real Postgres and a real store."""

import threading
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from components.end_run import beside, past, reports
from components.pages.figures import NONE
from components.shell.names import CATALOG_PREFIX
from tests.components.end_run.test_end import FAILED, SUCCEEDED, begun, commit, finish
from tests.components.load_iceberg.scene import NAME, PIPELINE, T0, job
from tests.stockpot.report.pages import words

SETTING = "STOCKPOT_REPORTS_URL"


@pytest.fixture
def folder(table: str, object_store: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of a cluster's reports, which the environment names; there is a table, and etl_runs."""
    assert table
    place = f"s3://{object_store.bucket}/reports"
    monkeypatch.setenv(SETTING, place)
    monkeypatch.setenv("STOCKPOT_ENGINE", "argo")
    return place


def read(object_store: Any, name: str) -> ET.Element:
    """A page of the folder, which is XML as well."""
    text = object_store.client.get_object(object_store.bucket, f"reports/{name}").read().decode()
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def keys(object_store: Any) -> set[str]:
    """What lies in the folder."""
    found = object_store.client.list_objects(object_store.bucket, "reports/", recursive=True)
    return {str(each.object_name).removeprefix("reports/") for each in found}


@pytest.mark.usefixtures("folder")
def test_a_run_leaves_its_page_and_the_index(object_store: Any, tmp_path: Path) -> None:
    """Rows and duration of each, what failed with the next command, and the way to each page and back."""
    work = job(T0, T0 + timedelta(days=1))
    begun(work)
    commit(work, tmp_path / "rows")
    finish(SUCCEEDED, table=NAME)
    begun(work, "run-2")
    finish(SUCCEEDED, table=NAME, run_id="run-2")
    finish(FAILED, run_id="run-3", pipeline="other")
    assert keys(object_store) == {"index.html", *(f"run-{number}/report.html" for number in (1, 2, 3))}
    index = read(object_store, "index.html")
    failure, *pipelines = index.iter("section")
    assert "run-3 load/check-quality: the data breaks" in words(failure)
    assert "stockpot logs run-3 --on cluster" in words(failure)
    said = {section.findtext(".//code"): words(section) for section in pipelines}
    assert said.keys() == {PIPELINE, "other"}
    # The second has found its work done.
    first, second = (f"succeeded {figures} " for figures in ("6 5", f"0 {NONE}"))
    assert said[PIPELINE].index(second) < said[PIPELINE].index(first)
    assert {each.get("href") for each in index.iter("a")} == {f"run-{number}/report.html" for number in (1, 2, 3)}
    page = read(object_store, "run-2/report.html")
    # At the top and beside its figures.
    assert [each.get("href") for each in page.iter("a")] == ["../index.html", *["../run-1/report.html"] * 2]
    assert [each.get("rel") for each in page.iter("a")] == [None, "prev", None]
    first_page = read(object_store, "run-1/report.html")
    assert [each.get("href") for each in first_page.iter("a")] == ["../index.html"]
    about = object_store.client.stat_object(object_store.bucket, "reports/index.html")
    assert about.content_type == "text/html; charset=utf-8"


@pytest.mark.usefixtures("folder")
def test_the_index_draws_label_and_drift(object_store: Any, tmp_path: Path) -> None:
    """As a home's does: beside the last run before that has them, and nothing of one that found its work done."""
    shown = {"label": "flagged", "moments": {"views": [10.0, 4.0], "age": [5.0, 1.0]}}
    moved = {"label": "flagged", "moments": {"views": [13.0, 4.0], "age": [5.0, 1.0]}}
    done = (("run-1", 0.25, shown), ("run-2", 0.5, moved), ("run-3", 0.4, shown))
    for day, (run_id, share, said) in enumerate(done):
        work = job(T0 + day * timedelta(days=1), T0 + (day + 1) * timedelta(days=1))
        begun(work, run_id)
        commit(work, tmp_path / run_id, run_id, label_share=share, **said)
        finish(SUCCEEDED, table=NAME, run_id=run_id)
        if run_id == "run-1":
            begun(work, "run-1-again")
            finish(SUCCEEDED, table=NAME, run_id="run-1-again")
    index = read(object_store, "index.html")
    drawn = {svg.findtext("title"): svg.findtext("desc") for svg in index.iter("svg")}
    assert drawn["Share of flagged over 4 runs"] == "Oldest first: 25.0 %, none, 50.0 %, 40.0 %"
    assert drawn["Drift over 4 runs"] == "Oldest first: none, none, 0.75, 0.75"
    (section,) = index.iter("section")
    text = words(section)
    assert "succeeded 6 5 50.0 % 0.75 views" in text
    assert f"succeeded 6 5 25.0 % {NONE}" in text
    assert text.count(f"succeeded 0 {NONE} {NONE} {NONE}") == 1
    page = words(read(object_store, "run-3/report.html"))
    assert "views 13 10 -0.75 sd" in page
    assert "Share of flagged 50.0 % 40.0 % -10.0 points" in page


@pytest.mark.usefixtures("folder")
def test_of_runs_that_end_at_once_all_are_in_the_index(object_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has read what is on record, and waits; the others end meanwhile, and draw when it has drawn."""
    has_read, goes_on, real = threading.Event(), threading.Event(), past.newest

    def read_and_wait(cursor: Any, most: int) -> Any:
        found = real(cursor, most)
        if not has_read.is_set():
            has_read.set()
            # Without the lock nobody is waited for, and this one's index, which lacks them, would be the last.
            goes_on.wait(3)
        return found

    monkeypatch.setattr(past, "newest", read_and_wait)
    first, *others = [
        threading.Thread(target=finish, args=(FAILED,), kwargs={"run_id": f"run-{number}"}) for number in range(5)
    ]
    first.start()
    assert has_read.wait(20)
    for one in others:
        one.start()
    for one in (first, *others):
        one.join()
    assert "5 runs of 1 pipeline," in words(read(object_store, "index.html"))


@pytest.mark.usefixtures("folder")
def test_a_run_on_somebodys_machine_leaves_nothing(object_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its home has an index; on the cluster's it stands once another run draws that, without a link."""
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    finish(FAILED)
    assert keys(object_store) == set()
    monkeypatch.setenv("STOCKPOT_ENGINE", "kfp")
    finish(FAILED, run_id="run-2")
    index = read(object_store, "index.html")
    assert [each.get("href") for each in index.iter("a")] == ["run-2/report.html"] * 2
    assert "stockpot logs run-1" in words(index)
    assert "open run run-2 in the Kubeflow Pipelines UI" in words(index)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("wrong", ["S3__ENDPOINT", "S3__SECRET_ACCESS_KEY"])
def test_a_store_that_fails_is_a_warning(
    wrong: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Down or without the right: the run has ended as it has, and the log says what is missing."""
    monkeypatch.setenv(CATALOG_PREFIX + wrong, "http://127.0.0.1:1" if wrong == "S3__ENDPOINT" else "wrong")
    assert "the data breaks its contract" in finish(FAILED)
    (told,) = [each.message for each in caplog.records if SETTING in each.message]
    assert told.startswith(f"{SETTING} has not got the page of run run-1, or not the index: the object store ")


def test_a_lock_that_is_held_is_waited_for_no_longer_than_seconds(
    folder: str, table: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, object_store: Any
) -> None:
    """The page is there; whoever draws next has the run too."""
    monkeypatch.setattr(beside, "PATIENCE", {"lock_timeout": "100ms"})
    connection = psycopg2.connect(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (reports._LOCK,))
    finish(FAILED)
    assert f"{SETTING} has not got the page of run run-1, or not the index: Postgres was lost or busy" in caplog.text
    assert keys(object_store) == {"run-1/report.html"}
    connection.close()
    finish(FAILED, run_id="run-2")
    assert "2 runs of 1 pipeline," in words(read(object_store, "index.html"))
    assert folder


@pytest.mark.usefixtures("folder")
def test_a_row_that_is_held_is_waited_for_no_longer_than_seconds(
    table: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That of the run, when it is to say where the page lies; the run has ended by then."""
    monkeypatch.setattr(beside, "PATIENCE", {"lock_timeout": "100ms"})
    connection = psycopg2.connect(table)
    # Without a bound it would have the row then, and no warning.
    lets_go = threading.Timer(5, connection.close)
    real = reports._put

    def put(place: str, text: str) -> None:
        real(place, text)
        if not lets_go.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM etl_runs WHERE run_id = 'run-1' FOR UPDATE")
            lets_go.start()

    monkeypatch.setattr(reports, "_put", put)
    assert "the data breaks its contract" in finish(FAILED)
    lets_go.cancel()
    connection.close()
    assert f"{SETTING} has not got the page of run run-1, or not the index: Postgres was lost or busy" in caplog.text


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("engine", ["argo", "local"])
def test_a_setting_that_is_no_folder_is_a_warning(
    engine: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run has ended as it has; one on somebody's machine does not look at it."""
    monkeypatch.setenv(SETTING, "s3://bucket/reports/")
    monkeypatch.setenv("STOCKPOT_ENGINE", engine)
    assert "the data breaks its contract" in finish(FAILED)
    assert (f"{SETTING} is no folder of a bucket" in caplog.text) == (engine == "argo")


def test_what_is_long_ago_is_not_in_the_index(folder: str, table: str, object_store: Any) -> None:
    """Nor does a table of an older form, which cannot say where pages lie, keep it from being drawn."""
    with psycopg2.connect(table) as connection, connection.cursor() as cursor:
        for days in (89, 91):
            begun_then = "INSERT INTO etl_runs (run_id, status, started_at) VALUES (%s, 'running', now() - %s)"
            cursor.execute(begun_then, (f"run-{days}", timedelta(days=days)))
        cursor.execute("ALTER TABLE etl_runs DROP COLUMN page, DROP COLUMN details")
    connection.close()
    finish(FAILED)
    index = read(object_store, "index.html")
    assert "2 runs of 2 pipelines," in words(index)
    assert list(index.iter("a")) == []
    assert folder
