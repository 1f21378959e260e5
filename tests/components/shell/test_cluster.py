"""What a pod knows of its cluster."""

from pathlib import Path

import pytest

from components.shell import cluster

POD = "search kitchen.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"


@pytest.mark.parametrize(
    ("said", "namespace"),
    [
        (POD, "kitchen"),
        ("nameserver 10.96.0.10\nsearch kitchen-2.svc.example.org svc.example.org example.org", "kitchen-2"),
        ("nameserver 1.1.1.1\nsearch example.org\n", ""),
        ("search svc.cluster.local\n", ""),
        ("", ""),
    ],
)
def test_the_namespace_is_where_names_are_looked_for_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, namespace: str
) -> None:
    """As Kubernetes writes it for every pod, whatever the cluster's domain; elsewhere there is none."""
    (tmp_path / "resolv.conf").write_text(said)
    monkeypatch.setattr(cluster, "_RESOLVER", tmp_path / "resolv.conf")
    assert cluster.own_namespace() == namespace
    assert cluster.on_cluster() == ("--on cluster --namespace " + namespace if namespace else "--on cluster")


def test_without_the_file_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container that has no network."""
    monkeypatch.setattr(cluster, "_RESOLVER", tmp_path / "nowhere")
    assert cluster.own_namespace() == ""
