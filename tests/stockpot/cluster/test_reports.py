"""The page of a run on a cluster, from a real store; the workflow is told as Argo keeps it."""

from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.cluster.access import Document
from stockpot.cluster.reports import fetch_report
from tests.stockpot.cluster.workflows import NAME, attempt, pod, retry, workflow


class Told:
    """A cluster that tells of one workflow and no more."""

    namespace = "stockpot"

    def __init__(self, told: Document) -> None:
        self._told = told

    def workflow(self, name: str) -> Document:
        """The workflow."""
        return self._told

    template = create = workflow


def left(key: str) -> dict[str, object]:
    """The outputs of a pod that has left a page at this key."""
    return {"artifacts": [{"name": "report", "s3": {"key": key}}]}


@pytest.fixture
def bucket(object_store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket in which the page lies; the environment names its store."""
    monkeypatch.setenv("MINIO_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("MINIO_ACCESS_KEY", object_store.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", object_store.secret_key)
    object_store.client.fput_object(object_store.bucket, "runs/last.html", __file__)
    return str(object_store.bucket)


def test_the_page_of_the_last_try_is_fetched(bucket: str, tmp_path: Path):
    """Not that of a check, which is called the same; it lies in the home, by namespace and run."""
    told = workflow(
        pod("check-quality", outputs=left("runs/check.html")),
        retry("onExit.end-run"),
        attempt("onExit.end-run", 0, "Failed", outputs=left("runs/gone.html")),
        attempt("onExit.end-run", 1, finishedAt="2026-01-15T00:00:09Z", outputs=left("runs/last.html")),
        phase="Succeeded",
    )
    told["status"]["artifactRepositoryRef"] = {"artifactRepository": {"s3": {"bucket": bucket}}}
    path = fetch_report(Told(told), NAME, tmp_path)
    assert path == tmp_path / "cluster" / "stockpot" / NAME / "report.html"
    assert path.read_bytes() == Path(__file__).read_bytes()


def test_a_page_that_is_gone_is_none(bucket: str, tmp_path: Path):
    """A bucket forgets what is old; the next try would not find it either."""
    told = workflow(attempt("onExit.end-run", 0, outputs=left("runs/gone.html")), phase="Succeeded")
    told["status"]["artifactRepositoryRef"] = {"artifactRepository": {"s3": {"bucket": bucket}}}
    with pytest.raises(ConfigurationError, match=f"run {NAME} has left no report - .*bucket {bucket}"):
        fetch_report(Told(told), NAME, tmp_path)


def test_a_run_without_a_page_is_one_line(tmp_path: Path):
    """It goes on still, or is of another's pipeline."""
    with pytest.raises(ConfigurationError, match=f"run {NAME} has left no report"):
        fetch_report(Told(workflow(pod("check-quality", outputs=left("x")))), NAME, tmp_path)
