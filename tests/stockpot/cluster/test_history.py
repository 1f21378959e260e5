"""The index of the runs on a cluster: what kubectl lists of them, with the pages that lie in a real store."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from stockpot.cluster import reports
from stockpot.cluster.argo_server import ArgoServer
from stockpot.cluster.history import runs_of
from stockpot.commands.looking import report
from stockpot.commands.options import Where
from stockpot.local.records import State
from tests.stockpot.cluster.answering import answering
from tests.stockpot.cluster.workflows import pod

PAGE = "<!DOCTYPE html><title>a page</title>"


def ran(name: str, minute: int, phase: str, bucket: str = "", **parameters: str) -> dict[str, Any]:
    """A workflow of `soup-daily` that began at that minute and took 30 seconds; with a bucket, its page lies there."""
    at = f"2026-01-15T03:{minute:02d}"
    left = {"artifacts": [{"name": "report", "s3": {"key": f"runs/{name}.html"}}]}
    failed = (
        [pod("cook", "Failed", message="the soup is burnt", outputs={"exitCode": "10"})] if phase == "Failed" else []
    )
    nodes = [pod("onExit.end-run", outputs=left), *failed]
    status = {"phase": phase, "startedAt": f"{at}:00Z", "nodes": {node["id"]: node for node in nodes}}
    if phase != "Running":
        status |= {"finishedAt": f"{at}:30Z"}
        status |= {"artifactRepositoryRef": {"artifactRepository": {"s3": {"bucket": bucket}}}}
    given = [{"name": key.replace("_time", "-time"), "value": value} for key, value in parameters.items()]
    spec = {"workflowTemplateRef": {"name": "soup-daily"}, "arguments": {"parameters": given}}
    return {"metadata": {"name": name, "namespace": "stockpot"}, "spec": spec, "status": status}


def test_workflows_are_runs() -> None:
    """Newest first, each with how it stands, what it is about, and why it failed; one that waits for Argo is none."""
    waiting = {"metadata": {"name": "soup-0"}, "spec": {}}
    failed = ran("soup-2", 2, "Failed", scheduled_time="2026-01-15T03:00:00Z")
    told = [waiting, ran("soup-1", 1, "Succeeded", as_of="2026-01-14T00:00:00Z"), ran("soup-3", 3, "Running"), failed]
    third, second, first = runs_of(told)
    assert [(run.id, run.state, run.pipeline) for run in (first, second, third)] == [
        ("soup-1", State.SUCCEEDED, "soup-daily"),
        ("soup-2", State.FAILED, "soup-daily"),
        ("soup-3", State.RUNNING, "soup-daily"),
    ]
    assert [run.as_of for run in (first, second, third)] == ["2026-01-14T00:00:00Z", "2026-01-15T03:00:00Z", ""]
    assert (second.exit_code, second.error) == (10, "cook: the soup is burnt")
    assert (first.created, first.ended, third.ended) == ("2026-01-15T03:01:00Z", "2026-01-15T03:01:30Z", "")


@pytest.fixture
def listed(object_store: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A kubectl that lists three runs; the pages of the first two lie in the store that the environment names."""
    bucket = object_store.bucket
    names = {"soup-1": "Succeeded", "soup-2": "Failed", "soup-3": "Succeeded"}
    found = {name: ran(name, place, phase, bucket) for place, (name, phase) in enumerate(names.items())}
    for name in ("soup-1", "soup-2"):
        page = tmp_path / f"{name}.html"
        page.write_text(PAGE)
        object_store.client.fput_object(bucket, f"runs/{name}.html", str(page))
    (tmp_path / "list.json").write_text(json.dumps({"items": list(found.values())}))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\ncat {tmp_path}/list.json\n")
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("ARGO_SERVER", raising=False)
    monkeypatch.setenv("MINIO_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("MINIO_ACCESS_KEY", object_store.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", object_store.secret_key)
    return found


def index(home: Path) -> str:
    """The index, written by the command."""
    report("", on=Where.CLUSTER, namespace="stockpot", home=home, all_runs=True)
    return (home / "cluster/stockpot/index.html").read_text()


@pytest.mark.usefixtures("listed")
def test_the_index_leads_to_the_pages_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are fetched once; of what failed the next command is told, unless it has been made good."""
    page = index(tmp_path)
    assert capsys.readouterr() == (f"{tmp_path}/cluster/stockpot/index.html\n", "")
    assert [f'href="soup-{number}/report.html"' in page for number in (1, 2, 3)] == [True, True, False]
    assert (tmp_path / "cluster/stockpot/soup-1/report.html").read_text() == PAGE
    assert "cook: the soup is burnt" in page
    # A later run has made it good.
    assert "stockpot logs soup-2 --on cluster --namespace stockpot" not in page


def test_a_store_that_fails_leaves_the_index(
    listed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and leads to what was fetched before; a failure that was not made good has its command."""
    listed["soup-3"]["status"]["phase"] = "Failed"
    (tmp_path / "list.json").write_text(json.dumps({"items": list(listed.values())}))
    monkeypatch.setenv("MINIO_SECRET_KEY", "wrong")
    page = index(tmp_path)
    assert capsys.readouterr().err.startswith("note: not all pages could be fetched: ")
    assert "href=" not in page
    assert "stockpot logs soup-2 --on cluster --namespace stockpot" in page


def test_a_page_of_an_earlier_try_is_fetched_again(listed: dict[str, Any], tmp_path: Path, object_store: Any) -> None:
    """As after `argo retry`: the run has ended anew since the page was fetched."""
    index(tmp_path)
    page = tmp_path / "cluster/stockpot/soup-2/report.html"
    os.utime(page, (0, 0))
    (tmp_path / "anew.html").write_text("anew")
    object_store.client.fput_object(object_store.bucket, "runs/soup-2.html", str(tmp_path / "anew.html"))
    index(tmp_path)
    assert page.read_text() == "anew"
    assert (tmp_path / "cluster").stat().st_mode & 0o077 == 0
    assert listed


