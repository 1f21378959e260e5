"""A Kubeflow Pipelines API for these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stockpot.kubeflow import runs
from tests.stockpot.kubeflow.api import Api, served


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """An empty API, which the environment names, and a home without a configuration of the SDK."""
    for name in ("KF_PIPELINES_SA_TOKEN_PATH", "KF_PIPELINES_UI_ENDPOINT", "ARGO_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("kfp.client.client.Client._LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))
    monkeypatch.setattr(runs, "_EVERY", 0.0)
    server = served()
    found = next(server)
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", found.url)
    yield found
    server.close()
