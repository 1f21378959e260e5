"""What a real API server says of the overlays, and of the rights that they give."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.argo import Cluster
from tests.e2e.places import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.xdist_group("overlays")]
# Of this process alone: no worker deletes it under another.
NAMESPACE = f"e2e-overlays-{os.getpid()}"
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A namespace that warns of every pod which the restricted standard would refuse."""
    if "KUBECONFIG" not in os.environ:
        pytest.fail("these tests need a cluster: set KUBECONFIG, or leave them out with -m 'not e2e'")
    found = Cluster(NAMESPACE)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": RESTRICTED}}
    found.kubectl("apply", "-f", "-", text=json.dumps(namespace))
    yield found
    found.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def kustomization(directory: Path, name: str) -> str:
    """An overlay or the base, put into the namespace."""
    document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": NAMESPACE,
        "resources": [os.path.relpath(ROOT / "manifests" / name, directory.resolve())],
    }
    (directory / "kustomization.yaml").write_text(json.dumps(document))
    return str(directory)


@pytest.mark.parametrize("way", [(), ("--server-side",)], ids=["client", "server"])
@pytest.mark.parametrize("overlay", ["demo", "production"])
def test_overlays_are_accepted_without_a_warning(cluster: Cluster, tmp_path: Path, overlay: str, way: Any) -> None:
    """`kubectl apply -k`, with or without --server-side: all fields known, no pod that `restricted` would refuse."""
    place = kustomization(tmp_path, f"overlays/{overlay}")
    command = ["kubectl", "apply", *way, "--dry-run=server", "--validate=strict", "-k", place]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "last-applied-configuration" not in line]
    assert warnings == []
    assert done.stdout.count("workflowtemplate.argoproj.io/") == len(list((ROOT / "manifests/argo").glob("*.yaml")))


@pytest.fixture(scope="module")
def accounts(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The namespace with the accounts and roles of the base."""
    cluster.kubectl("apply", "-f", str(ROOT / "manifests/base/accounts.yaml"))
    return cluster


@pytest.mark.parametrize(
    ("account", "rights"),
    [
        ("stockpot-step", set()),
        # Until manifests/trigger says otherwise.
        ("stockpot-trigger", set()),
        ("stockpot-executor", {("workflowtaskresults.argoproj.io", verb) for verb in ("create", "patch")}),
        (
            "stockpot-submitter",
            {
                *(("workflows.argoproj.io", verb) for verb in ("create", "get", "list", "watch", "patch")),
                *(("workflowtemplates.argoproj.io", verb) for verb in ("get", "list")),
                *(("pods", verb) for verb in ("get", "list", "watch")),
                ("pods/log", "get"),
            },
        ),
    ],
)  # fmt: skip
def test_accounts_have_these_rights_and_no_others(
    accounts: Cluster, account: str, rights: set[tuple[str, str]]
) -> None:
    """What the API server grants: nothing to steps, and to nobody the reading of secrets."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": NAMESPACE},
    }
    who = f"--as=system:serviceaccount:{NAMESPACE}:{account}"
    told = json.loads(
        accounts.kubectl("create", "--validate=false", "-f", "-", "-o", "json", who, text=json.dumps(review))
    )
    granted = {
        (f"{resource}.{group}".rstrip("."), verb)
        for rule in told["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if group not in {"authorization.k8s.io", "authentication.k8s.io"}
    }
    assert granted == rights