def test_a_page_that_is_refused_keeps_no_other(
    listed: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bucket that is gone: the others' pages come, and it is said."""
    listed["soup-1"]["status"]["artifactRepositoryRef"]["artifactRepository"]["s3"]["bucket"] = "no-such-bucket"
    (tmp_path / "list.json").write_text(json.dumps({"items": list(listed.values())}))
    index(tmp_path)
    assert capsys.readouterr().err.startswith("note: not all pages could be fetched: ")
    assert (tmp_path / "cluster/stockpot/soup-2/report.html").read_text() == PAGE


def test_argos_server_lists_workflows() -> None:
    """And none, where there is none."""
    with answering() as server:
        path = "/api/v1/workflows/stockpot"
        cluster = ArgoServer(f"http://127.0.0.1:{server.server_port}/", "t", "stockpot", verify=False)
        server.answers[path] = (200, {"metadata": {}, "items": [ran("soup-1", 1, "Succeeded", "b")]})
        assert [run.id for run in runs_of(cluster.workflows())] == ["soup-1"]
        server.answers[path] = (200, {"metadata": {}, "items": None})
        assert cluster.workflows() == []


LINES = "".join(f'<a href="{run}/report.html">{run}</a>' for run in ("soup-0", "soup-1", "soup-3", "soup-gone"))
ODD = '<a href="../soup-1/report.html">no run</a>'


@pytest.fixture
def folder(listed: dict[str, Any], object_store: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of reports that the environment names, with an index and three of its pages."""
    monkeypatch.setenv("STOCKPOT_REPORTS_URL", f"s3://{object_store.bucket}/a/reports")
    put(object_store, "index.html", f"<p>{LINES}{ODD}</p>")
    for run in ("soup-0", "soup-1", "soup-3"):
        put(object_store, f"{run}/report.html", f"{run}, {PAGE}")
    assert listed
    return str(object_store.bucket)


def put(object_store: Any, name: str, text: str) -> None:
    """Put a page into the folder."""
    content = text.encode()
    object_store.client.put_object(object_store.bucket, f"a/reports/{name}", io.BytesIO(content), len(content))


@pytest.mark.usefixtures("folder")
def test_the_index_that_runs_have_left_is_fetched(
    tmp_path: Path, object_store: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its pages, of runs too whose workflows are gone; a page that is gone is not linked."""
    page = index(tmp_path)
    assert capsys.readouterr() == (f"{tmp_path}/cluster/stockpot/index.html\n", "")
    assert page == f"<p>{LINES}{ODD}</p>".replace('<a href="soup-gone/report.html">soup-gone</a>', "<b>soup-gone</b>")
    for run in ("soup-0", "soup-1", "soup-3"):
        assert (tmp_path / f"cluster/stockpot/{run}/report.html").read_text() == f"{run}, {PAGE}"
    # Once, but for a run that has ended anew since: its workflow is there, and tells when.
    for run in ("soup-0", "soup-1"):
        put(object_store, f"{run}/report.html", "anew")
        os.utime(tmp_path / f"cluster/stockpot/{run}/report.html", (0, 0))
    index(tmp_path)
    told = [(tmp_path / f"cluster/stockpot/{run}/report.html").read_text() for run in ("soup-0", "soup-1")]
    assert told == [f"soup-0, {PAGE}", "anew"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("lacks", ["the run", "its end", "the index"])
def test_an_index_that_lacks_the_last_run_is_not_taken(
    lacks: str, tmp_path: Path, object_store: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is made of the workflows then, and says so."""
    if lacks == "the run":
        put(object_store, "index.html", LINES.replace("soup-3", "soup-2"))
    elif lacks == "its end":
        # As it stands while the run goes on: with its name, and no page.
        running = '<b title="soup-3">soup-3</b>'
        put(object_store, "index.html", LINES.replace('<a href="soup-3/report.html">soup-3</a>', running))
    else:
        object_store.client.remove_object(object_store.bucket, "a/reports/index.html")
    page = index(tmp_path)
    note = f"note: no index in s3://{object_store.bucket}/a/reports knows of the last run; this one is of workflows"
    assert capsys.readouterr().err == f"{note} alone\n"
    assert "3 runs of 1 pipeline" in page


@pytest.mark.usefixtures("folder")
def test_a_folder_that_is_refused_keeps_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that Argo keeps lie elsewhere; they are fetched, and the index is of workflows."""
    monkeypatch.setenv("STOCKPOT_REPORTS_URL", "s3://no-such-bucket/reports")
    page = index(tmp_path)
    assert capsys.readouterr().err.startswith("note: the index in s3://no-such-bucket/reports cannot be read: ")
    assert 'href="soup-1/report.html"' in page
    assert (tmp_path / "cluster/stockpot/soup-2/report.html").read_text() == PAGE


@pytest.mark.usefixtures("folder")
def test_a_page_of_the_folder_that_is_refused_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, and the index is there with the links to the others."""
    real = reports.opened

    def opened(bucket: str, key: str) -> Any:
        if key.endswith("soup-0/report.html"):
            raise ConfigurationError("the store refuses", "ask for the right")
        return real(bucket, key)

    monkeypatch.setattr(reports, "opened", opened)
    page = index(tmp_path)
    assert capsys.readouterr().err == "note: not all pages could be fetched: the store refuses - ask for the right\n"
    assert '<b>soup-0</b><a href="soup-1/report.html">' in page
    assert (tmp_path / "cluster/stockpot/soup-3/report.html").read_text() == f"soup-3, {PAGE}"
